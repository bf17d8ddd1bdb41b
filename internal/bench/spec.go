package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/passmuster/passmuster/assets"
	"github.com/passmuster/passmuster/internal/registry"
)

// spec is what the peers are given (docs/bench.md): one line of JSON.
type spec struct {
	Fonts     []specFont      `json:"fonts"`
	Key       string          `json:"key"`   // PKCS #8, PEM
	Chain     string          `json:"chain"` // PEM, leaf first
	Art       map[string][]op `json:"art"`   // constant part, by design
	Documents []specDocument  `json:"documents"`
}

type specFont struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

type specDocument struct {
	Art      string       `json:"art"`
	Ops      []op         `json:"ops"`
	QR       specCode     `json:"qr"`
	Title    string       `json:"title"`
	Author   string       `json:"author"`
	Keywords string       `json:"keywords"`
	XMP      string       `json:"xmp"`
	Attached specAttached `json:"attached"`
	At       int64        `json:"at"` // Unix seconds
}

type specCode struct {
	Text string  `json:"text"`
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Side float64 `json:"side"`
}

type specAttached struct {
	Name string `json:"name"`
	MIME string `json:"mime"`
	Data string `json:"data"`
}

const (
	specDocuments = 16
	// rareFont draws what the others lack. A peer that loads its 31 MB for one
	// character would be measured by that, so such names are left to the engine.
	rareFont = "HanazonoRare"
)

// writeSpec reads pages of the engine's own files back and describes them; the
// fonts are put into dir. Characters beyond the basic plane are left out: gofpdf
// ends its program at them. It returns whose pages they are, too.
func writeSpec(e *engine, people []registry.Snapshot, dir string) (s *spec, chosen []int, err error) {
	s = &spec{Art: map[string][]op{}}
	if s.Key, s.Chain, err = e.secrets(); err != nil {
		return nil, nil, err
	}
	fonts := map[string]int{}
	number := func(ops []op) error {
		for i := range ops {
			if ops[i].Text == "" {
				continue
			}
			n, ok := fonts[ops[i].name]
			if !ok {
				f, err := writeFont(ops[i].name, dir)
				if err != nil {
					return err
				}
				n = len(s.Fonts)
				fonts[ops[i].name], s.Fonts = n, append(s.Fonts, f)
			}
			ops[i].Font = n
		}
		return nil
	}
	step := max(1, len(people)/(specDocuments+4)) // some are not for every peer
	for i := 0; i < len(people) && len(s.Documents) < specDocuments; i += step {
		p := &people[i]
		m, err := e.one(p)
		if err != nil {
			return nil, nil, err
		}
		page, err := readPage(m.File.Bytes())
		if err != nil {
			return nil, nil, err
		}
		if !plain(page.ops) {
			continue
		}
		if s.Art[p.Template] == nil {
			if err := number(page.art); err != nil {
				return nil, nil, err
			}
			s.Art[p.Template] = page.art
		}
		if err := number(page.ops); err != nil {
			return nil, nil, err
		}
		chosen = append(chosen, i)
		s.Documents = append(s.Documents, specDocument{
			Art: p.Template, Ops: page.ops, QR: specCode{m.QR, page.code.X, page.code.Y, page.code.Side},
			Title: string(p.Number) + " " + p.Name, Author: p.Issuer.Name.In(p.Languages...), Keywords: m.QR, XMP: page.xmp,
			Attached: specAttached{"credential.jwt", "application/jwt", string(m.Token)}, At: p.IssuedAt.Unix(),
		})
	}
	return s, chosen, nil
}

// plain reports whether every peer can draw the texts.
func plain(ops []op) bool {
	for _, o := range ops {
		if o.name == rareFont || strings.ContainsFunc(o.Text, func(r rune) bool { return r > 0xFFFF }) {
			return false
		}
	}
	return true
}

// writeFont puts a font of the program into a file.
func writeFont(name, dir string) (specFont, error) {
	all, err := assets.Fonts()
	if err != nil {
		return specFont{}, err
	}
	for _, f := range all {
		if f.Name != name {
			continue
		}
		data, err := f.TrueType()
		if err != nil {
			return specFont{}, err
		}
		out := specFont{name, filepath.Join(dir, name+".ttf")}
		if err := os.WriteFile(out.Path, data, 0o600); err != nil {
			return specFont{}, fmt.Errorf("write font: %w", err)
		}
		return out, nil
	}
	return specFont{}, fmt.Errorf("font %s is not in this program", name)
}

// line is the spec as the peers read it.
func (s *spec) line() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return nil, fmt.Errorf("write spec: %w", err)
	}
	return out.Bytes(), nil
}
