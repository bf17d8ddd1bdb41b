package store

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// micros stores an instant: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant reads what micros stored.
func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// codec turns values into column texts and back, and keeps the first thing that
// went wrong: a column that cannot be read must not become a zero value, which
// often means "no limit".
type codec struct{ err error }

func (c *codec) keep(err error) {
	if c.err == nil {
		c.err = err
	}
}

// json writes v as JSON text.
func (c *codec) json(v any) string {
	b, err := json.Marshal(v)
	c.keep(err)
	return string(b)
}

// load reads JSON text into the value that v points to.
func (c *codec) load(s string, v any) {
	if err := json.Unmarshal([]byte(s), v); err != nil {
		c.keep(fmt.Errorf("decode column: %w", err))
	}
}

func (c *codec) date(s string) registry.Date {
	d, err := registry.ParseDate(s)
	if err != nil {
		c.keep(fmt.Errorf("decode column: date %q", s))
	}
	return d
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (c *codec) bytes(s string) []byte {
	if s == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		c.keep(fmt.Errorf("decode column: %w", err))
	}
	return b
}

// one finishes the reading of a single row.
func one[R, T any](row R, err error, to func(R) (T, error), noun string, key any) (T, error) {
	var zero T
	if err != nil {
		return zero, found(err, noun, key)
	}
	v, err := to(row)
	if err != nil {
		return zero, fmt.Errorf("read %s: %w", noun, err)
	}
	return v, nil
}

// many finishes the reading of rows.
func many[R, T any](rows []R, err error, to func(R) (T, error), noun string) ([]T, error) {
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", noun, err)
	}
	list := make([]T, 0, len(rows))
	for _, row := range rows {
		v, err := to(row)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", noun, err)
		}
		list = append(list, v)
	}
	return list, nil
}

// found turns "no row" into the refusal <noun>.unknown.
func found(err error, noun string, key any) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return registry.Fail(registry.NotFound, noun+".unknown", key)
	}
	return fmt.Errorf("read %s: %w", noun, err)
}

// added turns an insert that met its twin into the refusal <noun>.exists.
func added(n int64, err error, noun string, key any) error {
	switch {
	case err != nil && !twin(err):
		return fmt.Errorf("add %s: %w", noun, err)
	case err != nil || n == 0:
		return registry.Fail(registry.Conflict, noun+".exists", key)
	}
	return nil
}

// saved turns an update that met another version into the refusal <noun>.stale.
func saved(n int64, err error, noun string, key any) error {
	switch {
	case err != nil && twin(err):
		return registry.Fail(registry.Conflict, noun+".exists", key)
	case err != nil:
		return fmt.Errorf("save %s: %w", noun, err)
	case n == 0:
		return registry.Fail(registry.Stale, noun+".stale", key)
	}
	return nil
}

// changed turns an update that found no row into the refusal <noun>.unknown.
func changed(n int64, err error, noun string, key any) error {
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	return found(err, noun, key)
}
