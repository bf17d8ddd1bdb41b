package verify_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/verify"
)

// whole holds what Whole reads against what json.Unmarshal reads.
func whole(t testing.TB, text string) {
	t.Helper()
	var want registry.Shown
	wantErr := json.Unmarshal([]byte(text), &want)
	got, err := verify.Plain{Shown: []byte(text)}.Whole()
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%s: error %v, want %v", text, err, wantErr)
	}
	if err == nil && !reflect.DeepEqual(got.Credential, &want) {
		t.Fatalf("%s:\n got %+v\nwant %+v", text, got.Credential, &want)
	}
}

// fullShown has every member that an answer read the short way may have.
const fullShown = `{"number":"GAJK-SJZ-2026-000123","kind":"competence","name":"阿卜杜热西提","latin_name":"Abdureshit","id_last4":"013X",` +
	`"course":{"code":"CPR1","title":{"en":"CPR","zh":"心肺复苏"},"version":3},"hours":4.5,"practical_hours":0,"practical_assessed":true,` +
	`"issuer":{"name":{"en":"DEMO body"}},"base":{"code":"SJZ","name":{"zh":"石家庄"}},"base_contact":"+86 311 0000 0000",` +
	`"class_starts_on":"2026-11-14","class_ends_on":"2026-11-15","issued_on":"2026-11-16","valid_from":"2026-11-16","valid_until":"2028-02-29",` +
	`"status_since":"2026-11-02T03:00:00.123Z","status_reason":"identity","superseded_by":null,"demo":true}`

// What is read by the short way is what the long way reads, errors too, also of
// texts that are nearly right.
func TestWhatIsShownIsReadAsJSON(t *testing.T) {
	whole(t, fullShown)
	for _, change := range [][2]string{
		{`"2028-02-29"`, `null`}, {`"2028-02-29"`, `"2027-02-29"`}, {`"2028-02-29"`, `"2028-2-29"`}, {`"2028-02-29"`, `""`}, {`"2028-02-29"`, `"0000-01-01"`},
		{`"2028-02-29"`, `20280229`}, {`4.5`, `1e3`}, {`4.5`, `.5`}, {`4.5`, `4.`}, {`4.5`, `04`}, {`4.5`, `-4`}, {`4.5`, `"4"`}, {`4.5`, `0x10`}, {`:3`, `:03`}, {`:3`, `:+3`}, {`:3`, `:3.5`},
		{`true`, `True`}, {`true`, `null`}, {"阿卜", `\u963f\"`}, {"阿卜", "\xff"}, {"阿卜", "\n"}, {"阿卜", "\u2028<b>&'"}, {`null`, `"GAJK-SJZ-2026-000124"`},
		{`"demo"`, `"Demo"`}, {`"demo"`, `"unknown"`}, {`{"en":"CPR","zh":"心肺复苏"}`, `null`}, {`{"en":"CPR","zh":"心肺复苏"}`, `{}`}, {`"SJZ"`, `"SJZ","code":"TWO"`},
		{`03:00:00.123Z`, `03:00:00+08:00`}, {`03:00:00.123Z`, `3 o'clock`}, {`"CPR1"`, `"CPR1" `}, {`"name":{"en":"DEMO body"}`, `"title":"x"`}, {`"name":{"en":"DEMO body"}`, `"name":"x"`},
	} {
		text := strings.Replace(fullShown, change[0], change[1], 1)
		if text == fullShown {
			t.Fatalf("nothing was changed by %q", change)
		}
		whole(t, text)
	}
}

// Texts that were damaged by chance are read alike, or refused alike.
func TestDamagedTextsAreReadAsJSON(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	const signs = `"{}[]:,\0123456789.-+eEnulltrsfa ` + "\x00\x1f\x7f\xff\u2028"
	for range 15000 {
		b := []byte(fullShown)
		for range 1 + rnd.IntN(2) {
			i := rnd.IntN(len(b))
			switch rnd.IntN(3) {
			case 0:
				b[i] = signs[rnd.IntN(len(signs))]
			case 1:
				b = append(b[:i], b[i+1:]...)
			default:
				b = append(b[:i], append([]byte{signs[rnd.IntN(len(signs))]}, b[i:]...)...)
			}
		}
		whole(t, string(b))
	}
}

func BenchmarkWhole(b *testing.B) {
	p := verify.Plain{Answer: registry.Answer{CheckedAt: time.Now()}, Shown: []byte(fullShown)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Whole(); err != nil {
			b.Fatal(err)
		}
	}
}
