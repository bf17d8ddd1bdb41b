package store

import (
	"context"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// Invitation returns the invitation with the id.
func (t *Tx) Invitation(ctx context.Context, id registry.ID) (registry.Invitation, error) {
	row, err := t.q.Invitation(ctx, id)
	return one(row, err, toInvitation, "invitation", id)
}

// InvitationByToken returns an invitation by the SHA-256 of its secret. The
// refusal does not repeat the hash.
func (t *Tx) InvitationByToken(ctx context.Context, hash string) (registry.Invitation, error) {
	row, err := t.q.InvitationByToken(ctx, hash)
	return one(row, err, toInvitation, "invitation", "")
}

// Invitations lists every invitation, newest first.
func (t *Tx) Invitations(ctx context.Context) ([]registry.Invitation, error) {
	rows, err := t.q.Invitations(ctx)
	return many(rows, err, toInvitation, "invitation")
}

// AddInvitation stores a new invitation; hash is the SHA-256 of its secret, hex.
func (t *Tx) AddInvitation(ctx context.Context, i registry.Invitation, hash string) error {
	n, err := t.q.AddInvitation(ctx, db.AddInvitationParams{ID: i.ID, Kind: string(i.Kind), Org: i.Org, Role: string(i.Role), TokenHash: hash, Name: i.Name, Email: i.Email,
		Person: i.Person, Account: i.Account, Lang: i.Lang, MadeBy: i.MadeBy, MadeAt: micros(i.MadeAt), EndsAt: micros(i.EndsAt), UsedAt: micros(i.UsedAt),
		WithdrawnAt: micros(i.WithdrawnAt), Version: max(i.Version, 1)})
	return added(n, err, "invitation", i.ID)
}

// SaveInvitation stores that an invitation was used or withdrawn, over the
// version it was read in.
func (t *Tx) SaveInvitation(ctx context.Context, i registry.Invitation) (registry.Invitation, error) {
	n, err := t.q.SaveInvitation(ctx, db.SaveInvitationParams{ID: i.ID, Account: i.Account, UsedAt: micros(i.UsedAt), WithdrawnAt: micros(i.WithdrawnAt), Version: i.Version})
	i.Version++
	return i, saved(n, err, "invitation", i.ID)
}

func toInvitation(r db.Invitation) (registry.Invitation, error) {
	return registry.Invitation{ID: r.ID, Kind: registry.InvitationKind(r.Kind), Org: r.Org, Role: registry.Role(r.Role), Name: r.Name, Email: r.Email, Person: r.Person,
		Account: r.Account, Lang: r.Lang, MadeBy: r.MadeBy, MadeAt: instant(r.MadeAt), EndsAt: instant(r.EndsAt), UsedAt: instant(r.UsedAt),
		WithdrawnAt: instant(r.WithdrawnAt), Version: r.Version}, nil
}

// RegisterImport is an uploaded list between preview and taking.
type RegisterImport struct {
	ID        registry.ID
	Kind      string // organizations, bases, trainers, accounts
	Filename  string
	SHA256    string // hex
	Body      []byte
	Status    string // previewed, done
	CreatedBy registry.ID
	CreatedAt time.Time
	Version   int64
}

// RegisterImport returns the uploaded list with the id.
func (t *Tx) RegisterImport(ctx context.Context, id registry.ID) (RegisterImport, error) {
	row, err := t.q.RegisterImport(ctx, id)
	return one(row, err, toRegisterImport, "import", id)
}

// AddRegisterImport stores an uploaded list.
func (t *Tx) AddRegisterImport(ctx context.Context, i RegisterImport) error {
	n, err := t.q.AddRegisterImport(ctx, db.AddRegisterImportParams{ID: i.ID, Kind: i.Kind, Filename: i.Filename, SHA256: i.SHA256, Body: base64url(i.Body),
		Status: i.Status, CreatedBy: i.CreatedBy, CreatedAt: micros(i.CreatedAt), Version: max(i.Version, 1)})
	return added(n, err, "import", i.ID)
}

// EndRegisterImport changes the status, over the version it was read in.
func (t *Tx) EndRegisterImport(ctx context.Context, i RegisterImport) error {
	n, err := t.q.EndRegisterImport(ctx, db.EndRegisterImportParams{ID: i.ID, Status: i.Status, Version: i.Version})
	return saved(n, err, "import", i.ID)
}

// ForgetRegisterImports drops the lists uploaded before the time.
func (t *Tx) ForgetRegisterImports(ctx context.Context, before time.Time) error {
	if _, err := t.q.ForgetRegisterImports(ctx, micros(before)); err != nil {
		return fmt.Errorf("forget imports: %w", err)
	}
	return nil
}

func toRegisterImport(r db.RegisterImport) (RegisterImport, error) {
	var c codec
	return RegisterImport{ID: r.ID, Kind: r.Kind, Filename: r.Filename, SHA256: r.SHA256, Body: c.bytes(r.Body), Status: r.Status, CreatedBy: r.CreatedBy,
		CreatedAt: instant(r.CreatedAt), Version: r.Version}, c.err
}

// Accreditation returns one accreditation of a trainer.
func (t *Tx) Accreditation(ctx context.Context, id registry.ID) (registry.Accreditation, error) {
	row, err := t.q.Accreditation(ctx, id)
	return one(row, err, toAccreditation, "trainer", id)
}

// AllAccreditations lists what everybody may train, newest first.
func (t *Tx) AllAccreditations(ctx context.Context) ([]registry.Accreditation, error) {
	rows, err := t.q.AllAccreditations(ctx)
	return many(rows, err, toAccreditation, "trainer")
}

// TrainingPeople lists everybody who is accredited for a course or has an
// account, by name.
func (t *Tx) TrainingPeople(ctx context.Context) ([]registry.Person, error) {
	rows, err := t.q.TrainingPeople(ctx)
	return many(rows, err, toPerson, "person")
}

// Taught counts the approved classes that ended on the date or later, by trainer
// and course; assistants do not count.
func (t *Tx) Taught(ctx context.Context, since registry.Date) (map[registry.ID]map[string]int, error) {
	rows, err := t.q.ClassesTaught(ctx, since.String())
	if err != nil {
		return nil, fmt.Errorf("read classes: %w", err)
	}
	counts := map[registry.ID]map[string]int{}
	for _, r := range rows {
		var class struct{ Trainers []registry.ClassTrainer }
		var c codec
		c.load(r.Document, &class)
		if c.err != nil {
			return nil, c.err
		}
		for _, who := range class.Trainers {
			if who.Role == "assistant" {
				continue
			}
			if counts[who.Person] == nil {
				counts[who.Person] = map[string]int{}
			}
			counts[who.Person][r.Course]++
		}
	}
	return counts, nil
}
