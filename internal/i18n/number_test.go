package i18n

import (
	"testing"

	"golang.org/x/text/number"
)

// What is written by a shorter way is written as x/text writes it.
func TestShortNumbersAreThoseOfTheLanguage(t *testing.T) {
	for _, l := range Langs {
		p := For(l)
		for n := range 12000 {
			if got, want := p.Number(n), p.numbers.Sprint(number.Decimal(n)); got != want {
				t.Fatalf("%s: %d is %q, want %q", l, n, got, want)
			}
			for _, h := range []float64{float64(n) / 10, float64(n) / 45, float64(n) + 0.25, -float64(n + 1)} {
				if got, _ := p.numeral(h); got != p.numbers.Sprint(number.Decimal(h, number.MaxFractionDigits(1))) {
					t.Fatalf("%s: %v is %q", l, h, got)
				}
			}
			if n > 1500 && n%7 != 0 {
				continue
			}
			if got, _ := p.numeral(int16(-n)); got != p.numbers.Sprint(number.Decimal(-n)) {
				t.Fatalf("%s: %d is %q", l, -n, got)
			}
		}
	}
}
