package publish_test

import (
	"crypto/ecdsa"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/internal/trust"
)

func refresh(t *testing.T, s *publish.Service) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// published is what a verifier downloads now.
func published(t *testing.T, s *publish.Service) (list, bundle store.Publication) {
	t.Helper()
	list, err := s.Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if bundle, err = s.Bundle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return list, bundle
}

// device is a verifier without a network, with what it downloaded.
type device struct {
	list   *trust.VerifiedList
	bundle *trust.VerifiedBundle
	now    func() time.Time
}

func download(t *testing.T, s *publish.Service) device {
	t.Helper()
	list, bundle := published(t, s)
	root, ok := s.Keys.Keys(keys.Root)[0].Public.(*ecdsa.PublicKey)
	if !ok {
		t.Fatal("no root")
	}
	d := device{now: s.Now}
	var err error
	if d.list, err = trust.ParseList(list.Body, root, trust.Seen{}, s.Now()); err != nil {
		t.Fatalf("trust list: %v", err)
	}
	if d.bundle, err = trust.ParseBundle(bundle.Body, d.list, trust.Seen{}, s.Now()); err != nil {
		t.Fatalf("bundle: %v", err)
	}
	return d
}

func (d device) check(t *testing.T, qr string) registry.Answer {
	t.Helper()
	scan, err := record.ParseScan(qr)
	if err != nil {
		t.Fatal(err)
	}
	return trust.Offline(scan, d.list, d.bundle, trust.Seen{}, d.now())
}

func qr(t *testing.T, w *world.World, c registry.Credential) string {
	t.Helper()
	text, err := w.Issue.QR(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestADecisionIsInTheNextBundle(t *testing.T) {
	w := world.New(t)
	list := w.Issued(2)
	refresh(t, w.Publish)
	_, first := published(t, w.Publish)
	refresh(t, w.Publish)
	if _, again := published(t, w.Publish); again.Number != first.Number {
		t.Errorf("nothing happened, and bundle %d became %d", first.Number, again.Number)
	}
	steps := []struct {
		do   func() error
		want registry.Status
	}{
		{func() error {
			_, err := w.Lifecycle.Revoke(t.Context(), w.By("approver"), list[0].Number, "identity", "")
			return err
		}, registry.StatusSuspended},
		{func() error {
			_, err := w.Lifecycle.Reinstate(t.Context(), w.By("approver"), list[0].Number, "")
			return err
		}, registry.StatusValid},
		{func() error {
			if _, err := w.Lifecycle.Revoke(t.Context(), w.By("approver"), list[0].Number, "identity", ""); err != nil {
				return err
			}
			_, err := w.Lifecycle.Revoke(t.Context(), w.By("second"), list[0].Number, "identity", "")
			return err
		}, registry.StatusRevoked},
	}
	last := first.Number
	for _, s := range steps {
		w.Clock.Add(time.Minute)
		if err := s.do(); err != nil {
			t.Fatal(err)
		}
		refresh(t, w.Publish)
		if _, next := published(t, w.Publish); next.Number <= last {
			t.Errorf("%s: bundle %d after %d", s.want, next.Number, last)
		} else {
			last = next.Number
		}
		d := download(t, w.Publish)
		if a := d.check(t, qr(t, w, list[0])); a.Status != s.want {
			t.Errorf("without a network: %s, want %s", a.Status, s.want)
		}
		if a := d.check(t, qr(t, w, list[1])); a.Status != registry.StatusValid {
			t.Errorf("the other one: %s", a.Status)
		}
	}
	fresh := w.Issued(1)[0]
	if a := download(t, w.Publish).check(t, qr(t, w, fresh)); a.Status != registry.StatusCouldNotCheck {
		t.Errorf("issued after the bundle: %s, want that nobody can tell", a.Status)
	}
	refresh(t, w.Publish)
	if a := download(t, w.Publish).check(t, qr(t, w, fresh)); a.Status != registry.StatusValid {
		t.Errorf("issued before the bundle: %s", a.Status)
	}
}

func TestTwoNodesServeTheSameBytes(t *testing.T) {
	w := world.New(t)
	w.Issued(1)
	nodes := []*publish.Service{w.Publish, w.NewPublish(), w.NewPublish()}
	for round := range 5 {
		done := make(chan error, len(nodes))
		for _, n := range nodes {
			go func() { done <- n.Refresh(t.Context()) }()
		}
		for range nodes {
			if err := <-done; err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		l, b := published(t, nodes[0])
		for _, n := range nodes[1:] {
			if ol, ob := published(t, n); string(ol.Body) != string(l.Body) || string(ob.Body) != string(b.Body) {
				t.Errorf("round %d: nodes differ", round)
			}
		}
		w.Clock.Add(time.Minute)
		c := w.Issued(1)[0]
		if _, err := w.Lifecycle.Suspend(t.Context(), w.By("approver"), c.Number, "under_review", ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsPublishedIsRenewedInTime(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	refresh(t, w.Publish)
	w.Clock.Set(c.Snapshot.IssuedAt)
	for day := range 20 {
		w.Clock.Add(24 * time.Hour)
		refresh(t, w.Publish)
		d := download(t, w.Publish)
		if a := d.check(t, qr(t, w, c)); a.Status != registry.StatusValid {
			t.Errorf("day %d: %s", day+1, a.Status)
		}
		if left := d.bundle.ValidUntil.Sub(w.Clock.Now()); left < 12*time.Hour {
			t.Errorf("day %d: the bundle ends in %s", day+1, left)
		}
	}
}

// away takes the root's private key out of the directory, as a careful operator
// would.
func away(t *testing.T, dir string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "root-*"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no root key in %s: %v", dir, err)
	}
	for _, f := range found {
		if err := os.Rename(f, filepath.Join(t.TempDir(), "root")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheListIsRenewedWhileTheRootIsAway(t *testing.T) {
	w := world.New(t)
	dir := t.TempDir()
	ring, err := keys.Init(filepath.Join(dir, "keys"), keys.Options{Now: world.Start, Organization: "DEMO", PublicURL: world.Origin, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, issuer := range []string{"CVF", "MV"} {
		if _, err := ring.EnsureIssuer(issuer, world.Start); err != nil {
			t.Fatal(err)
		}
	}
	s := w.NewPublish()
	s.Keys = ring
	refresh(t, s)
	away(t, filepath.Join(dir, "keys"))
	if s.Keys, err = keys.Open(filepath.Join(dir, "keys"), nil); err != nil {
		t.Fatal(err)
	}
	first, _ := published(t, s)
	w.Clock.Add(20 * 24 * time.Hour)
	refresh(t, s)
	next, _ := published(t, s)
	if next.Number <= first.Number {
		t.Errorf("list %d became %d", first.Number, next.Number)
	}
	download(t, s)
}

func TestAChangeOfKeysIsPublishedAtOnce(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	refresh(t, w.Publish)
	old := w.Ring.RecordKeys()[0]
	if old.Issuer != "CVF" {
		t.Fatalf("the first key is %s's", old.Issuer)
	}
	numbers := func() [2]int64 {
		l, b := published(t, w.Publish)
		return [2]int64{l.Number, b.Number}
	}
	change := func(what string, f func() error) device {
		t.Helper()
		before := numbers()
		if err := f(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		refresh(t, w.Publish)
		after := numbers()
		if after[0] <= before[0] || after[1] <= before[1] {
			t.Errorf("%s: numbers %v became %v", what, before, after)
		}
		refresh(t, w.Publish)
		if again := numbers(); again != after {
			t.Errorf("%s: published again although nothing changed: %v, %v", what, after, again)
		}
		return download(t, w.Publish)
	}
	d := change("a record key is rotated", func() error { _, err := w.Ring.Rotate(keys.Record, "CVF", w.Clock.Now()); return err })
	if a := d.check(t, qr(t, w, c)); a.Status != registry.StatusValid {
		t.Errorf("signed by the key before: %s", a.Status)
	}
	w.Clock.Add(24 * time.Hour)
	fresh := w.Issued(1)[0]
	refresh(t, w.Publish)
	if a := download(t, w.Publish).check(t, qr(t, w, fresh)); a.Status != registry.StatusValid || fresh.Snapshot.RecordKey == c.Snapshot.RecordKey {
		t.Errorf("signed by the new key: %s", a.Status)
	}
	d = change("a record key is compromised", func() error { return w.Ring.MarkCompromised(old.KID, w.Clock.Now()) })
	if a := d.check(t, qr(t, w, c)); a.Status != registry.StatusValid {
		t.Errorf("the registry vouches for what the stolen key signed in its time: %s %+v", a.Status, a.Reasons)
	}
	publisher := w.Ring.Keys(keys.Publisher)[0]
	d = change("the publisher is stolen and replaced", func() error {
		if err := w.Ring.MarkCompromised(publisher.KID, w.Clock.Now()); err != nil {
			return err
		}
		_, err := w.Ring.Rotate(keys.Publisher, "", w.Clock.Now())
		return err
	})
	if len(d.list.Publishers.Revoked) != 1 {
		t.Errorf("the list does not take the stolen publisher off: %+v", d.list.Publishers)
	}
	change("another federation joins", func() error {
		_, err := w.Accredit.AddOrganization(t.Context(), access.System, registry.Organization{Code: "NEW", Type: registry.OrgFederation, Name: registry.Text{"en": "New DEMO"}, TZ: "UTC", SchemeOwner: true})
		return err
	})
}

func TestAKeyOfNobodyMakesNoNewLists(t *testing.T) {
	w := world.New(t)
	if _, err := w.Ring.EnsureIssuer("GONE", w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	refresh(t, w.Publish)
	first, _ := published(t, w.Publish)
	for range 3 {
		refresh(t, w.Publish)
		refresh(t, w.NewPublish())
	}
	if last, _ := published(t, w.Publish); last.Number != first.Number {
		t.Errorf("list %d became %d", first.Number, last.Number)
	}
}

func TestAnIntentIsInTheBundleBeforeItIsSigned(t *testing.T) {
	w := world.New(t)
	class := w.Submitted(101)
	out := w.Approve(class.ID)
	if out.Issued != 0 {
		t.Fatalf("%d signed", out.Issued)
	}
	refresh(t, w.Publish)
	if err := w.Issue.SignClass(t.Context(), class.ID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Add(10 * time.Hour) // the day of issue is over, and the bundle is of it
	d := download(t, w.Publish)
	list, err := w.Issue.OfClass(t.Context(), w.By("approver"), class.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if a := d.check(t, qr(t, w, c)); a.Status != registry.StatusValid {
			t.Fatalf("%s: %s", c.Number, a.Status)
		}
	}
}

func TestThePublicKeysAreServed(t *testing.T) {
	w := world.New(t)
	w.Issued(1)
	refresh(t, w.Publish)
	if pem := string(w.Publish.RootPEM()); !strings.Contains(pem, "BEGIN CERTIFICATE") || strings.Contains(pem, "PRIVATE") {
		t.Errorf("root: %.80s", pem)
	}
	for _, file := range w.Ring.CRLFiles() {
		if der, err := w.Publish.CRL(file); err != nil || len(der) == 0 {
			t.Errorf("%s: %d bytes, %v", file, len(der), err)
		}
	}
	if _, err := w.Publish.CRL("../root"); world.Code(err) == "" {
		t.Error("a list that there is not is served")
	}
	_, bundle := published(t, w.Publish)
	codes := []string{world.Name(0), "DEMO-000000", w.By("trainer").Name}
	if i := slices.IndexFunc(codes, func(s string) bool { return strings.Contains(string(bundle.Body), s) }); i >= 0 {
		t.Errorf("the bundle tells %q", codes[i])
	}
}
