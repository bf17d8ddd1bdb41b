package certificate

import (
	"github.com/passmuster/passmuster/internal/registry"
)

// designFile is a design as it is written down; docs/templates.md explains each
// key. Lengths are millimetres from the upper left corner, sizes of type and
// widths of lines are points.
type designFile struct {
	Format   int                  `json:"format"`
	Name     string               `json:"name"`
	Version  int                  `json:"version"`
	Title    registry.Text        `json:"title"`
	Kinds    []string             `json:"kinds"`
	Medium   Medium               `json:"medium"`
	Page     pageSpec             `json:"page"`
	Colors   map[string]string    `json:"colors"`
	Styles   map[string]styleSpec `json:"styles"`
	Art      []artSpec            `json:"art"`
	Elements []elementSpec        `json:"elements"`
}

type pageSpec struct {
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

type boxSpec struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// styleSpec is how a text looks; what it leaves out it takes from the style
// that it is like.
type styleSpec struct {
	Like    string     `json:"like"`
	Face    string     `json:"face"`
	Color   string     `json:"color"`
	Sizes   []sizeSpec `json:"sizes"`
	Leading int        `json:"leading"`
	Track   float64    `json:"track"`
	Before  float64    `json:"before"`
	Han     *hanSpec   `json:"han"`
}

// sizeSpec allows sizes between two, for at most some lines.
type sizeSpec struct {
	From   float64 `json:"from"`
	To     float64 `json:"to"`
	Lines  int     `json:"lines"`
	Hyphen bool    `json:"hyphen"`
}

// hanSpec is what is different for texts in Chinese.
type hanSpec struct {
	Sizes   []sizeSpec `json:"sizes"`
	Leading int        `json:"leading"`
	Track   float64    `json:"track"`
}

// artSpec is one piece of constant art; artKinds says which keys each takes.
type artSpec struct {
	Draw   string   `json:"draw"`
	For    []string `json:"for"`
	When   string   `json:"when"`
	Box    *boxSpec `json:"box"`
	X      float64  `json:"x"`
	Y      float64  `json:"y"`
	R      float64  `json:"r"`
	W      float64  `json:"w"`
	Color  string   `json:"color"`
	Second string   `json:"second"`
	Fill   string   `json:"fill"`
	Line   float64  `json:"line"`
	Band   float64  `json:"band"`
	Count  int      `json:"count"`
	Lines  int      `json:"lines"`
	Size   float64  `json:"size"`
	Say    string   `json:"say"`
}

// elementSpec is one thing to read, or the code, or a picture.
type elementSpec struct {
	Kind   string     `json:"kind"`
	About  string     `json:"about"`
	For    []string   `json:"for"`
	When   string     `json:"when"`
	Box    *boxSpec   `json:"box"`
	Align  string     `json:"align"`
	Place  string     `json:"place"`
	Tag    string     `json:"tag"`
	Texts  []textSpec `json:"texts"`
	Image  string     `json:"image"`
	Else   []artSpec  `json:"else"`
	Least  float64    `json:"least"`
	Module float64    `json:"module"`
	Long   float64    `json:"long_names"`

	Columns []float64    `json:"columns"`
	Gap     float64      `json:"gap"`
	Row     float64      `json:"row"`
	Rows    [][]factSpec `json:"rows"`
	Label   string       `json:"label"`
	Second  string       `json:"second"`
	Code    string       `json:"code"`
	Value   string       `json:"value"`
	Also    string       `json:"also"`

	Share  int    `json:"share"`
	Name   string `json:"name"`
	Office string `json:"office"`
	Term   string `json:"term"`
	Rule   bool   `json:"rule"`
}

// textSpec is one paragraph: a wording of the catalogue (say), own words by
// language, or a pattern of fields alone.
type textSpec struct {
	Say     string            `json:"say"`
	Words   map[string]string `json:"words"`
	Pattern string            `json:"pattern"`
	Style   string            `json:"style"`
	Second  string            `json:"second"`
	Join    string            `json:"join"`
	Spare   bool              `json:"spare"`
	When    string            `json:"when"`
}

// factSpec is one cell of the facts.
type factSpec struct {
	Label string   `json:"label"`
	Say   string   `json:"say"`
	Code  string   `json:"code"`
	Value string   `json:"value"`
	Spare bool     `json:"spare"`
	For   []string `json:"for"`
}
