package qr_test

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	goqrcode "github.com/skip2/go-qrcode"

	"github.com/passmuster/passmuster/internal/pdf/qr"
)

// picture paints a matrix with a quiet zone, a few pixels per module.
func picture(size int, at func(x, y int) bool) image.Image {
	const scale, quiet = 4, 4
	img := image.NewGray(image.Rect(0, 0, (size+2*quiet)*scale, (size+2*quiet)*scale))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			c := color.Gray{Y: 255}
			if mx, my := x/scale-quiet, y/scale-quiet; mx >= 0 && my >= 0 && mx < size && my < size && at(mx, my) {
				c.Y = 0
			}
			img.SetGray(x, y, c)
		}
	}
	return img
}

// read decodes a picture with gozxing, which knows nothing of our encoder.
func read(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		t.Fatalf("read the code: %v", err)
	}
	return result.GetText()
}

func TestEncodeIsReadBack(t *testing.T) {
	digits := strings.Repeat("31415926535", 50)
	link := "https://verify.example/v/7K3QD9XM2HRTW4BX#"
	for name, text := range map[string]string{
		"one digit":                  "7",
		"digits":                     digits[:97],
		"upper case":                 "HTTPS://VERIFY.EXAMPLE/V/7K3QD9XM2HRTW4BX",
		"link":                       link,
		"link and a record":          link + digits[:402],
		"link and a long record":     link + digits,
		"Chinese":                    "张䶮 李𬱖 完成心肺复苏培训",
		"Russian":                    "Владелец: Иванова Анна",
		"lower, upper and digits":    "abcABC0123456789def",
		"digits in the middle":       "abc" + digits[:40] + "XYZ",
		"around the count boundary":  link[:33] + "#" + digits[:241],
		"version with long counters": strings.Repeat(digits, 3),
	} {
		t.Run(name, func(t *testing.T) {
			for _, level := range []qr.Level{qr.L, qr.M, qr.Q, qr.H} {
				code, err := qr.Encode(text, level)
				if err != nil {
					t.Fatal(err)
				}
				if got := read(t, picture(code.Size, code.At)); got != text {
					t.Errorf("level %d: read %q, want %q", level, got, text)
				}
			}
		})
	}
}

func TestEncodeNeverNeedsMoreThanGoQRCode(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		text := fmt.Sprintf("https://verify.example/v/7K3QD9XM2HRTW4BX#%0*d", 20+random.IntN(700), random.Uint64())
		ours, err := qr.Encode(text, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := goqrcode.New(text, goqrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		theirs.DisableBorder = true
		bitmap := theirs.Bitmap()
		if ours.Size > len(bitmap) {
			t.Errorf("text %d of %d characters: %d modules, go-qrcode %d", i, len(text), ours.Size, len(bitmap))
		}
		if a, b := read(t, picture(ours.Size, ours.At)), read(t, picture(len(bitmap), func(x, y int) bool { return bitmap[y][x] })); a != b || a != text {
			t.Errorf("text %d: ours reads %q, go-qrcode's %q, want %q", i, a, b, text)
		}
	}
}

func TestRecordOfThirtyByteNameFitsVersion11(t *testing.T) {
	// A record of 200 bytes has 482 decimal digits (docs/qr.md).
	code, err := qr.Encode("https://verify.example/v/7K3QD9XM2HRTW4BX#"+strings.Repeat("7", 482), qr.M)
	if err != nil || code.Version != 11 {
		t.Errorf("version %d, %v; want 11", code.Version, err)
	}
}

func TestEncodeIsTheSameEachTime(t *testing.T) {
	a, _ := qr.Encode("https://verify.example/v/7K3QD9XM2HRTW4BX", qr.M)
	b, _ := qr.Encode("https://verify.example/v/7K3QD9XM2HRTW4BX", qr.M)
	if a.Mask != b.Mask || a.Size != b.Size {
		t.Error("two encodings of one text differ")
	}
}

func TestEncodeRefusesWhatDoesNotFit(t *testing.T) {
	if _, err := qr.Encode(strings.Repeat("a", 2332), qr.M); !errors.Is(err, qr.ErrTooLong) {
		t.Errorf("error %v, want ErrTooLong", err)
	}
	if _, err := qr.Encode(strings.Repeat("a", 2331), qr.M); err != nil {
		t.Errorf("the longest text is refused: %v", err)
	}
	if _, err := qr.Encode("a", 4); err == nil {
		t.Error("an unknown level is accepted")
	}
}

func BenchmarkEncode(b *testing.B) {
	text := "https://verify.example/v/7K3QD9XM2HRTW4BX#" + strings.Repeat("31415926535", 44)
	code := &qr.Code{}
	b.ReportAllocs()
	for b.Loop() {
		if err := code.Encode(text, qr.M); err != nil {
			b.Fatal(err)
		}
	}
}
