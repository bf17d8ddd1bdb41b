package record_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/passmuster/passmuster/internal/record"
)

func TestDigitsAreTheNumberInDecimal(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 400 {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.IntN(256))
			if n%3 == 0 { // long rows of zeros and of ones
				b[i] = byte(-random.IntN(2))
			}
		}
		if got, want := record.Digits(b), new(big.Int).SetBytes(b).String(); got != want {
			t.Fatalf("%d bytes %x: %s, want %s", n, b, got, want)
		}
	}
}
