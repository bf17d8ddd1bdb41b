package artwork_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"runtime"
	"slices"
	"testing"

	"github.com/passmuster/passmuster/internal/artwork"
	"github.com/passmuster/passmuster/internal/registry"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// ring is a red ring on nothing, a little like a seal.
func ring(side int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			dx, dy := 2*x-side, 2*y-side
			if d := dx*dx + dy*dy; d < side*side && d > side*side*6/10 {
				m.SetNRGBA(x, y, color.NRGBA{R: 160, G: 20, B: 30, A: 255})
			}
		}
	}
	return m
}

func pngOf(m image.Image) []byte {
	var b bytes.Buffer
	must(0, png.Encode(&b, m))
	return b.Bytes()
}

func jpegOf(m image.Image) []byte {
	var b bytes.Buffer
	must(0, jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}))
	return b.Bytes()
}

func chunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func header(w, h uint32, depth, kind, interlace byte) []byte {
	b := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return chunk("IHDR", append(b, depth, kind, 0, 0, interlace))
}

func file(chunks ...[]byte) []byte {
	return append([]byte("\x89PNG\r\n\x1a\n"), bytes.Join(append(chunks, chunk("IEND", nil)), nil)...)
}

// zeros is a deflated stream of n zero bytes.
func zeros(n int) []byte {
	var b bytes.Buffer
	z := must(zlib.NewWriterLevel(&b, 9))
	part := make([]byte, 1<<16)
	for ; n > 0; n -= len(part) {
		must(z.Write(part[:min(n, len(part))]))
	}
	must(0, z.Close())
	return b.Bytes()
}

// after puts chunks behind the header of a PNG.
func after(m image.Image, chunks ...[]byte) []byte {
	b := pngOf(m)
	return slices.Concat(b[:33], bytes.Join(chunks, nil), b[33:])
}

func TestWhatIsNoPictureOfOursIsRefusedWithItsReason(t *testing.T) {
	logo := ring(300)
	var moving bytes.Buffer
	must(0, gif.Encode(&moving, logo, nil))
	scans := jpegOf(logo)
	if i := bytes.Index(scans, []byte{0xFF, 0xDA}); i > 0 {
		one := scans[i : len(scans)-2]
		for range 120 {
			scans = append(scans[:len(scans)-2], append(slices.Clone(one[:40]), 0xFF, 0xD9)...)
		}
	}
	cmyk := jpegOf(logo)
	cmyk = bytes.Replace(cmyk, []byte{0xFF, 0xC0, 0, 17, 8, 1, 44, 1, 44, 3}, []byte{0xFF, 0xC0, 0, 17, 8, 1, 44, 1, 44, 4}, 1)
	for _, tc := range []struct {
		promise string
		data    []byte
		want    string
	}{
		{"nothing", nil, "artwork.empty"},
		{"a GIF that is called logo.png", moving.Bytes(), "artwork.format"},
		{"an SVG", []byte("\xEF\xBB\xBF <svg xmlns='http://www.w3.org/2000/svg'/>"), "artwork.svg"},
		{"a page with a picture behind it", append([]byte("<html>"), pngOf(logo)...), "artwork.svg"},
		{"a PDF", []byte("%PDF-1.7"), "artwork.format"},
		{"more bytes than allowed", append(pngOf(logo), make([]byte, artwork.MaxBytes)...), "artwork.bytes"},
		{"a PNG that claims 30,000 × 30,000", file(header(30000, 30000, 8, 6, 0), chunk("IDAT", zeros(30<<20))), "artwork.side"},
		{"a PNG that claims 2³¹ × 2³¹", file(header(1<<31, 1<<31, 8, 6, 0)), "artwork.side"},
		{"a PNG over the megapixels", file(header(4000, 3500, 8, 2, 0), chunk("IDAT", zeros(100))), "artwork.pixels"},
		{"an interlaced PNG that costs as much", file(header(3000, 3000, 8, 2, 1), chunk("IDAT", zeros(100))), "artwork.costly"},
		{"a PNG of 16 bits that costs as much", file(header(3000, 3000, 16, 6, 0), chunk("IDAT", zeros(100))), "artwork.costly"},
		{"a PNG whose data explode", file(header(200, 200, 8, 6, 0), chunk("IDAT", zeros(100<<20))), "artwork.broken"},
		{"a PNG with too few data", file(header(200, 200, 8, 6, 0), chunk("IDAT", zeros(500))), "artwork.broken"},
		{"a PNG that was cut off", pngOf(logo)[:600], "artwork.broken"},
		{"a JPEG that was cut off", jpegOf(logo)[:900], "artwork.broken"},
		{"a PNG without a header", file(chunk("tEXt", []byte("a\x00b"))), "artwork.broken"},
		{"a PNG with a wrong checksum", bytes.Replace(pngOf(logo), []byte("IDAT"), []byte("iDAT"), 1), "artwork.broken"},
		{"an animated PNG", after(logo, chunk("acTL", make([]byte, 8))), "artwork.moving"},
		{"a JPEG for print, in CMYK", cmyk, "artwork.cmyk"},
		{"a JPEG that is drawn over and over", scans, "artwork.scans"},
		{"a stamp", pngOf(ring(60)), "artwork.small"},
		{"a stripe", pngOf(image.NewGray(image.Rect(0, 0, 900, 40))), "artwork.ratio"},
		{"a picture of nothing", pngOf(image.NewNRGBA(image.Rect(0, 0, 200, 200))), "artwork.blank"},
		{"only the first bytes", []byte("\x89PNG\r\n\x1a\n"), "artwork.broken"},
		{"only the first bytes of a JPEG", []byte("\xFF\xD8\xFF\xE0"), "artwork.broken"},
	} {
		var before, later runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := artwork.Read(tc.data)
		runtime.ReadMemStats(&later)
		var refusal *registry.Error
		if !errors.As(err, &refusal) || refusal.Code != tc.want || refusal.Field != "file" {
			t.Errorf("%s: %v, want %s", tc.promise, err, tc.want)
		}
		if used := later.TotalAlloc - before.TotalAlloc; used > 8<<20 {
			t.Errorf("%s: took %d MB of memory", tc.promise, used>>20)
		}
	}
}

func TestAPictureIsKeptAsItsPixels(t *testing.T) {
	logo := ring(300)
	secret := []byte("<script>alert(1)</script> GPS 38.04 114.51")
	palette := image.NewPaletted(logo.Rect, color.Palette{color.NRGBA{}, color.NRGBA{R: 160, G: 20, B: 30, A: 255}})
	deep, gray := image.NewNRGBA64(logo.Rect), image.NewGray(logo.Rect)
	for y := range 300 {
		for x := range 300 {
			deep.Set(x, y, logo.At(x, y))
			gray.Set(x, y, logo.At(x, y))
			if logo.NRGBAAt(x, y).A > 0 {
				palette.SetColorIndex(x, y, 1)
			}
		}
	}
	for name, data := range map[string][]byte{
		"a PNG with a comment":              after(logo, chunk("tEXt", append([]byte("Comment\x00"), secret...))),
		"a PNG with a page behind it":       append(pngOf(logo), secret...),
		"a PNG with a palette":              pngOf(palette),
		"a PNG of 16 bits":                  pngOf(deep),
		"a gray PNG":                        pngOf(gray),
		"a JPEG with EXIF":                  slices.Concat(jpegOf(logo)[:2], []byte{0xFF, 0xE1, 0, byte(len(secret) + 2)}, secret, jpegOf(logo)[2:]),
		"a large PNG":                       pngOf(ring(2000)),
		"a PNG that was taken in before":    must(artwork.Read(pngOf(logo))).PNG,
		"a picture that is wider than high": pngOf(ring(300).SubImage(image.Rect(0, 0, 300, 150))),
	} {
		p, err := artwork.Read(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.Contains(p.PNG, []byte("script")) || max(p.Width, p.Height) > artwork.Side || len(p.SHA256) != 64 {
			t.Errorf("%s: %d × %d, %d bytes", name, p.Width, p.Height, len(p.PNG))
		}
		px, err := artwork.Open(p.PNG)
		if err != nil || px.Width != p.Width || len(px.RGB) != 3*p.Width*p.Height || px.Alpha != nil && len(px.Alpha) != p.Width*p.Height {
			t.Errorf("%s: opened as %d × %d: %v", name, px.Width, px.Height, err)
		}
		again := must(artwork.Read(p.PNG))
		if again.SHA256 != p.SHA256 {
			t.Errorf("%s: another picture when it is taken in again", name)
		}
	}
}

// exif says how a picture is to be turned, as cameras write it.
func exif(order binary.AppendByteOrder, begin string, turn uint16) []byte {
	b := order.AppendUint32([]byte(begin), 8)
	b = order.AppendUint16(b, 2)
	for _, entry := range [][2]uint16{{0x0110, 9}, {0x0112, turn}} {
		b = order.AppendUint16(order.AppendUint16(b, entry[0]), 3)
		b = order.AppendUint16(order.AppendUint32(b, 1), entry[1])
		b = append(b, 0, 0)
	}
	return b
}

func TestAPictureStandsAsTheCameraSays(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 320, 160)) // as it is stored: the upper left corner is red
	for y := range 160 {
		for x := range 320 {
			c := color.NRGBA{R: 255, G: 255, B: 255, A: 255}
			if x < 160 && y < 80 {
				c = color.NRGBA{R: 200, A: 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	corners := func(p artwork.Picture) string {
		px, at := must(artwork.Open(p.PNG)), ""
		for i, c := range [][2]int{{20, 20}, {px.Width - 20, 20}, {20, px.Height - 20}, {px.Width - 20, px.Height - 20}} {
			if px.RGB[3*(c[1]*px.Width+c[0])+1] < 100 {
				at += []string{"upper left", "upper right", "lower left", "lower right"}[i]
			}
		}
		return at
	}
	for turn, want := range []string{1: "upper left", 2: "upper right", 3: "lower right", 4: "lower left", 5: "upper left", 6: "upper right", 7: "lower right", 8: "lower left", 9: "upper left"} {
		if turn == 0 {
			continue
		}
		big, little := exif(binary.BigEndian, "MM\x00*", uint16(turn)), exif(binary.LittleEndian, "II*\x00", uint16(turn))
		plain, told := jpegOf(m), append([]byte("Exif\x00\x00"), big...)
		for name, file := range map[string][]byte{
			"JPEG": slices.Concat(plain[:2], []byte{0xFF, 0xE1, 0, byte(len(told) + 2)}, told, plain[2:]),
			"PNG":  after(m, chunk("eXIf", little)),
		} {
			p := must(artwork.Read(file))
			if got := corners(p); got != want || (p.Width < p.Height) != (turn >= 5 && turn <= 8) {
				t.Errorf("%s, orientation %d: red %s in %d × %d, want %s", name, turn, got, p.Width, p.Height, want)
			}
		}
	}
	for name, tiff := range map[string][]byte{"nothing": nil, "no directory": []byte("MM\x00*\xFF\xFF\xFF\xFF"), "half a directory": exif(binary.BigEndian, "MM\x00*", 6)[:30]} {
		if p := must(artwork.Read(after(m, chunk("eXIf", tiff)))); p.Width != 320 {
			t.Errorf("%s: the picture is turned", name)
		}
	}
}

func TestWhatIsHiddenDoesNotShineThrough(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 1200, 1200)) // red stripes between hidden green ones
	for y := range 1200 {
		for x := range 1200 {
			c := color.NRGBA{G: 255}
			if x%2 == 0 {
				c = color.NRGBA{R: 200, A: 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	px := must(artwork.Open(must(artwork.Read(pngOf(m))).PNG))
	if px.Width != 600 || px.RGB[0] < 198 || px.RGB[1] > 1 || px.Alpha[0] < 126 || px.Alpha[0] > 129 {
		t.Errorf("%d wide, the first pixel is %v with alpha %v", px.Width, px.RGB[:3], px.Alpha[:1])
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range [][]byte{pngOf(ring(130)), jpegOf(ring(130)), file(header(200, 200, 8, 6, 0), chunk("IDAT", zeros(900)))} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := artwork.Read(data)
		if err != nil {
			var refusal *registry.Error
			if !errors.As(err, &refusal) {
				t.Fatalf("not a refusal: %v", err)
			}
			return
		}
		if _, err := artwork.Open(p.PNG); err != nil {
			t.Fatal(err)
		}
	})
}
