package record_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/record"
)

// dataCodewords is what a QR code of version i+1 holds at level M (ISO/IEC
// 18004, table 7).
var dataCodewords = [...]int{16, 28, 44, 64, 86, 108, 124, 154, 182, 216, 254, 290, 334, 365, 415, 453, 507, 563, 627, 669}

// qrVersion is the smallest version at level M for the link: its first part in
// byte mode, the digits in numeric mode.
func qrVersion(url string) int {
	link, digits, _ := strings.Cut(url, "#")
	for i, words := range dataCodewords {
		byteCount, digitCount := 8, 10
		if i+1 >= 10 {
			byteCount, digitCount = 16, 12
		}
		bits := 4 + byteCount + 8*(len(link)+1) + 4 + digitCount + (10*len(digits)+2)/3
		if bits <= 8*words {
			return i + 1
		}
	}
	return 0
}

func TestTheCodeStaysSmallEnoughForPaper(t *testing.T) {
	const (
		origin = "https://verify.demo.example" // 27 characters
		box    = 42.0                          // mm with the quiet zone
	)
	key, kid := testKey(t, "record")
	for _, x := range []struct {
		what    string
		origin  string
		name    string
		version int
		module  float64 // mm, at least
	}{
		{"10 Chinese characters", origin, strings.Repeat("汉", 10), 10, 0.45},
		{"30 bytes on 28 characters", origin + "s", strings.Repeat("n", 30), 11, 0.45},
		{"59 bytes", origin + "s", strings.Repeat("n", 59), 11, 0.45},
		{"120 bytes", origin + "s", strings.Repeat("n", 120), 13, 0.45},
		{"200 bytes", origin + "s", strings.Repeat("n", 200), 15, 0.45},
		{"200 bytes and long codes", origin + "s", strings.Repeat("n", 200), 16, 0.45},
	} {
		c := claims()
		c.Name = x.name
		if strings.HasSuffix(x.what, "long codes") {
			c.Issuer, c.Course, c.Base = "ISSUER-OF-SIXTEE", "COURSE-OF-SIXTEE", "BASE-OF-SIXTEEN-"
		}
		b, err := record.Sign(c, testCode(1), kid, key)
		if err != nil {
			t.Fatal(err)
		}
		url := record.URL(x.origin, testCode(1), b)
		version := qrVersion(url)
		module := box / float64(17+4*version+8)
		t.Logf("%s: %d bytes, %d characters, version %d, module %.3f mm", x.what, len(b), len(url), version, module)
		if version > x.version {
			t.Errorf("%s: version %d, at most %d is promised", x.what, version, x.version)
		}
		if module < x.module {
			t.Errorf("%s: a module of %.3f mm in a box of %.0f mm, at least %.2f is promised", x.what, module, box, x.module)
		}
	}
}
