package web_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// A base that may not issue today stays on the list and says so before its name;
// what it issued while it might stays what it was.
func TestASuspendedBaseIsShownAsSuch(t *testing.T) {
	w := newWorld(t)
	c := w.credential(registry.StatusValid)
	valid := "/v/" + string(c.Code) + "?lang=en"
	base := string(c.Snapshot.Base.Code)
	w.visitor(t).get("/bases/"+base+"?lang=en").want(200, "accredited").never("accreditation suspended")
	var b registry.Base
	must(0, w.db.Read(t.Context(), func(tx *store.Tx) (err error) { b, err = tx.Base(t.Context(), base); return err }))
	must(w.s.Accredit.MoveBase(t.Context(), access.System, base, b.Version, registry.BaseSuspended))

	name := b.Name["en"]
	for _, path := range []string{"/bases?lang=en", "/bases?status=suspended&lang=en", "/bases/" + base + "?lang=en"} {
		p := w.visitor(t).get(path).want(200, "accreditation suspended", name)
		_, body, _ := strings.Cut(p.body, "<main")
		if state, at := strings.Index(body, "accreditation suspended</"), strings.LastIndex(body, name); state < 0 || state > at {
			t.Errorf("%s: the name stands before the status", path)
		}
	}
	w.visitor(t).get("/bases?status=accredited&lang=en").want(200).never(name)
	w.visitor(t).get(valid).want(200, "VALID", "were accredited on the class dates")
}
