package main

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
)

// spec is what to draw. Lengths are points from the page's lower left corner.
type spec struct {
	Fonts []struct {
		Name string `json:"name"`
		Path string `json:"path"`
	} `json:"fonts"`
	Key       string          `json:"key"`   // PKCS #8, PEM
	Chain     string          `json:"chain"` // PEM, leaf first
	Art       map[string][]op `json:"art"`   // constant part, by design
	Documents []document      `json:"documents"`
}

type document struct {
	Art      string `json:"art"`
	Ops      []op   `json:"ops"`
	QR       qr     `json:"qr"`
	Title    string `json:"title"`
	Author   string `json:"author"`
	Keywords string `json:"keywords"`
	XMP      string `json:"xmp"`
	Attached struct {
		Name string `json:"name"`
		Data string `json:"data"`
	} `json:"attached"`
	At int64 `json:"at"` // Unix seconds
}

// qr is a code and where its modules, without the quiet zone, go.
type qr struct {
	Text string  `json:"text"`
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Side float64 `json:"side"`
}

// op is a path to paint or a run of text in one font.
type op struct {
	Path []segment `json:"path,omitempty"`

	Text   string     `json:"text,omitempty"`
	Font   int        `json:"font"`
	Size   float64    `json:"size"`
	Matrix [6]float64 `json:"matrix"` // of the text's origin
	Track  float64    `json:"track,omitempty"`
	Width  float64    `json:"width,omitempty"` // the room that it is centred in

	Fill    *[3]int `json:"fill,omitempty"`
	Stroke  *[3]int `json:"stroke,omitempty"`
	Line    float64 `json:"line,omitempty"`
	Round   bool    `json:"round,omitempty"`
	EvenOdd bool    `json:"even_odd,omitempty"`
}

// segment is m, l, c, h or re with its operands.
type segment struct {
	Op string    `json:"op"`
	P  []float64 `json:"p,omitempty"`
}

// peer is a spec with what is read once for all documents.
type peer struct {
	spec  spec
	fonts [][]byte
	key   crypto.Signer
	chain []*x509.Certificate
	next  int
}

func open(line []byte) (*peer, error) {
	p := &peer{}
	if err := json.Unmarshal(line, &p.spec); err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	for _, f := range p.spec.Fonts {
		data, err := os.ReadFile(f.Path)
		if err != nil {
			return nil, fmt.Errorf("read font: %w", err)
		}
		p.fonts = append(p.fonts, data)
	}
	block, _ := pem.Decode([]byte(p.spec.Key))
	if block == nil {
		return nil, fmt.Errorf("read key: not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	p.key = key.(crypto.Signer)
	for rest := []byte(p.spec.Chain); ; {
		if block, rest = pem.Decode(rest); block == nil {
			return p, nil
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("read chain: %w", err)
		}
		p.chain = append(p.chain, c)
	}
}
