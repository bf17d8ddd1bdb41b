package store

import (
	"context"
	"errors"
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
)

// CredentialsByCodes returns the credentials that have one of the codes, in one
// query. Codes that nobody has are left out.
func (t *Tx) CredentialsByCodes(ctx context.Context, codes []registry.Code) (map[registry.Code]registry.Credential, error) {
	return batch(ctx, t, "code", codes, func(c registry.Credential) registry.Code { return c.Code })
}

// CredentialsByNumbers is CredentialsByCodes for numbers.
func (t *Tx) CredentialsByNumbers(ctx context.Context, numbers []registry.Number) (map[registry.Number]registry.Credential, error) {
	return batch(ctx, t, "number", numbers, func(c registry.Credential) registry.Number { return c.Number })
}

// CredentialsByIDs is CredentialsByCodes for ids.
func (t *Tx) CredentialsByIDs(ctx context.Context, ids []registry.ID) (map[registry.ID]registry.Credential, error) {
	return batch(ctx, t, "id", ids, func(c registry.Credential) registry.ID { return c.ID })
}

// batch reads the credentials whose column, which is unique, is one of the keys.
func batch[K ~string](ctx context.Context, t *Tx, column string, keys []K, of func(registry.Credential) K) (map[K]registry.Credential, error) {
	found := make(map[K]registry.Credential, len(keys))
	if len(keys) == 0 {
		return found, nil
	}
	asked := padded(texts(keys))
	var w where
	w.in(column, asked)
	list, err := t.credentials(ctx, w, len(asked))
	for _, c := range list {
		found[of(c)] = c
	}
	return found, err
}

// askedAtOnce is how many keys one query asks for.
const askedAtOnce = 256

// padded repeats the first key until there is a power of two of them: few lengths,
// few query texts, and engines and guard remember each.
func padded(keys []string) []string {
	keys = slices.Clone(keys)
	for len(keys)&(len(keys)-1) != 0 {
		keys = append(keys, keys[0])
	}
	return keys
}

// texts calls fn with every row of a query for one column of text.
func (t *Tx) texts(ctx context.Context, query string, args []any, fn func(string)) (err error) {
	rows, err := t.g.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		fn(text)
	}
	return rows.Err()
}
