package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// MostListed is how many rows of a list are answered at once.
const MostListed = 1000

// ChannelList counts the rows of lists.
const ChannelList = "list"

// Row is one row of a list: a code in any spelling, a certificate's link, or the
// whole text of a QR code; or a number with the holder's name. A name beside a code is compared with the certificate's.
type Row struct{ Code, Number, Name string }

// Listed is the answer to one row.
type Listed struct {
	Code        registry.Code // as it was read, "" where there is none
	Answer      registry.Answer
	Refusal     *registry.Error // a code or number that cannot be one; then there is no answer
	NameDiffers bool            // the row names another holder; of a number with a wrong name nothing is shown
	Twice       bool            // a row above, which holds, asks about the same certificate
}

// As is the family of the row.
func (l Listed) As() registry.Listed {
	if l.Refusal != nil {
		if l.Refusal.Kind == registry.TooMany {
			return registry.ListedCould
		}
		return registry.ListedUnreadable
	}
	var kind registry.CredentialKind
	if l.Answer.Credential != nil {
		kind = l.Answer.Credential.Kind
	}
	if l.NameDiffers && l.Answer.Credential == nil && l.Answer.Status == registry.StatusNotFound {
		return registry.ListedNameDiffers // the number is there, the pair is not
	}
	return registry.ListedAs(l.Answer.Status, kind, l.NameDiffers, l.Twice)
}

// List answers for the rows in their order, with one read of the store for all
// of them; while that is out of reach every row that could be read could not be
// checked.
func (s *Service) List(ctx context.Context, rows []Row) []Listed {
	asked := make([]asking, len(rows))
	for i, row := range rows {
		asked[i] = read(row, s.Origin)
	}
	held, err := s.stock(ctx, asked)
	if err != nil && ended(ctx) {
		late, cancel := outlast(ctx)
		defer cancel()
		held, err = s.stock(late, asked)
	}
	if err != nil {
		s.Log.Error("list not looked up", "error", err)
	}
	out := make([]Listed, len(rows))
	seen := map[registry.ID]bool{}
	for i, a := range asked {
		out[i] = s.listed(a, held, err)
		if as := out[i].As(); as == registry.ListedValid || as == registry.ListedAttended {
			id := held.found(a).credential.ID
			out[i].Twice, seen[id] = seen[id], true
		}
	}
	return out
}

// asking is a row as it was read.
type asking struct {
	scan    record.Scan // of a code or a QR text
	linked  bool        // it was a link, whose address and record count
	number  registry.Number
	nameKey string
	refusal *registry.Error
}

func read(row Row, origin string) (a asking) {
	a.nameKey = registry.NameKey(row.Name)
	err := a.readCode(row.Code, origin)
	switch {
	case row.Code == "" && row.Number == "":
		err = registry.Fail(registry.Invalid, "checklist.blank")
	case row.Code == "":
		a.number, err = registry.ParseNumber(row.Number)
		if err == nil && a.nameKey == "" {
			err = registry.FailField(registry.Invalid, "name", "checklist.name")
		}
	}
	if err != nil && !errors.As(err, &a.refusal) {
		a.refusal = &registry.Error{Kind: registry.Invalid, Code: "code.mistyped"}
	}
	return a
}

func (a *asking) readCode(text, origin string) (err error) {
	if a.scan.Code, err = registry.ParseCode(text); err == nil {
		return nil
	}
	scan, scanned := record.ParseScan(Typed(text, origin))
	if scanned == nil || scan.Code != "" {
		a.scan, a.linked = scan, true
		return nil
	}
	if strings.Contains(text, "://") {
		return scanned // a link, and none to a certificate
	}
	return err
}

// stock is what the store holds of a list.
type stock struct {
	codes    map[registry.Code]registry.Credential
	numbers  map[registry.Number]registry.Credential
	others   map[registry.ID]registry.Credential // that took the place of those
	contacts map[string]string                   // by code of the base
}

// stock reads everything that the rows ask about, on one snapshot.
func (s *Service) stock(ctx context.Context, asked []asking) (k stock, err error) {
	var codes []registry.Code
	var numbers []registry.Number
	for _, a := range asked {
		switch {
		case a.refusal != nil:
		case a.number != "":
			numbers = append(numbers, a.number)
		default:
			codes = append(codes, a.scan.Code)
		}
	}
	if len(codes)+len(numbers) == 0 {
		return k, nil
	}
	ctx, cancel := within(ctx)
	defer cancel()
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		k = stock{contacts: map[string]string{}}
		if k.codes, err = tx.CredentialsByCodes(ctx, codes); err != nil {
			return err
		}
		if k.numbers, err = tx.CredentialsByNumbers(ctx, numbers); err != nil {
			return err
		}
		if k.others, err = tx.CredentialsByIDs(ctx, k.linked()); err != nil {
			return err
		}
		bases, err := tx.Bases(ctx)
		for _, b := range bases {
			k.contacts[b.Code] = b.Contact
		}
		return err
	})
	if err != nil {
		return stock{}, fmt.Errorf("look up list: %v", err) // not %w: no failure of a read is "no such credential"
	}
	return k, nil
}

// linked are the credentials that took the place of those that were found, or
// renewed them.
func (k stock) linked() (ids []registry.ID) {
	add := func(c registry.Credential) {
		for _, id := range []registry.ID{c.SupersededBy, c.RenewedBy} {
			if id != "" {
				ids = append(ids, id)
			}
		}
	}
	for _, c := range k.codes {
		add(c)
	}
	for _, c := range k.numbers {
		add(c)
	}
	return ids
}

// found is what the store holds of a row; without a credential: nothing.
func (k stock) found(a asking) (l lookup) {
	c, ok := k.codes[a.scan.Code]
	if a.number != "" {
		c, ok = k.numbers[a.number]
	}
	if !ok || a.refusal != nil {
		return l
	}
	l.credential, l.contact = c, k.contacts[c.Snapshot.Base.Code]
	if next, ok := k.others[c.SupersededBy]; ok {
		l.successor = &next
	}
	if next, ok := k.others[c.RenewedBy]; ok {
		l.renewed = &next
	}
	return l
}

// listed answers one row.
func (s *Service) listed(a asking, k stock, err error) (out Listed) {
	if a.refusal != nil {
		return Listed{Refusal: a.refusal}
	}
	out.Code = a.scan.Code
	found := k.found(a)
	issued := found.credential.ID != "" && found.credential.State != registry.StateQueued
	out.NameDiffers = issued && a.nameKey != "" && !goesBy(found.credential, a.nameKey)
	if err == nil && (found.credential.ID == "" || a.number != "" && out.NameDiffers) {
		found, err = lookup{}, registry.Fail(registry.NotFound, "credential.unknown", "")
	}
	out.Answer = s.judge(found, err)
	if a.linked {
		out.Answer = s.hold(out.Answer, found, a.scan)
	}
	if out.Answer.Credential != nil && a.number != "" {
		out.Answer.Credential.IDLast4 = "" // who has no paper in hand learns no more of the id
	}
	s.count(found, out.Answer.Status, ChannelList)
	return out
}

// goesBy reports whether the credential was issued to the name.
func goesBy(c registry.Credential, key string) bool {
	return registry.NameKey(c.Snapshot.Name) == key || registry.NameKey(c.Snapshot.LatinName) == key
}
