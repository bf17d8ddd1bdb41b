// Package artwork takes in the pictures that an issuer uploads, a logo or the
// image of a seal, and makes plain pixels of them.
//
// It promises that nothing of the uploaded file is kept but its pixels, the way
// up that the file says (no metadata, no second file hidden in it), that a file is judged by its content
// and never by its name, that what a file claims is checked before memory is
// given to it, and that a file which cannot be taken is refused with words that
// say what to do.
package artwork

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"sync"

	"github.com/passmuster/passmuster/internal/registry"
)

// The limits of an upload.
const (
	MaxBytes  = 2 << 20
	MaxSide   = 4000       // pixels
	MaxPixels = 12_000_000 // plain ones; what needs more memory to decode may have fewer
	MinSide   = 120        // pixels, of the longer side: less is a blur on paper
	MaxRatio  = 8          // of the longer side to the shorter
	Side      = 600        // pixels, of the longer side of what is kept
)

// Picture is an artwork as it is kept: a PNG file that we wrote, 8 bits a
// channel, RGB or RGB with alpha, at most Side pixels long.
type Picture struct {
	Width, Height int
	PNG           []byte
	SHA256        string // hex, of PNG
}

// decoding is held while a picture is decoded: one at a time, so that the
// memory of all uploads together is that of one.
var decoding sync.Mutex

// Read takes in an uploaded file. Its refusals are about the field "file".
func Read(data []byte) (Picture, error) {
	if len(data) > MaxBytes {
		return Picture{}, registry.FailField(registry.TooLarge, "file", "artwork.bytes", MaxBytes>>20)
	}
	head, err := look(data)
	if err != nil {
		return Picture{}, err
	}
	if err := head.check(); err != nil {
		return Picture{}, err
	}
	decoding.Lock()
	defer decoding.Unlock()
	source, err := head.decode(bytes.NewReader(data))
	if err != nil { // what exactly is broken is of no use to the reader
		return Picture{}, registry.FailField(registry.Invalid, "file", "artwork.broken")
	}
	if r := source.Bounds(); r.Dx() != head.width || r.Dy() != head.height {
		return Picture{}, registry.FailField(registry.Invalid, "file", "artwork.broken")
	}
	small := upright(shrink(source, Side), head.turn)
	if blank(small) {
		return Picture{}, registry.FailField(registry.Invalid, "file", "artwork.blank")
	}
	return picture(small)
}

func picture(m *image.NRGBA) (Picture, error) {
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, m); err != nil {
		return Picture{}, fmt.Errorf("write picture: %w", err)
	}
	sum := sha256.Sum256(out.Bytes())
	return Picture{Width: m.Rect.Dx(), Height: m.Rect.Dy(), PNG: out.Bytes(), SHA256: hex.EncodeToString(sum[:])}, nil
}

// Pixels are the colours of a picture, row by row from the top.
type Pixels struct {
	Width, Height int
	RGB           []byte // 3 bytes a pixel, sRGB
	Alpha         []byte // 1 byte a pixel, nil where all of it is opaque
}

// Open reads a picture that Read made.
func Open(file []byte) (Pixels, error) {
	source, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return Pixels{}, fmt.Errorf("open picture: %w", err)
	}
	m := shrink(source, Side)
	p := Pixels{Width: m.Rect.Dx(), Height: m.Rect.Dy()}
	for i := 0; i < len(m.Pix); i += 4 {
		p.RGB = append(p.RGB, m.Pix[i], m.Pix[i+1], m.Pix[i+2])
	}
	if m.Opaque() {
		return p, nil
	}
	for i := 3; i < len(m.Pix); i += 4 {
		p.Alpha = append(p.Alpha, m.Pix[i])
	}
	return p, nil
}

// decoder of a format, with what it costs.
func (h head) decode(r *bytes.Reader) (image.Image, error) {
	if h.jpeg {
		return jpeg.Decode(r)
	}
	return png.Decode(r)
}

// blank reports a picture on which there is nothing to see.
func blank(m *image.NRGBA) bool {
	for i := 3; i < len(m.Pix); i += 4 {
		if m.Pix[i] > 8 {
			return false
		}
	}
	return true
}
