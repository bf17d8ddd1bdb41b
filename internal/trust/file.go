package trust

import (
	"crypto/ecdsa"
	"errors"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	pdfcheck "github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
)

// OfflineFile answers for a certificate's PDF without asking anybody: the file
// must be, byte for byte, one that the registry signed, and the credential inside
// must say what its QR code says; then the record in the QR code is judged as by
// Offline (docs/verdicts.md, "A file without a network"). A file that is not
// signed proves nothing, so it is "could not check"; so is one that a certificate
// signed which the list does not name, as the list may be older.
func OfflineFile(b []byte, list *VerifiedList, bundle *VerifiedBundle, seen Seen, now time.Time) registry.Answer {
	c := newCheck(list, bundle, seen, now)
	if c.ground() {
		c.answer.Verdict = c.answer.Status.Verdict()
		return c.answer
	}
	file, err := pdfcheck.File(b, list.Root, list.signers()...)
	if err != nil {
		return c.refuse(pdfcheck.FaultOf(err))
	}
	a := c.intact(file)
	a.Checks.File = c.signedBy(file)
	return a
}

// intact answers for a file that is as it was signed.
func (c *check) intact(file *pdfcheck.Signed) registry.Answer {
	scan, err := record.ParseScan(file.Link)
	if err != nil || len(scan.Record) == 0 {
		return c.fall(c.answer, registry.StatusCouldNotCheck, registry.CheckCould, registry.Reason{Code: string(pdfcheck.Unlike)})
	}
	a := Offline(scan, c.list, c.bundle, c.seen, c.now)
	if a.Checks.Signature.Result != registry.CheckYes {
		return a
	}
	return c.inside(a, scan, file)
}

// signedBy are the checks of a file that is as it was signed. Whether the registry
// issued just this file, only the registry knows.
func (c *check) signedBy(file *pdfcheck.Signed) *registry.FileChecks {
	asOf := c.list.IssuedAt
	yes := registry.Check{Result: registry.CheckYes, AsOf: &asOf}
	checks := &registry.FileChecks{Intact: yes, Signer: yes, Issued: registry.Check{Result: registry.CheckNotNeeded, Reason: "offline"}}
	if !file.CompromisedAt.IsZero() {
		checks.Signer = registry.Check{Result: registry.CheckCould, AsOf: &asOf, Reason: "pdf.signer_compromised"}
	}
	return checks
}

// signers are those under CAs of others, as the check of files wants them.
func (l *VerifiedList) signers() (all []pdfcheck.Signer) {
	for _, s := range l.Signers {
		all = append(all, pdfcheck.Signer{Chain: s.Chain, CompromisedAt: s.CompromisedAt})
	}
	return all
}

// refuse answers for a file that fails the check. Only what a key of ours signed
// and the file no longer is speaks against it. One that nobody signed, or that is
// signed in another way than ours, proves nothing either way; one that a stranger
// signed, only that the list does not know him; and what our key signed whole that
// is no certificate, nothing that could be judged without the registry.
func (c *check) refuse(f pdfcheck.Fault) registry.Answer {
	reason, status, result := registry.Reason{Code: string(f)}, registry.StatusAltered, registry.CheckNo
	not := registry.Check{Result: registry.CheckNotNeeded}
	checks := &registry.FileChecks{Intact: registry.Check{Result: registry.CheckNo, Reason: string(f)}, Signer: not, Issued: not}
	switch f {
	case pdfcheck.Altered:
	case pdfcheck.TooLarge, pdfcheck.Unsigned, pdfcheck.NotPDF, pdfcheck.Structure:
		if f == pdfcheck.TooLarge {
			reason.Args = []any{pdfcheck.MaxFile >> 20}
		}
		status, result, checks.Intact = registry.StatusCouldNotCheck, registry.CheckNotNeeded, not
	case pdfcheck.Appended: // our signature is there, over what was the whole file once
		checks.Signer = registry.Check{Result: registry.CheckYes}
	case pdfcheck.Unlike: // every byte is as a key of ours signed it
		status, result = registry.StatusCouldNotCheck, registry.CheckCould
		checks.Intact, checks.Signer = registry.Check{Result: registry.CheckYes}, registry.Check{Result: registry.CheckCould, Reason: string(f)}
	case pdfcheck.Chain:
		reason.Code = "pdf.signer_unknown"
		status, result = registry.StatusCouldNotCheck, registry.CheckCould
		checks.Intact, checks.Signer = registry.Check{Result: registry.CheckYes}, registry.Check{Result: registry.CheckCould, Reason: reason.Code}
	}
	a := c.fall(c.answer, status, result, reason)
	a.Checks.File = checks
	return a
}

// fall makes the answer one that something about the file speaks against.
func (c *check) fall(a registry.Answer, s registry.Status, result registry.Result, reason registry.Reason) registry.Answer {
	a.Status, a.Verdict = s, s.Verdict()
	a.Checks.Signature = registry.Check{Result: result, Reason: reason.Code}
	a.Reasons = append([]registry.Reason{reason}, a.Reasons...)
	return a
}

// inside holds the credential inside of a file against the record of its QR code,
// whose signature is good, and the file's signer against what is known of him. A
// no by the record stays one.
func (c *check) inside(a registry.Answer, scan record.Scan, file *pdfcheck.Signed) registry.Answer {
	vc, err := badge.Verify(string(file.Attachment), func(kid string) (*ecdsa.PublicKey, error) {
		_, key, _, err := c.list.keyOfURL(kid)
		return key.Public, err
	})
	var refusal *registry.Error
	switch {
	case errors.As(err, &refusal) && refusal.Code == "badge.signature":
		return c.fall(a, registry.StatusAltered, registry.CheckNo, registry.Reason{Code: "badge.signature"})
	case err == nil && !SayTheSame(scan, vc.Credential):
		return c.fall(a, registry.StatusAltered, registry.CheckNo, registry.Reason{Code: "badge.differs"})
	case a.Verdict != registry.Yes:
		return a
	case errors.As(err, &refusal):
		return c.fall(a, registry.StatusCouldNotCheck, registry.CheckCould, registry.Reason{Code: refusal.Code})
	case err != nil:
		return c.fall(a, registry.StatusCouldNotCheck, registry.CheckCould, registry.Reason{Code: "key.unknown"})
	case !file.CompromisedAt.IsZero(): // a thief signs as well as the registry does
		return c.fall(a, registry.StatusCouldNotCheck, registry.CheckCould, registry.Reason{Code: "pdf.signer_compromised"})
	}
	return a
}

// SayTheSame reports whether the record in a scan and the credential are of the
// same certificate and agree in all that both have room for.
func SayTheSame(scan record.Scan, c badge.AchievementCredential) bool {
	message, err := record.Parse(scan.Record)
	if err != nil {
		return false
	}
	r, s := message.Claims(), c.Shown()
	code, ok := codeOf(c, scan.Origin)
	return ok && code == scan.Code && c.Issuer.ID == badge.IssuerURL(scan.Origin, r.Issuer) &&
		s.Name == r.Name && s.Kind == r.Kind && s.Course.Code == r.Course && s.Course.Version == r.CourseVersion && s.Base.Code == r.Base &&
		c.ValidFrom.Equal(r.StartsAt()) && c.ValidUntil.Equal(r.ExpiresAt()) &&
		s.Hours == registry.AcademicHours(r.Minutes) && s.PracticalHours == registry.AcademicHours(r.PracticalMinutes) &&
		s.PracticalAssessed == r.PracticalAssessed && s.Demo == r.Demo
}
