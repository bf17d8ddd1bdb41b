package store

import (
	"context"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/store/db"
)

// Template returns the frozen design with the hex SHA-256: its id and its
// compiled bytes.
func (t *Tx) Template(ctx context.Context, sha string) (id string, body []byte, err error) {
	row, err := t.q.Template(ctx, sha)
	if err != nil {
		return "", nil, found(err, "template", sha)
	}
	var c codec
	body = c.bytes(row.Body)
	if c.err != nil {
		return "", nil, fmt.Errorf("read template: %w", c.err)
	}
	return row.ID, body, nil
}

// PutTemplate freezes the design under its hash; it does nothing when it is
// there already.
func (t *Tx) PutTemplate(ctx context.Context, sha, id string, body []byte, at time.Time) error {
	if _, err := t.q.PutTemplate(ctx, db.PutTemplateParams{SHA256: sha, ID: id, Body: base64url(body), CreatedAt: micros(at)}); err != nil {
		return fmt.Errorf("put template: %w", err)
	}
	return nil
}
