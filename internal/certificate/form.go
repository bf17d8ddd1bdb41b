package certificate

import "github.com/passmuster/passmuster/internal/pdf"

// form is the changing part of a design: which texts go where. It is data, not
// code, and is stored with the compiled design, so that an old certificate can
// be built again when the design itself is long gone. Positions are hundredths
// of a point from the top left corner of the page.
type form struct {
	ID     string           `json:"id"`
	Langs  []string         `json:"langs"` // primary first
	Words  map[string]words `json:"words"` // by language
	Stacks map[string]faces `json:"stacks"`
	Flows  []flow           `json:"flows"`
	QR     qrBox            `json:"qr"`
	Title  string           `json:"title"` // pattern of the document's title
}

// faces are the fonts of a style: in one order for texts with Chinese
// characters, in another for all others.
type faces struct {
	Han   pdf.Stack `json:"han"`
	Other pdf.Stack `json:"other"`
	// Bold is an outline in thousandths of the size, for Chinese texts, whose
	// font has no bold of its own.
	Bold int `json:"bold,omitempty"`
}

// flow sets texts below each other in a box.
type flow struct {
	X     int    `json:"x"`
	Y     int    `json:"y"` // of the box's upper edge
	W     int    `json:"w"`
	H     int    `json:"h"`
	Align string `json:"align"`          // left, center, right
	Place string `json:"place"`          // top, middle, bottom
	If    string `json:"if,omitempty"`   // the field without which nothing is drawn
	Rule  bool   `json:"rule,omitempty"` // a thin line along the upper edge
	Texts []text `json:"texts"`
}

// text is one paragraph, under one mark of the page or, where two languages
// share a line, one for each.
type text struct {
	Mark    int       `json:"mark"` // or pdf.Decoration
	Lang    string    `json:"lang"`
	Pattern string    `json:"pattern"`
	Style   string    `json:"style"`   // a key of Stacks
	Fits    []fit     `json:"fits"`    // tried in turn
	Leading int       `json:"leading"` // line height in per cent of the size
	Before  int       `json:"before"`  // space above
	Track   int       `json:"track"`
	Color   pdf.Color `json:"color"`
	Name    bool      `json:"name,omitempty"`  // broken only where names may be
	Again   bool      `json:"again,omitempty"` // left out if it repeats the text before
	Spare   bool      `json:"spare,omitempty"` // left out if the flow does not fit with it; it stands elsewhere as well
	Turn    int       `json:"turn,omitempty"`  // bytes of the pattern before another language begins; 0: it does not
	Other   int       `json:"other,omitempty"` // mark of what follows the turn
}

// fit allows sizes from From down to To for at most Lines lines.
type fit struct {
	From  int `json:"from"`
	To    int `json:"to"`
	Lines int `json:"lines"`
	// Hyphen allows to break a name after a hyphen: what is copied out of a file
	// may lose a hyphen at the end of a line.
	Hyphen bool `json:"hyphen,omitempty"`
}

// qrBox places the code: its box, with the quiet zone, is as small as Least
// and grows up to Most so that a module is not under Module wide.
type qrBox struct {
	Mark      int `json:"mark"`
	CenterX   int `json:"center_x"`
	Y         int `json:"y"` // upper edge
	Least     int `json:"least"`
	Most      int `json:"most"`
	Module    int `json:"module"`     // thousandths of a point
	LongNames int `json:"long_names"` // module for names of more than 120 bytes
}
