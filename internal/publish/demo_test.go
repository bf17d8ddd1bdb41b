package publish_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/accredit"
	"github.com/passmuster/passmuster/internal/auth"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/lifecycle"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/internal/verify"
)

// TestWithAndWithoutANetworkTheAnswerIsOne walks every credential of the
// demonstration: what a device says from its bundle is what the registry says.
func TestWithAndWithoutANetworkTheAnswerIsOne(t *testing.T) {
	now, origin := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC), "http://127.0.0.1:8080"
	ring, err := keys.Init(filepath.Join(t.TempDir(), "keys"), keys.Options{Now: now.Add(-demo.History - 24*time.Hour), Organization: "Test", PublicURL: origin, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	clock, db, log := &demo.Clock{}, storetest.New(t), slog.New(slog.DiscardHandler)
	accounts, err := auth.New(db, ring, origin, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	press, err := certificate.NewPress(nil)
	if err != nil {
		t.Fatal(err)
	}
	issuing := &issue.Service{DB: db, Keys: ring, Now: clock.Now, Origin: origin, Demo: true, Log: log}
	if _, err := demo.Fill(t.Context(), demo.Services{DB: db, Clock: clock, Auth: accounts, Issue: issuing,
		Accredit:  &accredit.Service{DB: db, Keys: ring, Now: clock.Now, Demo: true},
		Training:  &training.Service{DB: db, Keys: ring, Now: clock.Now, Demo: true, Uncovered: press.Uncovered},
		Lifecycle: &lifecycle.Service{DB: db, Now: clock.Now}}, now, "demo-password"); err != nil {
		t.Fatal(err)
	}
	clock.Set(now)
	published := &publish.Service{DB: db, Keys: ring, Now: clock.Now, Origin: origin, Log: log}
	refresh(t, published)
	d := download(t, published)
	online := &verify.Service{DB: db, Keys: ring, Now: clock.Now, Origin: origin, Log: log}

	var all []registry.Credential
	if err := db.Read(t.Context(), func(tx *store.Tx) (err error) {
		all, err = tx.Credentials(t.Context(), store.CredentialFilter{AllOrgs: true, Limit: 1000})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	seen := map[registry.Status]int{}
	for _, c := range all {
		text, err := issuing.QR(c)
		if err != nil {
			t.Fatal(err)
		}
		a, err := online.Code(t.Context(), string(c.Code), verify.ChannelAPI)
		if err != nil {
			t.Fatal(err)
		}
		b, err := online.QR(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		offline := d.check(t, text)
		if a.Status != b.Status || a.Status != offline.Status || a.Verdict != offline.Verdict {
			t.Errorf("%s: by code %s, by QR %s, without a network %s %+v", c.Number, a.Status, b.Status, offline.Status, offline.Reasons)
		}
		if offline.Credential != nil && offline.Credential.Name != c.Snapshot.Name {
			t.Errorf("%s: offline shows %q, the paper %q", c.Number, offline.Credential.Name, c.Snapshot.Name)
		}
		seen[a.Status]++
	}
	if len(all) < 280 || len(seen) != 7 {
		t.Errorf("%d credentials in %d statuses: %v", len(all), len(seen), seen)
	}
}
