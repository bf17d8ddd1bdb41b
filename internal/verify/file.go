package verify

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/pdf/check"
	"github.com/passmuster/passmuster/internal/registry"
)

// File answers for a file that somebody was given: whether it is, byte for byte,
// a certificate of this registry, and what became of that certificate
// (docs/verdicts.md, "A file shown to the registry"). Nothing of the file is
// kept. What cannot be a certificate at all is refused: pdf.too_large,
// pdf.not_pdf, file.empty.
func (s *Service) File(ctx context.Context, b []byte) (registry.Answer, error) {
	if len(b) == 0 {
		return registry.Answer{}, registry.Fail(registry.Invalid, "file.empty")
	}
	if Picture(b) {
		return s.noProof("file.picture"), nil
	}
	signed, err := check.File(b, s.root(), s.vouched()...)
	if err == nil {
		return s.intact(ctx, signed), nil
	}
	switch fault := check.FaultOf(err); fault {
	case check.Unsigned, check.Structure, check.Unlike:
		return s.noProof(string(fault)), nil
	case check.Altered, check.Appended:
		return s.changed(ctx, b, fault), nil
	case check.Chain:
		return s.foreign(ctx, b), nil
	default: // not looked at, or not a PDF
		return registry.Answer{}, err
	}
}

// Picture reports whether a file is a photo or a screenshot, in a format that
// phones and browsers make, by how it begins.
func Picture(b []byte) bool {
	for _, magic := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a", "BM", "II*\x00", "MM\x00*"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	if len(b) < 12 {
		return false
	}
	switch {
	case string(b[:4]) == "RIFF":
		return string(b[8:12]) == "WEBP"
	case string(b[4:8]) == "ftyp": // ISO base media: HEIC, HEIF, AVIF
		return bytes.Contains([]byte("heic heix hevc heim heis hevm mif1 msf1 avif avis"), b[8:12])
	}
	return false
}

// noProof answers for what carries no signature of ours to judge by: that it
// lacks one is no sign of forgery.
func (s *Service) noProof(reason string) registry.Answer {
	a := registry.Unjudged()
	a.CheckedAt = s.now()
	a.Reasons = append(a.Reasons, registry.Reason{Code: reason})
	not := registry.Check{Result: registry.CheckNotNeeded, Reason: reason}
	a.Checks.Signature = not
	a.Checks.File = &registry.FileChecks{Intact: not, Signer: not, Issued: not}
	return a
}

// changed answers for a file that is not as it was signed. The registry's own
// record of the certificate that it names stands beside.
func (s *Service) changed(ctx context.Context, b []byte, fault check.Fault) registry.Answer {
	a, now := registry.Unjudged(), s.now()
	a.CheckedAt = now
	var found lookup
	if code, ok := s.named(b); ok {
		var err error
		found, err = s.byCode(ctx, code)
		a = s.judge(found, err)
	}
	a = a.Altered(string(fault))
	a.Checks.Signature = registry.Check{Result: registry.CheckNo, AsOf: &now, Reason: string(fault)}
	a.Checks.File = &registry.FileChecks{Intact: a.Checks.Signature, Signer: registry.Check{Result: registry.CheckNotNeeded}, Issued: registry.Check{Result: registry.CheckNotNeeded}}
	if fault == check.Appended { // our signature is there, over what was the whole file once
		a.Checks.File.Signer = registry.Check{Result: registry.CheckYes, AsOf: &now}
	}
	s.count(found, a.Status, ChannelFile)
	return a
}

// foreign answers for a file that somebody else signed, as far as the keys here
// can tell. One that names a certificate of ours passes for it, and the registry
// knows its own files, by their bytes, whatever keys it has now; of any other the
// registry can say that it did not issue it.
func (s *Service) foreign(ctx context.Context, b []byte) registry.Answer {
	now, reason := s.now(), string(check.Chain)
	a := registry.Decide(registry.Evidence{Now: now, Looked: true})
	var found lookup
	if code, ok := s.named(b); ok {
		var err error
		found, err = s.byCode(ctx, code)
		a = s.judge(found, err)
	}
	file := &registry.FileChecks{Intact: registry.Check{Result: registry.CheckYes, AsOf: &now}, Signer: registry.Check{Result: registry.CheckNo, AsOf: &now, Reason: reason}}
	file.Issued = issuedFile(a, found, sha256.Sum256(b))
	switch {
	case file.Issued.Result == registry.CheckYes: // our file; what signed it is not among the keys here
		file.Signer = registry.Check{Result: registry.CheckCould, Reason: "signer.unknown"}
		a = s.given(a, file)
	case a.Credential != nil && a.Verdict == registry.CannotTell: // keys that know none of our signatures tell nobody else's either
		file.Signer = registry.Check{Result: registry.CheckCould, Reason: "signer.unknown"}
	case a.Credential != nil:
		a = a.Altered(reason)
	case a.Status == registry.StatusNotFound: // with a reason that says more than "mistyped"
		a.Reasons = []registry.Reason{{Code: reason}}
	default:
		a = a.Doubt(reason)
	}
	a.Checks.Signature, a.Checks.File = file.Signer, file
	s.count(found, a.Status, ChannelFile)
	return a
}

// intact answers for a file every byte of which is as one of our keys signed it.
// Only the registry knows whether it gave that file out: who has stolen a key
// signs as well as we do.
func (s *Service) intact(ctx context.Context, signed *check.Signed) registry.Answer {
	now := s.now()
	file := &registry.FileChecks{Intact: registry.Check{Result: registry.CheckYes, AsOf: &now}, Signer: s.signer(signed, now)}
	scan, contradiction := s.attached(signed)
	if scan.Code == "" {
		return s.noProof(string(check.Unlike))
	}
	found, err := s.byCode(ctx, scan.Code)
	a := s.judge(found, err)
	file.Issued = issuedFile(a, found, signed.SHA256)
	switch {
	case contradiction != "" && file.Issued.Result != registry.CheckYes:
		a = s.contradicts(a, file, contradiction)
	case a.Credential == nil: // out of reach, or never issued
		a.Checks.Signature, a.Checks.File = file.Signer, file
	case file.Issued.Result == registry.CheckNo:
		a = a.Altered("file.not_issued")
		a.Checks.File = file
	default:
		a = s.given(a, file)
	}
	s.count(found, a.Status, ChannelFile)
	return a
}

// given answers for the very file that was issued: with what the registry says.
func (s *Service) given(a registry.Answer, file *registry.FileChecks) registry.Answer {
	a.Checks.File = file
	if file.Issued.Result != registry.CheckYes {
		return a.Doubt(file.Issued.Reason)
	}
	if file.Signer.Result != registry.CheckYes { // the registry vouches for its file, the signature alone no longer does
		a.Checks.Signature = file.Signer
		if !slices.ContainsFunc(a.Reasons, func(r registry.Reason) bool { return r.Code == file.Signer.Reason }) {
			a.Reasons = append(a.Reasons, registry.Reason{Code: file.Signer.Reason})
		}
	} else if a.Checks.Signature.Result == registry.CheckYes {
		a.Checks.Signature = file.Signer
	}
	return a
}

// contradicts answers for a file that says different things of itself, by our key.
func (s *Service) contradicts(a registry.Answer, file *registry.FileChecks, reason string) registry.Answer {
	a.CheckedAt = s.now()
	a = a.Altered(reason)
	a.Checks.Signature.Reason = reason
	file.Issued = registry.Check{Result: registry.CheckNotNeeded}
	a.Checks.File = file
	return a
}

// issuedFile compares the file with the one that was issued under its code.
func issuedFile(a registry.Answer, found lookup, sum [sha256.Size]byte) registry.Check {
	at := a.CheckedAt
	switch {
	case a.Status == registry.StatusNotFound:
		return registry.Check{Result: registry.CheckNo, AsOf: &at}
	case a.Credential == nil:
		return registry.Check{Result: registry.CheckCould, Reason: "store.unreachable"}
	case found.credential.PDFSHA256 == "": // its file was erased
		return registry.Check{Result: registry.CheckCould, Reason: "file.erased"}
	case found.credential.PDFSHA256 != hex.EncodeToString(sum[:]):
		return registry.Check{Result: registry.CheckNo, AsOf: &at, Reason: "file.not_issued"}
	}
	return registry.Check{Result: registry.CheckYes, AsOf: &at}
}

// signer says whether the key that signed was ours alone.
func (s *Service) signer(signed *check.Signed, now time.Time) registry.Check {
	lost := !signed.CompromisedAt.IsZero()
	for _, k := range s.Keys.Keys(keys.PDFSigner) {
		if !k.CompromisedAt.IsZero() && k.Certificate != nil && k.Certificate.Equal(signed.Chain[0]) {
			lost = true
		}
	}
	if lost {
		return registry.Check{Result: registry.CheckCould, Reason: "pdf.signer_compromised"}
	}
	return registry.Check{Result: registry.CheckYes, AsOf: &now}
}

// named finds the code of ours that a file names which nobody can believe, to
// look the registry's own record up: as text, wherever it stands.
func (s *Service) named(b []byte) (registry.Code, bool) {
	link := []byte(s.Origin + "/v/")
	for at := bytes.Index(b, link); at >= 0; at = bytes.Index(b, link) {
		b = b[at+len(link):]
		if code, err := registry.ParseCode(string(b[:min(len(b), codeLength)])); err == nil {
			return code, true
		}
	}
	return "", false
}

// codeLength is that of a code in a link.
const codeLength = 16

// root is the key that every certificate of ours leads to.
func (s *Service) root() *ecdsa.PublicKey {
	for _, k := range s.Keys.Keys(keys.Root) {
		if public, ok := k.Public.(*ecdsa.PublicKey); ok {
			return public
		}
	}
	return nil
}

// vouched are the signers under a CA of somebody else.
func (s *Service) vouched() (list []check.Signer) {
	for _, o := range s.Keys.Outsides() {
		list = append(list, check.Signer{Chain: keys.ChainSum(o.Chain), CompromisedAt: o.CompromisedAt})
	}
	return list
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Second) }
