package publish_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/testkit/world"
)

// A cache whose origin is down may show for a day what carries its age and its
// end under a signature that readers check, and nothing else: a revocation that
// an old status list does not have would go unseen for that day.
func TestOnlyListAndBundleMayBeServedStaleWhileTheOriginIsDown(t *testing.T) {
	w := world.New(t)
	w.Issued(1)
	refresh(t, w.Publish)
	files, err := w.Publish.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"/trust":                 "public, max-age=300, stale-if-error=86400",
		"/bundle":                "public, max-age=60, stale-while-revalidate=30, stale-if-error=86400",
		"/published.json":        "public, max-age=60, stale-while-revalidate=30, stale-if-error=86400",
		"/status/1":              "public, max-age=60",
		"/status/1-suspension":   "public, max-age=60",
		"/.well-known/jwks.json": "public, max-age=300",
		"/.well-known/did.json":  "public, max-age=300",
	}
	for _, f := range files {
		cache, named := want[f.Path]
		if named && f.Cache != cache {
			t.Errorf("%s: %q, want %q", f.Path, f.Cache, cache)
		}
		if !named && strings.Contains(f.Cache, "stale") {
			t.Errorf("%s may be served stale: %q", f.Path, f.Cache)
		}
		delete(want, f.Path)
	}
	for path := range want {
		t.Errorf("%s is not published", path)
	}
}
