package verify

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/canonical"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ReceiptType is the typ of a receipt, by which no other token can be taken for
// one, nor one for another token.
const ReceiptType = "passmuster-receipt+jwt"

// maxReceipt is the largest receipt that is read, in bytes.
const maxReceipt = 8 << 10

// receiptHolds is for how long a receipt serves whoever asks again and gets the
// same answer: a signature costs more than the look-up.
const receiptHolds = time.Minute

// receiptsKept bounds the memory of receipts that may serve again.
const receiptsKept = 4096

// SignedReceipt is a receipt and the token that proves it.
type SignedReceipt struct {
	registry.Receipt
	Token string // JWT (RFC 7519), ES256
}

// receiptHeader is the whole header of a receipt, in canonical order.
type receiptHeader struct {
	Alg string `json:"alg"`
	KID string `json:"kid"` // of the publisher key, see badge.KeyURL
	Typ string `json:"typ"`
}

// Receipt signs the registry's word on an answer, as a JWT that the keys in
// /.well-known/jwks.json verify (docs/receipts.md). The same answer to the same
// question within a minute gets the same receipt, with the time of the first.
// An answer that could not be checked has none: "receipt.nothing". Without the
// publisher key there is none either (keys.…).
func (s *Service) Receipt(a registry.Answer, asked registry.Subject) (SignedReceipt, error) {
	r, err := registry.NewReceipt(a, asked)
	if err != nil {
		return SignedReceipt{}, err
	}
	r.Issuer = s.Origin
	state, err := canonical.JSON(r)
	if err != nil {
		return SignedReceipt{}, err
	}
	sum, now := sha256.Sum256(state), s.now()
	if again, ok := s.receipts.find(sum, now); ok {
		return again, nil
	}
	signed, err := s.signReceipt(r, sum, now)
	if err == nil {
		s.receipts.keep(sum, signed)
	}
	return signed, err
}

func (s *Service) signReceipt(r registry.Receipt, state [sha256.Size]byte, now time.Time) (SignedReceipt, error) {
	key, signer, err := s.Keys.Publisher(now)
	if err != nil {
		return SignedReceipt{}, err
	}
	r.IssuedAt, r.ExpiresAt = now.Unix(), key.VerifyUntil.Unix()
	r.ID = receiptID(state, now)
	header, err := canonical.JSON(receiptHeader{keys.ES256, badge.KeyURL(s.Origin, key.KID), ReceiptType})
	if err != nil {
		return SignedReceipt{}, err
	}
	body, err := canonical.JSON(r)
	if err != nil {
		return SignedReceipt{}, err
	}
	enc := base64.RawURLEncoding
	input := enc.EncodeToString(header) + "." + enc.EncodeToString(body)
	sig, err := keys.JWS.Sign(input, signer)
	if err != nil {
		return SignedReceipt{}, err
	}
	return SignedReceipt{Receipt: r, Token: input + "." + enc.EncodeToString(sig)}, nil
}

// receiptID names a receipt in 16 characters that people can read to each other:
// of the answer and its time, so nothing has to be counted or kept.
func receiptID(state [sha256.Size]byte, now time.Time) string {
	sum := sha256.Sum256(append(state[:], now.Format(time.RFC3339)...))
	code := string(registry.NewCode([10]byte(sum[:10])))
	return "R-" + code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
}

// receipts are those that may serve again. The zero value is ready.
type receipts struct {
	mu sync.Mutex
	by map[[sha256.Size]byte]SignedReceipt
}

func (r *receipts) find(state [sha256.Size]byte, now time.Time) (SignedReceipt, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, ok := r.by[state]
	age := now.Sub(found.At())
	return found, ok && age >= 0 && age < receiptHolds
}

// keep remembers a receipt. A full table begins anew: it saves work and holds
// nothing that has to last.
func (r *receipts) keep(state [sha256.Size]byte, signed SignedReceipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil || len(r.by) >= receiptsKept {
		r.by = make(map[[sha256.Size]byte]SignedReceipt)
	}
	r.by[state] = signed
}

// IsToken tells whether a text looks like a JWT.
func IsToken(text string) bool {
	return strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2
}

// IsReceipt tells a receipt from other tokens, by what its header says and
// nobody has checked yet.
func IsReceipt(token string) bool {
	header, _, ok := readPart(token)
	return ok && header.Typ == ReceiptType
}

// CheckReceipt answers for a receipt that somebody was given: whether this
// registry gave it, what it says, and what the registry answers now about that
// certificate; the status is the one of now (docs/verdicts.md, "A receipt shown
// to the registry"). What cannot be read as a receipt is refused as
// "receipt.malformed"; altered is one whose signature can be read and fails.
func (s *Service) CheckReceipt(ctx context.Context, token string) (registry.Answer, error) {
	header, input, ok := readPart(token)
	body, sig, whole := readParts(token)
	if !ok || !whole || header.Typ != ReceiptType || header.Alg != keys.ES256 {
		return registry.Answer{}, errNoReceipt()
	}
	now := s.now()
	key, public := s.publisher(header.KID)
	if public == nil {
		return s.doubtfulReceipt("receipt.key"), nil
	}
	if keys.JWS.Verify(input, sig, public) != nil {
		a := registry.Unjudged().Altered("receipt.signature")
		a.CheckedAt, a.Checks.Signature.AsOf, a.Checks.Signature.Reason = now, &now, "receipt.signature"
		a.Receipt = &registry.ReceiptCheck{Genuine: a.Checks.Signature}
		return a, nil
	}
	said, err := readReceipt(header, body)
	if err != nil {
		return registry.Answer{}, err
	}
	switch key.Status(now) {
	case keys.Compromised:
		return s.doubtfulReceipt("receipt.key_lost"), nil
	case keys.Ended:
		return s.doubtfulReceipt("receipt.key_ended"), nil
	}
	a, found := s.since(ctx, said)
	a.Receipt = &registry.ReceiptCheck{Genuine: registry.Check{Result: registry.CheckYes, AsOf: &now}, Said: &said}
	if a.Verdict != registry.CannotTell && a.Status != said.Status && !(a.Verdict == registry.Yes && said.Verdict == registry.Yes) {
		a.Reasons = append([]registry.Reason{{Code: "receipt.since"}}, a.Reasons...)
	}
	s.count(found, a.Status, ChannelReceipt)
	return a, nil
}

// ChannelReceipt counts receipts that came back.
const ChannelReceipt = "receipt"

// since is what the registry answers now about the certificate of a receipt. One
// that found nothing names none, and nothing has been found since; one of an
// altered file or text is about no certificate.
func (s *Service) since(ctx context.Context, said registry.Receipt) (registry.Answer, lookup) {
	if said.Number == "" || said.Status == registry.StatusAltered {
		reason := "receipt.no_number"
		if said.Status == registry.StatusAltered {
			reason = "receipt.object"
		}
		a := s.doubtful(reason)
		a.Checks.Signature = registry.Check{Result: registry.CheckNotNeeded}
		return a, lookup{}
	}
	found, err := s.find(ctx, func(ctx context.Context, tx *store.Tx) (registry.Credential, error) {
		return tx.CredentialByNumber(ctx, said.Number)
	})
	a := s.judge(found, err)
	if a.Credential != nil {
		a.Credential.IDLast4 = "" // a receipt is no paper in hand
	}
	return a, found
}

func (s *Service) doubtfulReceipt(reason string) registry.Answer {
	a := s.doubtful(reason)
	a.Receipt = &registry.ReceiptCheck{Genuine: a.Checks.Signature}
	return a
}

// publisher finds the key that signs receipts by the kid of one.
func (s *Service) publisher(kid string) (keys.Key, *ecdsa.PublicKey) {
	for _, k := range s.Keys.Keys(keys.Publisher) {
		public, ok := k.Public.(*ecdsa.PublicKey)
		if ok && badge.KeyURL(s.Origin, k.KID) == kid {
			return k, public
		}
	}
	return keys.Key{}, nil
}

// readPart reads the header of a token, and finds what its signature is over.
func readPart(token string) (h receiptHeader, input string, ok bool) {
	at := strings.LastIndexByte(token, '.')
	if at < 0 || len(token) > maxReceipt || strings.ContainsAny(token, "\r\n") {
		return h, "", false
	}
	input = token[:at]
	head, _, _ := strings.Cut(input, ".")
	b, err := base64.RawURLEncoding.Strict().DecodeString(head)
	if err != nil || json.Unmarshal(b, &h) != nil {
		return h, "", false
	}
	own, err := canonical.JSON(h)
	return h, input, err == nil && string(own) == string(b) // the very header that we write, and nothing beside it
}

// signatureSize is that of ES256 in a JWS (RFC 7518 §3.4), in bytes.
const signatureSize = 64

// readParts decodes what follows the header: two parts, in the one spelling that
// base64url has, and a signature of the right size.
func readParts(token string) (body, sig []byte, ok bool) {
	enc := base64.RawURLEncoding.Strict()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, false
	}
	body, err := enc.DecodeString(parts[1])
	if err != nil {
		return nil, nil, false
	}
	sig, err = enc.DecodeString(parts[2])
	return body, sig, err == nil && len(sig) == signatureSize
}

func errNoReceipt() error { return registry.Fail(registry.Invalid, "receipt.malformed") }

// readReceipt reads what a good signature is over. That a key of ours signed
// something else is no word on the receipt: it is none.
func readReceipt(h receiptHeader, body []byte) (r registry.Receipt, err error) {
	if json.Unmarshal(body, &r) != nil {
		return r, errNoReceipt()
	}
	if origin, _, _ := strings.Cut(h.KID, "/keys/"); r.Issuer != origin {
		return r, errNoReceipt()
	}
	return r, nil
}
