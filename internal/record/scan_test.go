package record_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/record"
)

func TestParseScanReadsWhatAScannerReturns(t *testing.T) {
	key, kid := testKey(t, "record")
	b, _ := record.Sign(claims(), testCode(1), kid, key)
	link := record.URL("https://verify.demo.example", testCode(1), nil)
	full := record.URL("https://verify.demo.example", testCode(1), b)
	code := string(testCode(1))
	hyphens := testCode(1).String()

	for _, x := range []struct {
		what, text, origin string
		hasRecord          bool
		refused            string
	}{
		{"the whole text", full, "https://verify.demo.example", true, ""},
		{"upper case", strings.ToUpper(full), "https://verify.demo.example", true, ""},
		{"lower case", strings.ToLower(full), "https://verify.demo.example", true, ""},
		{"line feed behind it", full + "\r\n", "https://verify.demo.example", true, ""},
		{"link alone", link, "https://verify.demo.example", false, ""},
		{"code with hyphens", "https://verify.demo.example/v/" + hyphens, "https://verify.demo.example", false, ""},
		{"port", "https://verify.demo.example:8443/v/" + code, "https://verify.demo.example:8443", false, ""},
		{"the port it has anyway", "https://verify.demo.example:443/v/" + code, "https://verify.demo.example", false, ""},
		{"Punycode stays visible", "https://xn--verfy-2va.example/v/" + code, "https://xn--verfy-2va.example", false, ""},
		{"demonstration on this machine", "http://localhost:8080/v/" + code, "http://localhost:8080", false, ""},
		{"demonstration on this machine, IPv6", "http://[::1]:8080/v/" + code, "http://[::1]:8080", false, ""},
		{"demonstration in the network", "http://192.168.1.7:8080/v/" + code, "http://192.168.1.7:8080", false, ""},

		{"http elsewhere", "http://verify.demo.example/v/" + code, "", false, "record.scan_http"},
		{"http to a public address", "http://8.8.8.8/v/" + code, "", false, "record.scan_http"},
		{"user name", "https://verify.demo.example@evil.example/v/" + code, "", false, "record.scan"},
		{"escape in the host", "https://verify%2edemo.example/v/" + code, "", false, "record.scan"},
		{"letter that looks the same", "https://vеrify.demo.example/v/" + code, "", false, "record.scan"},
		{"backslash", "https://evil.example\\.verify.demo.example/v/" + code, "", false, "record.scan"},
		{"no host", "https:///v/" + code, "", false, "record.scan"},
		{"empty label", "https://verify..example/v/" + code, "", false, "record.scan"},
		{"port out of words", "https://verify.demo.example:80a/v/" + code, "", false, "record.scan"},
		{"broken address", "http://[::1/v/" + code, "", false, "record.scan"},
		{"another scheme", "javascript://x/v/" + code, "", false, "record.scan"},
		{"another path", "https://verify.demo.example/w/" + code, "", false, "record.scan"},
		{"longer path", "https://verify.demo.example/v/" + code + "/x.css", "", false, "record.scan"},
		{"query", "https://verify.demo.example/v/" + code + "?next=//evil.example", "", false, "record.scan"},
		{"escape in the code", "https://verify.demo.example/v/%37" + code[1:], "", false, "record.scan"},
		{"mistyped code", "https://verify.demo.example/v/" + code[:15] + "U", "", false, "code.mistyped"},
		{"no link at all", code, "", false, "record.scan"},
		{"empty", "", "", false, "record.scan"},
		{"too long", "https://verify.demo.example/v/" + code + "#1" + strings.Repeat("0", 20000), "", false, "record.scan"},

		{"empty record", link + "#", "https://verify.demo.example", true, "record.digits"},
		{"record with a letter", full + "x", "https://verify.demo.example", true, "record.digits"},
		{"leading zero", link + "#0" + record.Digits(b), "https://verify.demo.example", true, "record.digits"},
		{"full-width digits", link + "#\uff11\uff12", "https://verify.demo.example", true, "record.digits"},
		{"too many digits", link + "#" + strings.Repeat("9", 2468), "https://verify.demo.example", true, "record.digits"},
	} {
		got, err := record.ParseScan(x.text)
		if refusal(err) != x.refused {
			t.Errorf("%s: refused as %q (%v), want %q", x.what, refusal(err), err, x.refused)
			continue
		}
		if got.Origin != x.origin || (x.origin != "") != (got.Code == testCode(1)) {
			t.Errorf("%s: %q %q, want %q %q", x.what, got.Origin, got.Code, x.origin, testCode(1))
		}
		if (got.Record != nil) != x.hasRecord {
			t.Errorf("%s: record %x, want one: %t", x.what, got.Record, x.hasRecord)
		}
	}
}

func FuzzParseScan(f *testing.F) {
	key, kid := testKey(f, "record")
	b, _ := record.Sign(claims(), testCode(1), kid, key)
	f.Add(record.URL("https://verify.demo.example", testCode(1), b))
	f.Add(record.URL("http://192.168.1.7:8080", testCode(1), nil))
	f.Add("HTTPS://[::1]:443/V/" + testCode(1).String() + "#210")
	f.Add("https://a@b/v/x?y#z")
	f.Fuzz(func(t *testing.T, text string) {
		scan, err := record.ParseScan(text)
		if err != nil {
			if strings.HasPrefix(refusal(err), "no refusal") {
				t.Errorf("error without a refusal: %v", err)
			}
			return
		}
		again, err := record.ParseScan(record.URL(scan.Origin, scan.Code, scan.Record))
		if err != nil || again.Origin != scan.Origin || again.Code != scan.Code || string(again.Record) != string(scan.Record) {
			t.Errorf("%q: read %+v, and from its own link %+v, %v", text, scan, again, err)
		}
	})
}
