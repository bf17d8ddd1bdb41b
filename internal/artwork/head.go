package artwork

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/passmuster/passmuster/internal/registry"
)

// head is what a file says of itself, read without decoding it.
type head struct {
	jpeg          bool
	width, height int
	turn          int  // how it is to be turned, as Exif counts; 0 where nothing is said
	costly        bool // takes several times the memory of a plain picture: interlaced, progressive, 16 bits
}

// maxScans is how many passes a JPEG may make over its picture: few bytes can
// ask for many, and each costs the time of all pixels.
const maxScans = 100

var pngMagic = []byte("\x89PNG\r\n\x1a\n")

// look tells the format by the first bytes and reads what the file claims.
func look(data []byte) (head, error) {
	switch {
	case bytes.HasPrefix(data, pngMagic):
		return lookPNG(data[len(pngMagic):])
	case bytes.HasPrefix(data, []byte{0xFF, 0xD8, 0xFF}):
		return lookJPEG(data[2:])
	case bytes.HasPrefix(bytes.TrimLeft(data[:min(len(data), 512)], "\xEF\xBB\xBF \t\r\n"), []byte("<")):
		return head{}, refuse("artwork.svg")
	case len(data) == 0:
		return head{}, refuse("artwork.empty")
	}
	return head{}, refuse("artwork.format")
}

func refuse(code string, args ...any) error {
	return registry.FailField(registry.Invalid, "file", code, args...)
}

// check holds the claims against the limits.
func (h head) check() error {
	long, short := max(h.width, h.height), min(h.width, h.height)
	most := MaxPixels
	if h.costly {
		most /= 3
	}
	switch {
	case short <= 0:
		return refuse("artwork.broken")
	case long > MaxSide:
		return refuse("artwork.side", h.width, h.height, MaxSide)
	case h.width*h.height > MaxPixels:
		return refuse("artwork.pixels", h.width, h.height, MaxPixels/1_000_000)
	case h.width*h.height > most:
		return refuse("artwork.costly", h.width, h.height, most/1_000_000)
	case long < MinSide:
		return refuse("artwork.small", h.width, h.height, MinSide)
	case long > short*MaxRatio:
		return refuse("artwork.ratio", h.width, h.height, MaxRatio)
	}
	return nil
}

// lookPNG walks the chunks (PNG, third edition, §5): each must be whole, and the
// last one be there.
func lookPNG(data []byte) (head, error) {
	var h head
	for first := true; ; first = false {
		if len(data) < 12 {
			return h, refuse("artwork.broken")
		}
		n, kind := binary.BigEndian.Uint32(data), string(data[4:8])
		if n > uint32(len(data)-12) {
			return h, refuse("artwork.broken")
		}
		body := data[8 : 8+n]
		if binary.BigEndian.Uint32(data[8+n:]) != crc32.ChecksumIEEE(data[4:8+n]) || first != (kind == "IHDR") {
			return h, refuse("artwork.broken")
		}
		switch kind {
		case "IHDR":
			if n != 13 {
				return h, refuse("artwork.broken")
			}
			w, t := binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
			h.width, h.height = int(min(w, 1<<30)), int(min(t, 1<<30))
			h.costly = body[8] == 16 || body[12] != 0
		case "eXIf":
			h.turn = turnOf(body)
		case "acTL":
			return h, refuse("artwork.moving")
		case "IEND":
			return h, nil // what follows is not part of the picture
		}
		data = data[12+n:]
	}
}

// lookJPEG walks the markers (ITU-T T.81, annex B).
func lookJPEG(data []byte) (head, error) {
	h, scans := head{jpeg: true}, 0
	for len(data) >= 2 {
		if data[0] != 0xFF || data[1] == 0x00 || data[1] == 0xFF || data[1] >= 0xD0 && data[1] <= 0xD7 {
			data = data[1:] // compressed data and its restart marks; fill bytes
			continue
		}
		marker := data[1]
		if marker == 0xD9 {
			break
		}
		if len(data) < 4 {
			return h, refuse("artwork.broken")
		}
		n := int(binary.BigEndian.Uint16(data[2:]))
		if n < 2 || n > len(data)-2 {
			return h, refuse("artwork.broken")
		}
		body := data[4 : 2+n]
		switch {
		case marker == 0xDA:
			scans++
		case marker == 0xE1 && h.turn == 0 && bytes.HasPrefix(body, exifMagic):
			h.turn = turnOf(body[len(exifMagic):])
		case marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
			if err := h.frame(marker, body); err != nil {
				return h, err
			}
		}
		data = data[2+n:]
	}
	if scans > maxScans {
		return h, refuse("artwork.scans")
	}
	if h.width == 0 || scans == 0 {
		return h, refuse("artwork.broken")
	}
	return h, nil
}

// frame reads a frame header: how large, and in which colours.
func (h *head) frame(marker byte, body []byte) error {
	if len(body) < 6 || h.width != 0 { // a second frame belongs to no picture that we know
		return refuse("artwork.broken")
	}
	h.height, h.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	switch {
	case body[5] == 4:
		return refuse("artwork.cmyk")
	case marker > 0xC2 || body[0] != 8:
		return refuse("artwork.jpeg") // lossless, arithmetic, 12 bits
	}
	h.costly = marker == 0xC2
	return nil
}
