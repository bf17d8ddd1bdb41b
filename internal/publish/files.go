package publish

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// How long caches may keep what is published. While the origin is away an old
// trust list or bundle is better than none for a day: each carries its age and
// its end under its signature. A status list or a key has neither that readers
// are bound to show, so that an old one is never served in place of an answer. A
// numbered version never changes.
const (
	keepTrust     = "public, max-age=300, stale-if-error=86400"
	keepBundle    = "public, max-age=60, stale-while-revalidate=30, stale-if-error=86400"
	keepStatus    = "public, max-age=60"
	keepKeys      = "public, max-age=300"
	keepDay       = "public, max-age=86400"
	keepCRL       = "public, max-age=3600"
	keepImmutable = "public, max-age=31536000, immutable"
)

// Media types of what is published.
const (
	TypeCOSE  = "application/cose"
	TypeVC    = "application/vc"
	TypeVCJWT = "application/vc+jwt"
	TypeJWT   = "application/jwt"
)

// File is something published, ready for any web server.
type File struct {
	Path     string // "/trust"
	Type     string // media type
	Cache    string // Cache-Control
	ETag     string // quoted
	Modified time.Time
	Numbered string // where the same bytes stay, "/trust/12"; "" for what has no versions
	Body     []byte
}

// TrustFile is the newest trust list, or the one with the number.
func (s *Service) TrustFile(ctx context.Context, number int64) (File, error) {
	return s.versioned(ctx, KindTrust, number, keepTrust)
}

// BundleFile is the newest offline bundle, or the one with the number.
func (s *Service) BundleFile(ctx context.Context, number int64) (File, error) {
	return s.versioned(ctx, KindBundle, number, keepBundle)
}

// versioned gives the newest for the number 0.
func (s *Service) versioned(ctx context.Context, kind string, number int64, cache string) (File, error) {
	var p store.Publication
	var err error
	f := File{Path: "/" + kind, Type: TypeCOSE, Cache: cache}
	if number == 0 {
		p, err = s.newest(ctx, kind)
	} else {
		p, err = s.numbered(ctx, kind, number)
		f.Path, f.Cache = fmt.Sprintf("/%s/%d", kind, number), keepImmutable
	}
	f.ETag, f.Modified, f.Body = fmt.Sprintf(`"%s-%d"`, kind, p.Number), p.IssuedAt, p.Body
	f.Numbered = fmt.Sprintf("/%s/%d", kind, p.Number)
	return f, err
}

// StatusFile is a status list by its name (badge.ListName) in the form of the
// media type: TypeVC, TypeVCJWT or TypeJWT.
func (s *Service) StatusFile(ctx context.Context, name, media string) (File, error) {
	f := File{Path: "/status/" + name, Type: media, Cache: keepStatus}
	list, purpose, ok := badge.ParseListName(name)
	if !ok {
		return f, registry.Fail(registry.NotFound, "publication.unknown")
	}
	signed, p, err := s.StatusList(ctx, list, purpose)
	if err != nil {
		return f, err
	}
	switch media {
	case TypeJWT:
		f.Body = []byte(signed.JWT)
	case TypeVCJWT:
		f.Body = []byte(signed.VCJWT)
	default:
		f.Body = signed.VC
	}
	f.ETag, f.Modified = tagOf(f.Body), p.IssuedAt
	return f, nil
}

// KeySetFile is /.well-known/jwks.json (RFC 7517): the keys of all tokens, those
// of badges first. A badge counts under a key that its issuer's document names;
// the publisher's sign receipts.
func (s *Service) KeySetFile() (File, error) {
	set, err := KeySet(append(s.Keys.RecordKeys(), s.Keys.Keys(keys.Publisher)...), s.Origin, s.Now())
	if err != nil {
		return File{}, err
	}
	return jsonFile("/.well-known/jwks.json", "application/json; charset=utf-8", set)
}

// KeyFile is one key of those that sign badges and receipts, by its kid, old ones
// included: "key.unknown" for others, which sign nothing that is checked by JWK,
// and for one that is compromised.
func (s *Service) KeyFile(kid string) (File, error) {
	key, ok := s.Keys.Find(kid)
	if !ok {
		key, ok = s.shortKey(kid)
	}
	if !ok || key.Use != keys.Record && key.Use != keys.Publisher || !key.CompromisedAt.IsZero() {
		return File{}, registry.Fail(registry.NotFound, "key.unknown")
	}
	jwk, err := badge.JWKOf(key.Public, badge.KeyURL(s.Origin, key.KID))
	if err != nil {
		return File{}, err
	}
	return jsonFile("/keys/"+kid, "application/jwk+json", jwk)
}

// shortKey finds a record key by its kid in a QR code, written in 8 hexadecimal
// digits. A thumbprint has 43 characters, so neither is taken for the other.
func (s *Service) shortKey(kid string) (keys.Key, bool) {
	all := s.Keys.RecordKeys()
	i := slices.IndexFunc(all, func(k keys.Key) bool { return hex.EncodeToString(k.COSEKID[:]) == kid })
	if i < 0 {
		return keys.Key{}, false
	}
	return all[i], true
}

// DIDFile is /.well-known/did.json: the keys of the key set, and the publisher's
// (did:web Method Specification §3.2).
func (s *Service) DIDFile() (File, error) {
	list := s.described(s.Keys.RecordKeys())
	for i := range list {
		list[i].Asserts = true
	}
	d, err := badge.DIDDocument(s.Origin, append(list, s.described(s.Keys.Keys(keys.Publisher))...))
	if err != nil {
		return File{}, err
	}
	return jsonFile("/.well-known/did.json", "application/did+json", d)
}

// IssuerFile describes the keys of an issuer: the controlled identifier document
// under the id that its badges bear.
func (s *Service) IssuerFile(code string) (File, error) {
	own := slices.DeleteFunc(s.Keys.RecordKeys(), func(k keys.Key) bool { return k.Issuer != code })
	if len(own) == 0 {
		return File{}, registry.Fail(registry.NotFound, "route.unknown")
	}
	d, err := badge.IssuerDocument(s.Origin, code, s.described(own))
	if err != nil {
		return File{}, err
	}
	return jsonFile("/issuers/"+code, "application/cid", d)
}

// described are the keys that a document may name: as KeySet.
func (s *Service) described(list []keys.Key) []badge.PublicKey {
	var out []badge.PublicKey
	for _, k := range list {
		if st := k.Status(s.Now()); st != keys.Compromised && st != keys.Ended && k.Alg == keys.ES256 {
			out = append(out, badge.PublicKey{KID: k.KID, Public: k.Public, Expires: k.VerifyUntil})
		}
	}
	return out
}

// Pointer names the newest versions, for those who fetch versions from a cache
// that keeps them for good. It proves nothing: what it names is signed.
type Pointer struct {
	Trust  Version  `json:"trust"`
	Bundle Version  `json:"bundle"`
	Status []string `json:"status" doc:"Paths of the status lists"`
}

// Version is one publication that never changes.
type Version struct {
	Number     int64     `json:"number"`
	Path       string    `json:"path"`
	Bytes      int       `json:"bytes"`
	SHA256     string    `json:"sha256" doc:"Of the bytes, hexadecimal"`
	IssuedAt   time.Time `json:"issued_at"`
	ValidUntil time.Time `json:"valid_until"`
}

// PointerFile is /published.json.
func (s *Service) PointerFile(ctx context.Context) (File, error) {
	p := Pointer{Status: []string{}}
	for kind, v := range map[string]*Version{KindTrust: &p.Trust, KindBundle: &p.Bundle} {
		n, err := s.newest(ctx, kind)
		if err != nil {
			return File{}, err
		}
		sum := sha256.Sum256(n.Body)
		*v = Version{n.Number, "/" + kind + "/" + strconv.FormatInt(n.Number, 10), len(n.Body), hex.EncodeToString(sum[:]), n.IssuedAt.UTC(), n.ValidUntil.UTC()}
	}
	lists, err := s.lists(ctx)
	if err != nil {
		return File{}, err
	}
	for _, l := range lists {
		for _, purpose := range badge.Purposes {
			p.Status = append(p.Status, "/status/"+badge.ListName(l.ID, purpose))
		}
	}
	f, err := jsonFile("/published.json", "application/json; charset=utf-8", p)
	f.Cache = keepBundle
	return f, err
}

func (s *Service) lists(ctx context.Context) (lists []store.StatusList, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		lists, err = tx.StatusLists(ctx)
		return err
	})
	return lists, err
}

// RootFile, ChainFile and CRLFile are the files under /pki/.
func (s *Service) RootFile() File {
	return sealed("/pki/root.pem", "application/x-pem-file", keepDay, s.RootPEM())
}

// ChainFile is the chain of certificates that signs PDFs now; ok is false
// between the end of a certificate from outside and the next.
func (s *Service) ChainFile() (f File, ok bool) {
	chain := s.DocumentChainPEM()
	return sealed("/pki/documents.pem", "application/x-pem-file", keepKeys, chain), chain != nil
}

// CRLFile is the revocation list with the name.
func (s *Service) CRLFile(name string) (File, error) {
	der, err := s.CRL(name)
	return sealed("/pki/"+name, "application/pkix-crl", keepCRL, der), err
}

func jsonFile(path, media string, v any) (File, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return File{}, fmt.Errorf("write %s: %w", path, err)
	}
	return sealed(path, media, keepKeys, b.Bytes()), nil
}

func sealed(path, media, cache string, body []byte) File {
	return File{Path: path, Type: media, Cache: cache, ETag: tagOf(body), Body: body}
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// Files is everything published as it is now, in an order in which it may be
// written one after the other: whatever names something comes after it.
func (s *Service) Files(ctx context.Context) ([]File, error) {
	var files []File
	keep := func(f File, err error) error {
		if err == nil {
			files = append(files, f)
		}
		return err
	}
	all := []func() error{
		func() error { return s.eachKey(keep) },
		func() error { return keep(s.KeySetFile()) },
		func() error { return keep(s.DIDFile()) },
		func() error { return s.eachPKI(keep) },
		func() error { return s.eachList(ctx, keep) },
		func() error { return s.eachVersion(ctx, keep) },
		func() error { return keep(s.PointerFile(ctx)) },
	}
	for _, f := range all {
		if err := f(); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (s *Service) eachKey(keep func(File, error) error) error {
	issuers := map[string]bool{}
	for _, k := range s.Keys.RecordKeys() {
		if !k.CompromisedAt.IsZero() {
			continue
		}
		for _, name := range []string{k.KID, hex.EncodeToString(k.COSEKID[:])} {
			if err := keep(s.KeyFile(name)); err != nil {
				return err
			}
		}
		if !issuers[k.Issuer] {
			issuers[k.Issuer] = true
			if err := keep(s.IssuerFile(k.Issuer)); err != nil {
				return err
			}
		}
	}
	for _, k := range s.Keys.Keys(keys.Publisher) {
		if !k.CompromisedAt.IsZero() {
			continue
		}
		if err := keep(s.KeyFile(k.KID)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) eachPKI(keep func(File, error) error) error {
	if f, ok := s.ChainFile(); ok {
		if err := keep(f, nil); err != nil {
			return err
		}
	}
	for _, name := range s.Keys.CRLFiles() {
		if err := keep(s.CRLFile(name)); err != nil {
			return err
		}
	}
	return keep(s.RootFile(), nil)
}

func (s *Service) eachList(ctx context.Context, keep func(File, error) error) error {
	lists, err := s.lists(ctx)
	if err != nil {
		return err
	}
	for _, l := range lists {
		for _, purpose := range badge.Purposes {
			if err := keep(s.StatusFile(ctx, badge.ListName(l.ID, purpose), TypeVC)); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachVersion gives each document under its number first.
func (s *Service) eachVersion(ctx context.Context, keep func(File, error) error) error {
	for _, newest := range []func(context.Context, int64) (File, error){s.TrustFile, s.BundleFile} {
		f, err := newest(ctx, 0)
		if err != nil {
			return err
		}
		fixed := f
		fixed.Path, fixed.Cache = f.Numbered, keepImmutable
		_ = keep(fixed, nil)
		_ = keep(f, nil)
	}
	return nil
}
