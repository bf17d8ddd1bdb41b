package issue

import (
	"context"
	"errors"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Cards draws the wallet cards of one to ten issued credentials as a page to be
// cut apart. All are of one kind, in the same languages. A card bears no
// signature: its code is the certificate's, rebuilt from the record.
func (s *Service) Cards(ctx context.Context, list []registry.Credential) ([]byte, error) {
	in := make([]certificate.Input, len(list))
	for i, c := range list {
		if c.State != registry.StateIssued {
			return nil, registry.Fail(registry.NotFound, "credential.unknown", c.Number)
		}
		qr, err := s.QR(c)
		if err != nil {
			return nil, err
		}
		in[i] = certificate.Input{Snapshot: c.Snapshot, QR: qr}
	}
	var how certificate.Look
	if len(in) > 0 {
		var err error
		if how, err = s.cardLook(ctx, in[0].Snapshot); err != nil {
			return nil, err
		}
	}
	press, err := s.pressOf(nil)
	if err != nil {
		return nil, err
	}
	return press.CardSheet(how, in)
}

// cardLook gives the cards their issuer's logo as it is now.
func (s *Service) cardLook(ctx context.Context, c registry.Snapshot) (certificate.Look, error) {
	var how certificate.Look
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		issuer, err := tx.OrganizationByCode(ctx, c.Issuer.Code)
		if errors.Is(err, registry.NotFound) { // an organization that has another code now
			return nil
		}
		if err != nil {
			return err
		}
		chosen, err := s.looks.Of(ctx, tx, issuer.ID, c.Kind)
		how.Logo = chosen.Logo
		return err
	})
	return how, err
}
