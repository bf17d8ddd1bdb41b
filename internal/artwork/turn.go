package artwork

import (
	"bytes"
	"encoding/binary"
	"image"
)

// exifMagic begins the metadata of a camera in a JPEG file (Exif 2.32, 4.7.2).
var exifMagic = []byte("Exif\x00\x00")

// turnOf reads the tag Orientation (Exif 2.32, 4.6.4.A): 1 to 8, or 1 where it
// is not told in a way that can be read.
func turnOf(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(tiff, []byte("MM\x00*")):
		order = binary.BigEndian
	case !bytes.HasPrefix(tiff, []byte("II*\x00")):
		return 1
	}
	if len(tiff) < 8 || uint64(order.Uint32(tiff[4:]))+2 > uint64(len(tiff)) {
		return 1
	}
	directory := tiff[order.Uint32(tiff[4:]):]
	n := int(order.Uint16(directory))
	for entry := directory[2:]; n > 0 && len(entry) >= 12; entry, n = entry[12:], n-1 {
		const tag, short = 0x0112, 3
		if order.Uint16(entry) != tag || order.Uint16(entry[2:]) != short {
			continue
		}
		if v := int(order.Uint16(entry[8:])); v >= 1 && v <= 8 {
			return v
		}
	}
	return 1
}

// upright turns and mirrors a picture as its orientation asks.
func upright(m *image.NRGBA, turn int) *image.NRGBA {
	if turn <= 1 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if turn >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewNRGBA(size)
	for y := range h {
		for x := range w {
			to := [...]image.Point{2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x}}[turn]
			out.SetNRGBA(to.X, to.Y, m.NRGBAAt(x, y))
		}
	}
	return out
}
