package certificate

import (
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// sample is a typical certificate, to which the compressor of a design is
// fitted. It is never given to anybody.
func sample(kind registry.CredentialKind, langs []string) Input {
	title := registry.Text{"zh": "心肺复苏与自动体外除颤", "en": "CPR and AED", "ru": "Сердечно-лёгочная реанимация и АНД"}
	place := registry.Text{"zh": "培训基地", "en": "Training base", "ru": "Учебная база"}
	office := registry.Text{"zh": "主任", "en": "Director", "ru": "Руководитель"}
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	return Input{
		Snapshot: registry.Snapshot{
			Number: "AAAA-BBB-2026-000123", Code: "7K3QD9XM2HRTW4BX", Kind: kind, Name: "欧阳娜 Анна", LatinName: "Ouyang Na", IDLast4: "013X",
			Course:  registry.CourseName{Code: "CPR-AED", Version: 2, Title: title},
			Class:   registry.ClassDates{Code: "SJZ-2026-11", StartsOn: registry.NewDate(2026, 11, 14), EndsOn: registry.NewDate(2026, 11, 21)},
			Minutes: 720, Practical: 360, InPerson: true, Theory: true,
			Base: registry.BaseName{Code: "SJZ", Name: place}, Issuer: registry.CodeName{Code: "AAAA", Name: place},
			Signatories: []registry.Signatory{{Name: "欧阳娜", Title: office}, {Name: "Анна", Title: office}},
			IssuedOn:    registry.NewDate(2026, 11, 21), IssuedAt: at, ValidFrom: registry.NewDate(2026, 11, 21), ValidUntil: registry.NewDate(2028, 11, 30),
			Languages: langs, Origin: "https://verify.example",
		},
		QR: "https://verify.example/v/7K3QD9XM2HRTW4BX#" + strings.Repeat("3141592653589793", 30),
	}
}
