// Package report takes what people tell of that is wrong, without an account,
// and gives it to those who answer for it. Every report has an owner and a day by
// which it is to be answered; whoever made it follows it by a private link. What
// he wrote is read by its owner alone, and is erased when he asks for it, when the
// owner does, or half a year after the answer.
package report

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Service keeps reports.
type Service struct {
	DB   *store.DB
	Keys *keys.Ring
	Now  func() time.Time
}

// Filed is a report as somebody files it.
type Filed struct {
	About   string // code or number of the certificate, as typed; may be ""
	Issuer  string // code of the issuing organization, where nothing else tells; may be ""
	Kind    registry.ReportKind
	Text    string
	Contact string // how to reach him; may be ""
	Lang    string
	Form    string // of NewForm: the same words sent twice in it make one report
}

// mostAbout is how many characters of a code or number are kept.
const mostAbout = 60

// File stores a report and returns the secret of its link. Whether the
// certificate exists is not told: every report is taken.
func (s *Service) File(ctx context.Context, in Filed) (token string, err error) {
	r := registry.Report{ID: store.NewID(), About: clip(strings.TrimSpace(in.About)), Kind: in.Kind, Text: strings.TrimSpace(in.Text),
		Contact: strings.TrimSpace(in.Contact), Lang: in.Lang, MadeAt: s.Now().UTC(), Version: 1}
	if err := r.Validate(); err != nil {
		return "", err
	}
	form := s.sent(in)
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		before, err := tx.ReportByForm(ctx, form)
		if form != "" && err == nil {
			token = s.token(before.ID)
			return nil
		}
		if err != nil && !errors.Is(err, registry.NotFound) {
			return err
		}
		if err := s.place(ctx, tx, &r, in.Issuer); err != nil {
			return err
		}
		if form == "" {
			form = hashOf(string(r.ID))
		}
		token = s.token(r.ID)
		if err := tx.AddReport(ctx, r, access.TokenHash(token), form); err != nil {
			return err
		}
		return tx.Audit(ctx, store.Act{Action: "report.file", ObjectType: "report", Object: r.ID, Org: r.Org, At: r.MadeAt, Detail: map[string]string{"kind": string(r.Kind)}})
	})
	return token, err
}

// NewForm names a form: only names that were made here count, so nobody can
// choose one that somebody else will send too.
func (s *Service) NewForm() string {
	name := rand.Text()
	return name + "." + s.formMark(name)
}

func (s *Service) formMark(name string) string { return s.Keys.IDHash("report-form", name)[:22] }

// sent is what the same form with the same words in it has in common: the link of
// a report goes to who sent all of them before. It is "" for a form of no name.
func (s *Service) sent(in Filed) string {
	name, mark, _ := strings.Cut(in.Form, ".")
	if subtle.ConstantTimeCompare([]byte(mark), []byte(s.formMark(name))) != 1 {
		return ""
	}
	all := sha256.New()
	for _, part := range []string{name, in.About, in.Issuer, string(in.Kind), in.Text, in.Contact} {
		fmt.Fprintf(all, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(all.Sum(nil))
}

func clip(s string) string {
	if r := []rune(s); len(r) > mostAbout {
		return string(r[:mostAbout])
	}
	return s
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// token is the secret of a report's link: 192 bits, derived from its id with the
// registry's HMAC key, so that the same form leads to the same link although the
// store holds only its hash.
func (s *Service) token(id registry.ID) string {
	return s.Keys.IDHash("report-link", string(id))[:32]
}

// place finds the report's owner and the day of its answer.
func (s *Service) place(ctx context.Context, tx *store.Tx, r *registry.Report, issuer string) error {
	c, org, err := about(ctx, tx, r.About)
	if err != nil {
		return err
	}
	tree, err := access.ReadTree(ctx, tx)
	if err != nil {
		return err
	}
	r.Credential, r.Org = c.ID, org
	switch {
	case r.Org == "":
		r.Org, err = fallback(tree, issuer)
	case r.OfIssuer():
		var owner registry.Organization
		if owner, err = tree.Issuer(r.Org); err == nil {
			r.Org = owner.ID
		}
	}
	if err != nil {
		return err
	}
	loc, err := registry.Zone(tree[r.Org].TZ)
	if err != nil {
		return err
	}
	r.DueOn = registry.WorkingDaysAfter(registry.DateOf(r.MadeAt.In(loc)), registry.ReportWithin)
	return nil
}

// about finds the certificate that was named and who answers for it. By a number
// that is the host of the base in it, whether there is such a certificate or not:
// numbers can be guessed, and the reporter is told who answers.
func about(ctx context.Context, tx *store.Tx, typed string) (c registry.Credential, org registry.ID, err error) {
	if code, wrong := registry.ParseCode(typed); wrong == nil {
		c, err = tx.CredentialByCode(ctx, code)
		org = c.Org
	} else if number, wrong := registry.ParseNumber(typed); wrong == nil {
		if c, err = tx.CredentialByNumber(ctx, number); err != nil && !errors.Is(err, registry.NotFound) {
			return c, "", err
		}
		var base registry.Base
		base, err = tx.Base(ctx, strings.Split(string(number), "-")[1])
		org = base.Host
	}
	if errors.Is(err, registry.NotFound) {
		return c, "", nil
	}
	return c, org, err
}

// fallback is the issuer that was named, or the first there is: nothing that
// people tell of is lost for want of an owner.
func fallback(tree access.Tree, code string) (registry.ID, error) {
	var first registry.Organization
	for _, o := range tree {
		if !o.SchemeOwner || o.Dissolved {
			continue
		}
		if o.Code == code {
			return o.ID, nil
		}
		if first.ID == "" || o.Code < first.Code {
			first = o
		}
	}
	if first.ID == "" {
		return "", registry.Fail(registry.Conflict, "organization.no_issuer")
	}
	return first.ID, nil
}

// Issuers lists the bodies that a report can be addressed to, by code.
func (s *Service) Issuers(ctx context.Context) (list []registry.Organization, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Organizations(ctx)
		list = nil
		for _, o := range all {
			if o.SchemeOwner && !o.Dissolved {
				list = append(list, o)
			}
		}
		return err
	})
	return list, err
}

// Followed is a report as its maker sees it.
type Followed struct {
	registry.Report
	Owner registry.Organization
}

// Follow returns the report of a private link; an unknown link is NotFound,
// "report.gone".
func (s *Service) Follow(ctx context.Context, token string) (f Followed, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if f.Report, err = tx.ReportByToken(ctx, access.TokenHash(token)); err != nil {
			return gone(err)
		}
		f.Owner, err = tx.Organization(ctx, f.Org)
		return err
	})
	return f, err
}

func gone(err error) error {
	if errors.Is(err, registry.NotFound) {
		return registry.Fail(registry.NotFound, "report.gone")
	}
	return err
}

// Withdraw erases what the maker of the report wrote, at his wish. Twice changes
// nothing.
func (s *Service) Withdraw(ctx context.Context, token string) error {
	return s.DB.Tx(ctx, func(tx *store.Tx) error {
		r, err := tx.ReportByToken(ctx, access.TokenHash(token))
		if err != nil {
			return gone(err)
		}
		return s.erase(ctx, tx, "", r)
	})
}

func (s *Service) erase(ctx context.Context, tx *store.Tx, by registry.ID, r registry.Report) error {
	if !r.ErasedAt.IsZero() {
		return nil
	}
	now := s.Now().UTC()
	if _, err := tx.SaveReport(ctx, r.Erased(now)); err != nil {
		return err
	}
	return tx.Audit(ctx, store.Act{Actor: by, Action: "report.erase", ObjectType: "report", Object: r.ID, Org: r.Org, At: now})
}

// forgetAtOnce is how many reports are forgotten in one transaction.
const forgetAtOnce = 100

// Forget erases what reporters wrote whose answer is older than
// registry.ReportKept.
func (s *Service) Forget(ctx context.Context) error {
	for {
		n := 0
		err := s.DB.Tx(ctx, func(tx *store.Tx) error {
			old, err := tx.ReportsToErase(ctx, s.Now().Add(-registry.ReportKept), forgetAtOnce)
			if n = len(old); err != nil {
				return err
			}
			for _, r := range old {
				if err := s.erase(ctx, tx, access.System.Account, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < forgetAtOnce {
			return err
		}
	}
}
