package assets_test

import (
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/assets"
)

var imported = regexp.MustCompile(`from "(\./[^"]+)"`)

// A browser that follows the imports finds every module under an address that
// carries a checksum, and meets no other.
func TestModulesLeadToEachOtherUnderOneChecksum(t *testing.T) {
	for _, name := range []string{"verify/index.js", "verify/fragment.js"} {
		listed := assets.Modules(name)
		if len(listed) < 5 || !regexp.MustCompile(`^/assets/verify/[0-9a-f]{12}/[a-z0-9]+\.js$`).MatchString(listed[0]) {
			t.Fatalf("Modules(%s) = %v", name, listed)
		}
		if listed[0] != assets.Path(name) {
			t.Errorf("Modules(%s) begins with %s", name, listed[0])
		}
		met := []string{listed[0]}
		for i := 0; i < len(met); i++ {
			w := get(t, http.MethodGet, met[i], "gzip")
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s answers %d %v", met[i], w.Code, w.Header())
			}
			for _, m := range imported.FindAllStringSubmatch(get(t, http.MethodGet, met[i], "").Body.String(), -1) {
				if next := path.Join(path.Dir(met[i]), m[1]); !slices.Contains(met, next) {
					met = append(met, next)
				}
			}
		}
		slices.Sort(met)
		slices.Sort(listed)
		if !slices.Equal(met, listed) {
			t.Errorf("%s needs %v, Modules says %v", name, met, listed)
		}
	}
	if got := assets.Modules("verify/none.js"); len(got) != 0 {
		t.Errorf("a module that is not there: %v", got)
	}
}
