package verify_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// TestCodesCannotBeGuessedFromOthers issues 2,000 in one go and looks for anything
// that one code would tell of another.
func TestCodesCannotBeGuessedFromOthers(t *testing.T) {
	const people = 2000
	w := world.New(t)
	var codes []registry.Code // in the order in which they were made
	for range people / 200 {
		class := w.Submitted(200)
		w.Approve(class.ID)
		if err := w.Issue.SignClass(t.Context(), class.ID); err != nil {
			t.Fatal(err)
		}
		w.Read(func(tx *store.Tx) error {
			list, err := tx.CredentialsOfClass(t.Context(), class.ID)
			for _, c := range list {
				codes = append(codes, c.Code)
			}
			return err
		})
	}
	if len(codes) != people {
		t.Fatalf("%d codes", len(codes))
	}
	// Of 75 fair bits, the squares of what each is off sum up to 75 on average; to
	// more than 170 once in thousands of millions of runs.
	sum := 0.0
	for bit := range 75 {
		ones := 0
		for _, c := range codes {
			ones += strings.IndexByte(crockford, c[bit/5]) >> (4 - bit%5) & 1
		}
		off := float64(2*ones - people)
		sum += off * off / people
	}
	if sum > 170 {
		t.Errorf("the bits of codes are not fair: chi-square %.0f with 75 degrees of freedom", sum)
	}
	rising := 0
	for i := range codes[1:] {
		if codes[i] < codes[i+1] {
			rising++
		}
	}
	if rising < people*4/10 || rising > people*6/10 {
		t.Errorf("%d of %d codes are greater than the one before", rising, people)
	}
	sorted := slices.Sorted(slices.Values(codes))
	for i := range sorted[1:] {
		if sorted[i][:8] == sorted[i+1][:8] {
			t.Errorf("%s and %s begin alike", sorted[i][:8], sorted[i+1][:8])
		}
	}
	for i := range 10_000 { // neighbours: one symbol changed, with its check character
		c, at := []byte(codes[i%people]), i/people*3
		c[at] = crockford[(strings.IndexByte(crockford, c[at])+1+i%31)%32]
		found := registry.StatusNotFound
		for _, check := range crockford { // one of them is right
			c[15] = byte(check)
			if a, err := w.Verify.Code(t.Context(), string(c), "api"); err == nil {
				found = a.Status
			}
		}
		if found != registry.StatusNotFound {
			t.Fatalf("the neighbour %s of %s: %s", c, codes[i%people], found)
		}
	}
}
