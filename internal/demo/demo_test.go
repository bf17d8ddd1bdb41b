package demo_test

import (
	"context"
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
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/storetest"
	"github.com/passmuster/passmuster/internal/training"
)

var now = time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)

func services(t *testing.T) demo.Services {
	t.Helper()
	ring, err := keys.Init(filepath.Join(t.TempDir(), "keys"), keys.Options{Now: now.Add(-demo.History - 24*time.Hour), Organization: "Test",
		PublicURL: "http://127.0.0.1:8080", Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	clock := &demo.Clock{}
	db := storetest.New(t)
	origin := "http://127.0.0.1:8080"
	a, err := auth.New(db, ring, origin, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	press, err := certificate.NewPress(nil)
	if err != nil {
		t.Fatal(err)
	}
	return demo.Services{DB: db, Clock: clock, Auth: a,
		Accredit:  &accredit.Service{DB: db, Keys: ring, Now: clock.Now, Demo: true},
		Training:  &training.Service{DB: db, Keys: ring, Now: clock.Now, Demo: true, Uncovered: press.Uncovered},
		Issue:     &issue.Service{DB: db, Keys: ring, Now: clock.Now, Origin: origin, Demo: true, Log: slog.New(slog.DiscardHandler)},
		Lifecycle: &lifecycle.Service{DB: db, Now: clock.Now},
	}
}

func TestDemonstrationHasCredentialsInEveryStatus(t *testing.T) {
	s := services(t)
	sum, err := demo.Fill(context.Background(), s, now, "demo-password")
	if err != nil {
		t.Fatal(err)
	}
	if sum.Credentials < 280 || sum.Credentials > 330 {
		t.Errorf("%d credentials, want about 300", sum.Credentials)
	}
	for _, status := range []registry.Status{registry.StatusValid, registry.StatusExpiring, registry.StatusExpired, registry.StatusNotYetValid,
		registry.StatusSuspended, registry.StatusRevoked, registry.StatusSuperseded} {
		if len(sum.Links[status]) == 0 {
			t.Errorf("no link to a credential that is %s", status)
		}
	}
	if sum.Holder == "" || sum.QR == "" || sum.Number == "" {
		t.Errorf("summary lacks the holder link, the QR text or the number: %+v", sum)
	}
}
