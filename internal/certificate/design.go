package certificate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/passmuster/passmuster/internal/registry"
	certtext "github.com/passmuster/passmuster/templates/certificate"
)

// Medium is what a design is for.
type Medium string

// The media: a signed page, and a card for the wallet, which is unsigned and
// proves itself by its QR code.
const (
	Paper Medium = "certificate"
	Card  Medium = "card"
)

// Design is a design that was read and found right: it has everything a
// certificate must print. Read only, safe for concurrent use.
type Design struct {
	file   designFile
	source []byte
	sum    string // hex SHA-256 of source
	styles map[string]styleSpec
}

// DesignInfo is what a list of designs shows.
type DesignInfo struct {
	ID      string // "competence-1"
	Name    string
	Version int
	Medium  Medium
	Kinds   []registry.CredentialKind
	Title   registry.Text
	Source  []byte // the file
}

// maxDesignBytes is the largest design that is read.
const maxDesignBytes = 256 << 10

// maxFaults is how many faults of a design are told at once.
const maxFaults = 25

// ParseDesign reads a design (docs/templates.md) and checks it. Whatever is
// wrong is a *registry.Error with one fault for each place; Fault.Field is the
// place: "elements[3].box.w".
func ParseDesign(data []byte) (*Design, error) {
	if len(data) > maxDesignBytes {
		return nil, registry.Fail(registry.TooLarge, "design.too_large", maxDesignBytes>>10)
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF")) // some editors begin every file with a byte order mark
	sum := sha256.Sum256(data)
	d := &Design{source: slices.Clone(data), sum: hex.EncodeToString(sum[:])}
	s := &strict{}
	s.read(data, &d.file)
	if len(s.faults) == 0 {
		c := &checker{strict: s, design: d}
		c.check()
	}
	if len(s.faults) > 0 {
		return nil, brokenDesign(s.faults)
	}
	return d, nil
}

func brokenDesign(faults []registry.Fault) error {
	n := len(faults)
	return &registry.Error{Kind: registry.Invalid, Code: "design.broken", Args: []any{n}, Faults: faults[:min(n, maxFaults)]}
}

// ID names the design and its version: "competence-1".
func (d *Design) ID() string { return d.file.Name + "-" + strconv.Itoa(d.file.Version) }

// Info describes the design for a list.
func (d *Design) Info() DesignInfo {
	info := DesignInfo{ID: d.ID(), Name: d.file.Name, Version: d.file.Version, Medium: d.file.Medium, Title: d.file.Title, Source: slices.Clone(d.source)}
	for _, k := range d.file.Kinds {
		info.Kinds = append(info.Kinds, registry.CredentialKind(k))
	}
	return info
}

// serves reports whether the design is made for the kind.
func (d *Design) serves(kind registry.CredentialKind) bool {
	return slices.Contains(d.file.Kinds, string(kind))
}

// Designs lists the built-in designs.
func Designs() []DesignInfo {
	var list []DesignInfo
	for _, d := range builtIn() {
		list = append(list, d.Info())
	}
	return list
}

// BuiltIn returns a built-in design by its id.
func BuiltIn(id string) (*Design, error) {
	for _, d := range builtIn() {
		if d.ID() == id {
			return d, nil
		}
	}
	return nil, registry.Fail(registry.NotFound, "design.unknown", id)
}

// DesignFor returns the built-in design that is used for a kind where none is
// chosen: the newest.
func DesignFor(kind registry.CredentialKind, medium Medium) (*Design, error) {
	var found *Design
	for _, d := range builtIn() {
		if d.file.Medium == medium && d.serves(kind) && (found == nil || d.file.Version > found.file.Version) {
			found = d
		}
	}
	if found == nil {
		return nil, registry.Fail(registry.Invalid, "certificate.kind", string(kind))
	}
	return found, nil
}

// builtIn are the embedded designs, read once; that all of them are right is
// tested, so one that is not is left out.
var builtIn = sync.OnceValue(func() []*Design {
	var list []*Design
	for _, data := range certtext.Designs() {
		if d, err := ParseDesign(data); err == nil {
			list = append(list, d)
		}
	}
	return list
})

// styles name fonts by their place in fontOrder.
func styles() map[string]faces {
	return map[string]faces{
		"sans":  {Han: stack(fontSansSC, fontSans, fontRare), Other: stack(fontSans, fontSansSC, fontRare)},
		"bold":  {Han: stack(fontSansSC, fontSans, fontRare), Other: stack(fontSansBold, fontSansSC, fontRare), Bold: 30},
		"serif": {Han: stack(fontSerifSC, fontSerif, fontRare), Other: stack(fontSerif, fontSerifSC, fontRare)},
		"mono":  {Han: stack(fontMono, fontSansSC, fontRare), Other: stack(fontMono, fontSansSC, fontRare)},
	}
}

// templateID names a compiled design: "competence-1-zh-en", "competence-1-en-demo".
func templateID(d *Design, langs []string, demo bool) string {
	id := d.ID()
	for _, l := range langs {
		id += "-" + l
	}
	if demo {
		id += "-demo"
	}
	return id
}

// resolved returns a style with what it takes from those that it is like.
func (d *Design) resolved(name string) styleSpec {
	if s, ok := d.styles[name]; ok {
		return s
	}
	return styleSpec{}
}

// merge fills what s leaves out from base.
func (s styleSpec) merge(base styleSpec) styleSpec {
	if s.Face == "" {
		s.Face = base.Face
	}
	if s.Color == "" {
		s.Color = base.Color
	}
	if s.Sizes == nil {
		s.Sizes = base.Sizes
		if s.Han == nil {
			s.Han = base.Han
		}
	}
	if s.Leading == 0 {
		s.Leading = base.Leading
	}
	if s.Track == 0 {
		s.Track = base.Track
	}
	if s.Before == 0 {
		s.Before = base.Before
	}
	s.Like = ""
	return s
}

// han returns the style as it is for a text in Chinese.
func (s styleSpec) forHan() styleSpec {
	if h := s.Han; h != nil {
		if h.Sizes != nil {
			s.Sizes = h.Sizes
		}
		if h.Leading != 0 {
			s.Leading = h.Leading
		}
		s.Track = h.Track
	}
	return s
}

func (d *Design) String() string { return fmt.Sprintf("design %s", d.ID()) }
