package trust

import (
	"crypto/ecdsa"
	"errors"
	"time"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
)

// Offline answers for a scan without asking anybody: from the record, the list,
// the bundle (nil: none), what was seen before and the device's clock. list may
// be nil too; both may be out of date. The rules, in this order (docs/trust.md,
// "Offline verdict"):
//
//   - a clock that is behind a signed time, no list, or a foreign address: could not check;
//   - what the issuer did not sign: altered;
//   - revoked or superseded: so, for ever; suspended: so, while the bundle is in date;
//   - no record, or one that cannot be judged: could not check;
//   - genuine, but not in a filter made after its day of issue: not found;
//   - a key that is compromised, retired or out of its period: could not check;
//   - past its end or before its beginning: so;
//   - valid only with list and bundle in date, and the code in the filter.
func Offline(scan record.Scan, list *VerifiedList, bundle *VerifiedBundle, seen Seen, now time.Time) registry.Answer {
	c := newCheck(list, bundle, seen, now)
	c.scan, c.read, c.broken = scan, c.readRecord, "record.altered"
	return c.conclude()
}

func newCheck(list *VerifiedList, bundle *VerifiedBundle, seen Seen, now time.Time) *check {
	c := &check{list: list, bundle: bundle, seen: seen.With(list, bundle), now: now}
	c.answer = registry.Answer{
		CheckedAt: now.UTC().Truncate(time.Second),
		Reasons:   []registry.Reason{},
		Checks: registry.Checks{
			Signature: registry.Check{Result: registry.CheckNotNeeded},
			Dates:     registry.Check{Result: registry.CheckNotNeeded},
			Status:    registry.Check{Result: registry.CheckNotNeeded},
			Issuer:    registry.Check{Result: registry.CheckNotNeeded},
			Ledger:    registry.Check{Result: registry.CheckNotNeeded, Reason: "offline"},
		},
	}
	return c
}

// conclude takes the steps; the first that decides ends it.
func (c *check) conclude() registry.Answer {
	for _, step := range []func() bool{
		c.ground, c.evidence, c.exception, c.judgeable, c.issued, c.keyHolds, c.dates, c.fresh,
	} {
		if step() {
			c.answer.Verdict = c.answer.Status.Verdict()
			return c.answer
		}
	}
	return c.valid()
}

// check is one verdict in the making. Each step returns true once it is decided.
type check struct {
	scan   record.Scan // of a credential, origin and code alone
	list   *VerifiedList
	bundle *VerifiedBundle
	seen   Seen
	now    time.Time

	read    func() *registry.Reason // finds key, issuer, claim and how to verify them, or says why not
	verify  func(*ecdsa.PublicKey) error
	broken  string // reason where verify fails
	claim   claim
	genuine bool
	key     IssuerKey
	issuer  Issuer
	doubt   *registry.Reason // why what was signed cannot be judged
	answer  registry.Answer
}

// claim is what an issuer signed, in a record or in a credential.
type claim struct {
	issuer    string // its code
	issuedBy  time.Time
	startsAt  time.Time
	expiresAt time.Time // zero: never
	payload   []byte    // of a record: the bundle can vouch for it; nil: for nothing else
	shown     func() *registry.Shown
}

func (c *check) decide(s registry.Status, reasons ...registry.Reason) bool {
	c.answer.Status = s
	c.answer.Reasons = append(c.answer.Reasons, reasons...)
	return true
}

func (c *check) cannotTell(r registry.Reason) bool {
	return c.decide(registry.StatusCouldNotCheck, r)
}

// ground asks whether there is anything to stand on: a clock, a list, and an
// address that the list speaks for.
func (c *check) ground() bool {
	switch {
	case c.seen.clockBehind(c.now):
		return c.cannotTell(registry.Reason{Code: "clock.behind", Args: []any{c.seen.Newest}})
	case c.list == nil:
		return c.cannotTell(registry.Reason{Code: "trust.missing"})
	case c.scan.Origin != "" && !c.list.Ours(c.scan.Origin):
		return c.cannotTell(registry.Reason{Code: "origin.foreign", Args: []any{c.scan.Origin}})
	}
	return false
}

// evidence reads the record and checks its signature. A signature that fails
// under a key of ours is evidence, as kids are unique for ever; a key that the
// list lacks is none, as the list may be older than the key.
func (c *check) evidence() bool {
	c.doubt = c.read()
	if c.doubt != nil {
		return false
	}
	asOf := c.list.IssuedAt
	if c.verify(c.key.Public) != nil {
		c.answer.Checks.Signature = registry.Check{Result: registry.CheckNo, AsOf: &asOf, Reason: c.broken}
		return c.decide(registry.StatusAltered, registry.Reason{Code: c.broken})
	}
	c.genuine = true
	c.answer.Checks.Signature = registry.Check{Result: registry.CheckYes, AsOf: &asOf}
	if c.claim.issuer != c.issuer.Code {
		c.answer.Checks.Issuer = registry.Check{Result: registry.CheckNo, AsOf: &asOf, Reason: "issuer.mismatch"}
		c.doubt = &registry.Reason{Code: "issuer.mismatch"}
		return false
	}
	c.answer.Checks.Issuer = registry.Check{Result: registry.CheckYes, AsOf: &asOf}
	return false
}

// readRecord parses the record and finds its key, or says why not.
func (c *check) readRecord() *registry.Reason {
	if c.scan.Record == nil {
		return &registry.Reason{Code: "record.missing"}
	}
	message, err := record.Parse(c.scan.Record)
	if err != nil {
		var refusal *registry.Error
		if errors.As(err, &refusal) && refusal.Code == "record.newer" {
			return c.unread("record.newer")
		}
		return c.unread("record.unreadable")
	}
	var known bool
	if c.key, c.issuer, known = c.list.Key(message.KID()); !known {
		return c.strange()
	}
	claims := message.Claims()
	c.claim = claim{
		issuer: claims.Issuer, issuedBy: claims.IssuedBy(), startsAt: claims.StartsAt(), expiresAt: claims.ExpiresAt(),
		payload: message.Payload(), shown: func() *registry.Shown { return Shown(claims, c.issuer, c.bundle) },
	}
	c.verify = func(key *ecdsa.PublicKey) error { return message.Verify(key, c.scan.Code) }
	return nil
}

// unread is the doubt about what cannot be read.
func (c *check) unread(code string) *registry.Reason {
	c.answer.Checks.Signature = registry.Check{Result: registry.CheckCould, Reason: code}
	return &registry.Reason{Code: code}
}

// strange is the doubt about what a key signed that the list lacks.
func (c *check) strange() *registry.Reason {
	unknown := registry.Check{Result: registry.CheckCould, Reason: "key.unknown"}
	c.answer.Checks.Signature, c.answer.Checks.Issuer = unknown, unknown
	return &registry.Reason{Code: "key.unknown"}
}

// exception looks the code up among what people decided about. Revoked and
// superseded never change again, so they hold however old the bundle is. The
// public reason of the decision goes with the answer, also where nothing vouches
// for what could be shown.
func (c *check) exception() bool {
	if c.bundle == nil {
		return false
	}
	standing, e := c.bundle.Lookup(c.scan.Code)
	if standing != Excepted || e.Status == registry.StatusSuspended && !c.bundle.inDate(c.now) {
		return false
	}
	asOf := c.bundle.AsOf
	c.answer.Checks.Status = registry.Check{Result: registry.CheckNo, AsOf: &asOf, Reason: "status." + string(e.Status)}
	c.show()
	if shown := c.answer.Credential; shown != nil {
		shown.StatusReason = e.Reason
		if !e.On.IsZero() {
			since := e.On.Start(time.UTC)
			shown.StatusSince = &since
		}
	}
	reason := statusReason(e.Status)
	if e.Reason != "" {
		reason.Args = []any{e.Reason}
	}
	return c.decide(e.Status, reason, c.basis())
}

func statusReason(s registry.Status) registry.Reason {
	switch s {
	case registry.StatusRevoked:
		return registry.Reason{Code: "status.revoked"}
	case registry.StatusSuspended:
		return registry.Reason{Code: "status.suspended"}
	case registry.StatusSuperseded:
		return registry.Reason{Code: "status.superseded"}
	case registry.StatusExpired:
		return registry.Reason{Code: "status.expired"}
	case registry.StatusNotYetValid:
		return registry.Reason{Code: "status.not_yet_valid"}
	}
	return registry.Reason{Code: "status.expiring"}
}

// basis names the bundle that an answer rests on, on every such answer.
func (c *check) basis() registry.Reason {
	return registry.Reason{Code: "bundle.basis", Args: []any{number(c.bundle.Number), c.bundle.AsOf}}
}

func (c *check) judgeable() bool {
	if c.doubt == nil {
		return false
	}
	return c.cannotTell(*c.doubt)
}

// issued asks whether the registry ever gave the code out. A filter that is
// newer than the day of issue and lacks it is evidence, of any age.
func (c *check) issued() bool {
	if c.bundle == nil {
		return false
	}
	standing, _ := c.bundle.Lookup(c.scan.Code)
	if standing != Absent || c.bundle.AsOf.Before(c.claim.issuedBy) {
		return false
	}
	asOf := c.bundle.AsOf
	c.answer.Checks.Status = registry.Check{Result: registry.CheckNo, AsOf: &asOf, Reason: "bundle.not_issued"}
	return c.decide(registry.StatusNotFound, registry.Reason{Code: "bundle.not_issued", Args: []any{c.bundle.AsOf}}, c.basis())
}

// keyHolds asks whether the issuer's key may still be believed for this record.
func (c *check) keyHolds() bool {
	k := c.key
	var reason registry.Reason
	switch {
	case c.stolenKey():
		reason = registry.Reason{Code: "key.compromised", Args: []any{k.CompromisedAt}}
	case !k.VerifyUntil.IsZero() && !c.now.Before(k.VerifyUntil):
		reason = registry.Reason{Code: "key.retired", Args: []any{k.VerifyUntil}}
	case !k.signedOn(c.claim.issuedBy):
		reason = registry.Reason{Code: "key.period"}
	default:
		c.show()
		return false
	}
	asOf := c.list.IssuedAt
	c.answer.Checks.Issuer = registry.Check{Result: registry.CheckCould, AsOf: &asOf, Reason: reason.Code}
	return c.cannotTell(reason)
}

// stolenKey reports whether somebody else may have signed the record: the day of
// issue that it states is then the thief's to choose.
func (c *check) stolenKey() bool {
	return !c.key.CompromisedAt.IsZero() && (c.bundle == nil || c.claim.payload == nil || !c.bundle.Vouches(c.scan.Code, c.claim.payload))
}

// signedOn reports whether the key was in use at any time of the day of issue,
// which ends at end.
func (k IssuerKey) signedOn(end time.Time) bool {
	return k.SignFrom.Before(end) && (k.SignUntil.IsZero() || end.Add(-24*time.Hour).Before(k.SignUntil))
}

// dates judges by the signed days. An end counts once the clock or any signed
// time is past it; the clock alone counts only while the list says that it may
// be right.
func (c *check) dates() bool {
	status := registry.DatesStatus(c.claim.startsAt, c.claim.expiresAt, c.now)
	if status == registry.StatusExpired && !c.list.inDate(c.now) && c.seen.Newest.Before(c.claim.expiresAt) {
		c.answer.Checks.Dates = registry.Check{Result: registry.CheckCould, Reason: "trust.old"}
		return false
	}
	if status != registry.StatusExpired && status != registry.StatusNotYetValid {
		c.answer.Checks.Dates = registry.Check{Result: registry.CheckYes}
		return false
	}
	c.answer.Checks.Dates = registry.Check{Result: registry.CheckNo, Reason: "status." + string(status)}
	return c.decide(status, statusReason(status))
}

// fresh asks whether list and bundle may still be built on.
func (c *check) fresh() bool {
	var reason registry.Reason
	switch standing, e := c.standing(); {
	case !c.list.inDate(c.now):
		reason = registry.Reason{Code: "trust.old", Args: []any{c.list.ValidUntil}}
	case c.bundle == nil:
		reason = registry.Reason{Code: "bundle.missing"}
	case standing == Absent:
		reason = registry.Reason{Code: "bundle.before_issue", Args: []any{c.bundle.AsOf}}
	case c.bundle.inDate(c.now):
		return false
	case e.Status == registry.StatusSuspended:
		reason = registry.Reason{Code: "bundle.old_suspended", Args: []any{c.bundle.AsOf}}
	default:
		reason = registry.Reason{Code: "bundle.old", Args: []any{c.bundle.AsOf}}
	}
	c.answer.Checks.Status = registry.Check{Result: registry.CheckCould, Reason: reason.Code}
	if c.bundle != nil {
		asOf := c.bundle.AsOf
		c.answer.Checks.Status.AsOf = &asOf
		return c.decide(registry.StatusCouldNotCheck, reason, c.basis())
	}
	return c.cannotTell(reason)
}

func (c *check) standing() (Standing, Exception) {
	if c.bundle == nil {
		return Absent, Exception{}
	}
	return c.bundle.Lookup(c.scan.Code)
}

// valid is reached by what passed everything: the only way to a yes.
func (c *check) valid() registry.Answer {
	asOf := c.bundle.AsOf
	c.answer.Checks.Status = registry.Check{Result: registry.CheckYes, AsOf: &asOf}
	status := registry.DatesStatus(c.claim.startsAt, c.claim.expiresAt, c.now)
	if status == registry.StatusExpiring {
		c.answer.Reasons = append(c.answer.Reasons, statusReason(status))
	}
	c.decide(status, c.basis())
	c.answer.Verdict = c.answer.Status.Verdict()
	return c.answer
}
