// Package picture draws what a holder sends to a chat: a PNG, 1,200 pixels wide,
// of a certificate's face with the QR code of a share. It bears no number, no
// code of the certificate and no digits of an id, says of itself that it proves
// nothing, and is the same, byte for byte, for the same input: the fonts are the
// certificate's and every coordinate is a whole number.
package picture

import (
	"fmt"
	"net/url"

	"github.com/passmuster/passmuster/internal/registry"
)

// The picture in pixels: it fills a phone held upright, and its code is still
// read when a chat has made it 720 wide.
const (
	Width  = 1200
	Height = 1600
)

// Card is what a picture is drawn of.
type Card struct {
	Snapshot registry.Snapshot  // as issued; its languages decide those of the picture
	URL      string             // where the QR code leads, "https://HOST/s/CODE"
	Code     registry.ShareCode // of the share, to be typed where nothing can scan
}

// atOnce is how many pictures are drawn at a time: one takes 12 MB, and 31 more
// where a name needs the font of rare characters. The others wait their turn.
const atOnce = 4

// Press draws pictures; it is safe for concurrent use.
type Press struct {
	fonts *library
	turns chan struct{}
}

// New opens the fonts.
func New() (*Press, error) {
	fonts, err := newLibrary()
	if err != nil {
		return nil, err
	}
	return &Press{fonts, make(chan struct{}, atOnce)}, nil
}

// PNG draws the card. The error is a character that no font has, which the
// certificate would not have been issued with, or an address too long for a code.
func (p *Press) PNG(c Card) ([]byte, error) {
	p.turns <- struct{}{}
	defer func() { <-p.turns }()
	d, err := p.begin(c)
	if err != nil {
		return nil, fmt.Errorf("draw picture: %w", err)
	}
	for _, part := range []func() error{d.paper, d.header, d.middle, d.facts, d.panel} {
		if err := part(); err != nil {
			return nil, fmt.Errorf("draw picture: %w", err)
		}
	}
	return d.canvas.png()
}

// hostOf is the host of an address, in words.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}
