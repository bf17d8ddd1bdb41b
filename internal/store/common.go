package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	jcs "github.com/passmuster/passmuster/internal/canonical"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store/db"
)

// common is what a snapshot shows together with those of many other credentials,
// as texts that are stored once: what was learned and where, and the days. A
// snapshot of another form than ours of today has none, nor has one whose names
// would break a line.
type common struct{ what, days db.AddCommonFactsParams }

func commonFacts(snapshot string) (c common) {
	p := parts{of: map[string]string{}}
	if !jcs.Members(snapshot, p.take) || !p.whole() {
		return c
	}
	what := []string{p.text("record_key"), p.of["kind"], p.of["demo"], p.what()} // a fact a line, as factsOf reads them
	days := []string{p.instant("starts_at"), p.instant("expires_at"), p.days()}
	if p.bad {
		return c
	}
	return common{what: lines(what), days: lines(days)}
}

func lines(facts []string) db.AddCommonFactsParams {
	text := strings.Join(facts, "\n")
	sum := sha256.Sum256([]byte(text))
	return db.AddCommonFactsParams{SHA256: base64url(sum[:16]), Text: text}
}

// commonIDs returns the ids of the texts of the credentials, by their hashes, and
// stores those that are not there yet: in one order for everybody, so that two who
// add the same do not wait for each other in a ring.
func (t *Tx) commonIDs(ctx context.Context, list ...common) (map[string]int64, error) {
	texts := map[string]string{}
	for _, c := range list {
		for _, f := range []db.AddCommonFactsParams{c.what, c.days} {
			texts[f.SHA256] = f.Text
		}
	}
	delete(texts, "") // of those that have none
	ids := make(map[string]int64, len(texts))
	for _, hash := range slices.Sorted(maps.Keys(texts)) {
		id, err := t.q.CommonFacts(ctx, hash)
		if errors.Is(err, sql.ErrNoRows) {
			if _, err = t.q.AddCommonFacts(ctx, db.AddCommonFactsParams{SHA256: hash, Text: texts[hash]}); err == nil {
				id, err = t.q.CommonFacts(ctx, hash)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("store common facts: %w", err)
		}
		ids[hash] = id
	}
	return ids, nil
}

// parts are members of a snapshot as they stand in it: JSON. Those of an object
// are under its name, a point, and theirs.
type parts struct {
	of  map[string]string
	bad bool
}

// inner are the objects of which members are shown, and not the whole.
var inner = []string{"issuer", "base", "class"}

func (p *parts) take(name, value string) bool {
	if !slices.Contains(inner, name) {
		p.of[name] = value
		return true
	}
	return jcs.Members(value, func(member, value string) bool {
		p.of[name+"."+member] = value
		return true
	})
}

// whole reports whether nothing is missing that every snapshot has, and nothing
// of the holder's breaks a line.
func (p *parts) whole() bool {
	for _, name := range []string{"kind", "course", "issuer.name", "base.code", "base.name", "practical_assessed", "issued_on", "valid_from", "valid_until"} {
		if p.of[name] == "" {
			return false
		}
	}
	names := p.of["name"] + p.of["latin_name"]
	return p.of["v"] == "1" && !strings.Contains(names, `\n`)
}

// text is a string without escapes, as codes and instants are.
func (p *parts) text(name string) string {
	v := p.of[name]
	if len(v) < 2 || v[0] != '"' || strings.IndexByte(v, '\\') >= 0 {
		p.bad = true
		return ""
	}
	return v[1 : len(v)-1]
}

// instant is in microseconds since 1970.
func (p *parts) instant(name string) string {
	t, err := time.Parse(time.RFC3339, p.text(name))
	p.bad = p.bad || err != nil
	return strconv.FormatInt(micros(t), 10)
}

// hours are minutes in academic hours.
func (p *parts) hours(name string) string {
	n, err := strconv.Atoi(p.of[name])
	p.bad = p.bad || err != nil
	return strconv.FormatFloat(registry.AcademicHours(n), 'f', -1, 64)
}

// what are the members of registry.Shown from the course to the base.
func (p *parts) what() string {
	return `"course":` + p.of["course"] + `,"hours":` + p.hours("minutes") + `,"practical_hours":` + p.hours("practical_minutes") +
		`,"practical_assessed":` + p.of["practical_assessed"] + `,"issuer":{"name":` + p.of["issuer.name"] +
		`},"base":{"code":` + p.of["base.code"] + `,"name":` + p.of["base.name"] + `}`
}

// days are the members of registry.Shown from the class's first day to the
// certificate's last.
func (p *parts) days() string {
	var b strings.Builder
	for _, day := range [][2]string{{"class_starts_on", "class.starts_on"}, {"class_ends_on", "class.ends_on"}} {
		if v := p.of[day[1]]; v != "" && v != none {
			b.WriteString(`"` + day[0] + `":` + v + `,`)
		}
	}
	until := p.of["valid_until"]
	if until == none {
		until = "null"
	}
	b.WriteString(`"issued_on":` + p.of["issued_on"] + `,"valid_from":` + p.of["valid_from"] + `,"valid_until":` + until)
	return b.String()
}

// none is the JSON of a date that is not there.
const none = `""`
