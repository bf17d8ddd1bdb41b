package canonical_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gowebpki/jcs"

	"github.com/passmuster/passmuster/internal/canonical"
	"github.com/passmuster/passmuster/internal/registry"
)

func TestTheFormIsThatOfTheLibrary(t *testing.T) {
	values := []any{nil, true, 0, -1, 1.5, 1e21, 1 << 60, 999999999999999, 1<<53 - 1, 1 << 53, -1 << 53, 1<<53 + 1, 9999999999999999, 1795352433000000, "", "a\"b\\c/\n\t\r\b\f\x01\x1f\x7f<>&\u2028\u2029 é 张 𬱖 \xff", []any{}, map[string]any{}, []int{3, 1},
		map[string]any{"€": 1, "\r": 2, "דּ": 3, "1": 4, "😀": 5, "\u0080": 6, "ö": 7, "a": map[string]any{"z": 1, "b": []any{map[string]int{"y": 1, "x": 2}}}},
		map[string]int{"a": 1, "a\"": 2, "aa": 3, "a<": 4, "": 5, "\\": 6, "[": 7, "]": 8},
		registry.Snapshot{Name: "Öz <Демо> & 张", IssuedAt: time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC), Languages: []string{"zh", "en"}}}
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		values = append(values, random(r, 4))
	}
	for _, v := range values {
		plain, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		want, err := jcs.Transform(plain)
		if err != nil {
			continue // the library refuses some top-level values
		}
		if got, err := canonical.JSON(v); err != nil || string(got) != string(want) {
			t.Errorf("%s, %v\n got %s\nwant %s", plain, err, got, want)
		}
	}
}

func TestWhatIsNoJSONIsRefused(t *testing.T) {
	if _, err := canonical.JSON(func() {}); err == nil {
		t.Error("a function has a canonical form")
	}
}

// random is a value of any shape.
func random(r *rand.Rand, depth int) any {
	switch n := r.IntN(7); {
	case n == 0 && depth > 0:
		m := map[string]any{}
		for range r.IntN(6) {
			m[word(r)] = random(r, depth-1)
		}
		return m
	case n == 1 && depth > 0:
		list := []any{}
		for range r.IntN(4) {
			list = append(list, random(r, depth-1))
		}
		return list
	case n == 2:
		return r.Int64N(1<<50) - 1<<49
	case n == 3:
		return r.NormFloat64() * 1e10
	case n == 4:
		return r.IntN(2) == 0
	}
	return word(r)
}

func word(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(6) {
		b.WriteRune([]rune{'a', 'b', 'A', '"', '\\', '/', '<', 0, 7, 0x1f, 0x7f, 0xe9, 0x2028, 0x5f20, 0xfffd, 0xfb33, 0x1f600, 0x2c456}[r.IntN(18)])
	}
	return b.String()
}

func BenchmarkSnapshot(b *testing.B) {
	s := registry.Snapshot{Name: "张三", IssuedAt: time.Now(), Programme: registry.CodeName{Name: registry.Text{"zh": "演示", "en": "Demo", "ru": "Демо"}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := canonical.JSON(s); err != nil {
			b.Fatal(err)
		}
	}
}
