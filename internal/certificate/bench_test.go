package certificate_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/registry"
)

func BenchmarkSign(b *testing.B) {
	p := ecPKI(b)
	in := input(snapshot(registry.Competence, "zh", "en"))
	template, err := p.press(b).Template(certificate.Look{Kind: registry.Competence, Langs: in.Snapshot.Languages})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := template.Sign(in, p.key); err != nil {
			b.Fatal(err)
		}
	}
}
