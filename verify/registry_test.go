package verify_test

import (
	"crypto"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/world"
	"github.com/passmuster/passmuster/verify"
)

// ok takes a value whose error ends the test.
func ok[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// gate is a verifier with what a registry publishes now.
func gate(t *testing.T, w *world.World) verify.Verifier {
	t.Helper()
	root, err := verify.ParseRoot(w.Ring.RootPEM())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Publish.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	trust, err := w.Publish.Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pack, err := w.Publish.Bundle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := ok[*verify.TrustList](t)(verify.OpenTrustList(trust.Body, root, verify.Memory{}, w.Clock.Now()))
	bundle := ok[*verify.Bundle](t)(verify.OpenBundle(pack.Body, list, verify.Memory{}, w.Clock.Now()))
	return verify.Verifier{List: list, Bundle: bundle, Memory: verify.Memory{}.With(list, bundle)}
}

// paper is a certificate in its three forms.
type paper struct {
	qr, token string
	file      []byte
}

// offline and online are what library and registry say about each form.
func (p paper) offline(v verify.Verifier, at time.Time) map[string]verify.Answer {
	return map[string]verify.Answer{"QR": v.QR(p.qr, at), "PDF": v.PDF(p.file, at), "VC-JWT": v.Credential(p.token, at)}
}

func (p paper) online(t *testing.T, w *world.World) map[string]registry.Answer {
	t.Helper()
	answer := ok[registry.Answer](t)
	return map[string]registry.Answer{"QR": answer(w.Verify.QR(t.Context(), p.qr)), "PDF": answer(w.Verify.File(t.Context(), p.file)), "VC-JWT": answer(w.Verify.Token(t.Context(), p.token))}
}

// theft is what somebody has who copied the registry's keys, and nobody knows it.
type theft struct {
	w     *world.World
	press *certificate.Press
	key   crypto.Signer
}

func steal(t *testing.T, w *world.World) theft {
	t.Helper()
	signer, chain, err := w.Ring.PDFSigner(w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return theft{w, ok[*certificate.Press](t)(certificate.NewPress(chain)), signer}
}

// make signs a snapshot in all three forms.
func (x theft) make(t *testing.T, s registry.Snapshot) (p paper) {
	t.Helper()
	key, signer, err := x.w.Ring.Record(s.Issuer.Code, x.w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.RecordKey = key.KID
	p.qr = record.URL(s.Origin, s.Code, ok[[]byte](t)(record.Sign(record.FromSnapshot(s), s.Code, key.COSEKID, signer)))
	if p.token, _, err = badge.Sign(s, key.KID, signer); err != nil {
		t.Fatal(err)
	}
	s.IssuedAt = x.w.Clock.Now() // the file's signing certificate is not older
	template := ok[*certificate.Template](t)(x.press.Template(certificate.Look{Kind: s.Kind, Langs: s.Languages, Demo: s.Demo}))
	p.file = ok[*certificate.File](t)(template.Sign(certificate.Input{Snapshot: s, QR: p.qr, JWT: []byte(p.token)}, x.key)).Bytes()
	return p
}

func TestAnIssuedCertificateHoldsInEveryForm(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	w.Clock.Add(time.Minute)
	p := paper{qr: ok[string](t)(w.Issue.QR(c)), token: ok[string](t)(w.Issue.Token(c)), file: ok[*certificate.File](t)(w.Issue.Certificate(t.Context(), c)).Bytes()}
	v := gate(t, w)
	for form, a := range p.offline(v, w.Clock.Now()) {
		if a.Status != verify.Valid || a.Credential == nil || a.Credential.Name != c.Snapshot.Name || a.Credential.Course.Code != c.Snapshot.Course.Code {
			t.Errorf("%s: %s %v, shows %+v", form, a.Status, codesOf(a), a.Credential)
		}
	}
	for form, a := range p.online(t, w) {
		if a.Status != registry.StatusValid {
			t.Errorf("%s, online: %s", form, a.Status)
		}
	}
	if _, err := w.Lifecycle.Suspend(t.Context(), w.By("approver"), c.Number, "under_review", ""); err != nil {
		t.Fatal(err)
	}
	w.Clock.Add(time.Minute)
	for form, a := range p.offline(gate(t, w), w.Clock.Now()) {
		if a.Status != verify.Suspended || a.Verdict != verify.No {
			t.Errorf("%s, suspended: %s %v", form, a.Status, codesOf(a))
		}
	}
}

// Who has stolen every key of an issuer, and nobody knows it yet, still cannot
// make a certificate that the registry never issued hold: with a day of issue in
// the past it is not in the filter, with today's nobody can tell, and the registry
// itself never heard of it.
func TestWhatAStolenKeySignedButNobodyIssuedIsRefused(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	w.Clock.Add(time.Hour)
	v, thief := gate(t, w), steal(t, w)
	for _, tc := range []struct {
		when    string
		on      registry.Date
		offline verify.Status
		reason  string
	}{
		{"issued weeks ago", world.Day("2026-11-01"), verify.NotFound, "bundle.not_issued"},
		{"issued today", c.Snapshot.IssuedOn, verify.CouldNotCheck, "bundle.before_issue"},
	} {
		s := c.Snapshot
		s.Code, s.Number, s.Name = registry.NewCode([10]byte{9, 9, 9}), "GAJK-SJZ-2026-009999", "DEMO Thief"
		s.IssuedAt = s.IssuedAt.AddDate(0, 0, -int(s.IssuedOn.DayNumber()-tc.on.DayNumber()))
		s.IssuedOn, s.ValidFrom, s.StartsAt = tc.on, tc.on, tc.on.Start(time.FixedZone("", s.Base.Offset*60)).UTC()
		p := thief.make(t, s)
		for form, a := range p.offline(v, w.Clock.Now()) {
			if a.Status != tc.offline || !a.Has(tc.reason) {
				t.Errorf("%s, %s, offline: %s %v, want %s", tc.when, form, a.Status, codesOf(a), tc.offline)
			}
		}
		for form, a := range p.online(t, w) {
			if a.Status != registry.StatusNotFound || a.Verdict != registry.No {
				t.Errorf("%s, %s, online: %s", tc.when, form, a.Status)
			}
		}
	}
}

// Once the theft is known, what the thief wrote under a code that was really given
// out is not believed offline either, while the real certificate is.
func TestWhatAStolenKeySignedUnderARealCodeIsNotBelieved(t *testing.T) {
	w := world.New(t)
	c := w.Issued(1)[0]
	w.Clock.Add(time.Hour)
	s := c.Snapshot
	s.Name = "DEMO Thief"
	forged := steal(t, w).make(t, s)
	for form, a := range forged.online(t, w) {
		if a.Status != registry.StatusAltered {
			t.Errorf("%s, online: %s", form, a.Status)
		}
	}
	if err := w.Ring.MarkCompromised(c.Snapshot.RecordKey, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Ring.Rotate(keys.Record, c.Snapshot.Issuer.Code, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	w.Clock.Add(time.Minute)
	v := gate(t, w)
	for form, a := range forged.offline(v, w.Clock.Now()) {
		if a.Verdict != verify.CannotTell || !a.Has("key.compromised") || a.Credential != nil {
			t.Errorf("%s, offline: %s %v, shows %v", form, a.Status, codesOf(a), a.Credential)
		}
	}
	if a := v.QR(ok[string](t)(w.Issue.QR(c)), w.Clock.Now()); a.Status != verify.Valid {
		t.Errorf("the real one, vouched for: %s %v", a.Status, codesOf(a))
	}
}
