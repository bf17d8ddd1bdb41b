package record_test

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/record/cose"
)

// parts are the pieces of a record that the mutations below put together anew.
type parts struct{ tag, head, protected, unprotected, payload, signature, tail string }

func (p parts) bytes(t *testing.T) []byte {
	t.Helper()
	bstr := func(h string) string {
		n := len(h) / 2
		if n < 24 {
			return hex.EncodeToString([]byte{0x40 + byte(n)}) + h
		}
		return "58" + hex.EncodeToString([]byte{byte(n)}) + h
	}
	b, err := hex.DecodeString(p.tag + p.head + bstr(p.protected) + p.unprotected + bstr(p.payload) + bstr(p.signature) + p.tail)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mutations are encodings that say the same, or more, or nothing: one record
// has one form.
func mutations(good parts) map[string]parts {
	with := func(f func(*parts)) parts {
		p := good
		f(&p)
		return p
	}
	// The payload is A2 01 64"GAJK" 3A00010000 8D …
	pay := func(old, new string) parts {
		return with(func(p *parts) { p.payload = strings.Replace(p.payload, old, new, 1) })
	}
	last := len(good.payload) - 2
	return map[string]parts{
		"no tag":                            with(func(p *parts) { p.tag = "" }),
		"tag in two bytes":                  with(func(p *parts) { p.tag = "d812" }),
		"COSE_Sign tag":                     with(func(p *parts) { p.tag = "d862" }),
		"tag twice":                         with(func(p *parts) { p.tag = "d2d2" }),
		"CWT tag in front":                  with(func(p *parts) { p.tag = "d83dd2" }),
		"self-described CBOR":               with(func(p *parts) { p.tag = "d9d9f7d2" }),
		"array of five":                     with(func(p *parts) { p.head, p.tail = "85", "f6" }),
		"array of three":                    with(func(p *parts) { p.head = "83" }),
		"array head in two bytes":           with(func(p *parts) { p.head = "9804" }),
		"array without a length":            with(func(p *parts) { p.head, p.tail = "9f", "ff" }),
		"one byte behind":                   with(func(p *parts) { p.tail = "00" }),
		"a second record behind":            with(func(p *parts) { p.tail = "d28440a04040" }),
		"empty protected header":            with(func(p *parts) { p.protected = "" }),
		"protected header an empty map":     with(func(p *parts) { p.protected = "a0" }),
		"header keys swapped":               with(func(p *parts) { p.protected = "a20444" + p.protected[10:] + "0126" }),
		"header key twice":                  with(func(p *parts) { p.protected = "a301260126" + p.protected[6:] }),
		"algorithm in two bytes":            with(func(p *parts) { p.protected = "a2013806" + p.protected[6:] }),
		"algorithm EdDSA":                   with(func(p *parts) { p.protected = "a20127" + p.protected[6:] }),
		"algorithm none":                    with(func(p *parts) { p.protected = "a20100" + p.protected[6:] }),
		"algorithm as text":                 with(func(p *parts) { p.protected = "a201654553323536" + p.protected[6:] }),
		"kid of 3 bytes":                    with(func(p *parts) { p.protected = "a201260443" + p.protected[10:16] }),
		"kid as text":                       with(func(p *parts) { p.protected = "a20126046431323334" }),
		"no kid":                            with(func(p *parts) { p.protected = "a10126" }),
		"crit":                              with(func(p *parts) { p.protected = "a30126028101" + p.protected[6:] }),
		"content type in the header":        with(func(p *parts) { p.protected = "a30126" + "0300" + p.protected[6:] }),
		"bytes behind the header":           with(func(p *parts) { p.protected += "00" }),
		"algorithm unprotected":             with(func(p *parts) { p.unprotected = "a10126" }),
		"kid unprotected":                   with(func(p *parts) { p.unprotected = "a1044401020304" }),
		"unprotected header without length": with(func(p *parts) { p.unprotected = "bfff" }),
		"unprotected header null":           with(func(p *parts) { p.unprotected = "f6" }),
		"empty payload":                     with(func(p *parts) { p.payload = "" }),
		"payload an array":                  with(func(p *parts) { p.payload = "80" }),
		"bytes behind the payload":          with(func(p *parts) { p.payload += "00" }),
		"map without a length":              with(func(p *parts) { p.payload = "bf" + p.payload[2:] + "ff" }),
		"claim twice":                       pay("a2", "a3016147"),
		"exp beside":                        with(func(p *parts) { p.payload = "a3" + p.payload[2:14] + "041a6553f100" + p.payload[14:] }),
		"text key":                          with(func(p *parts) { p.payload = "a3" + p.payload[2:] + "616100" }),
		"issuer a byte string":              pay("a20164", "a20144"),
		"issuer in chunks":                  pay("a20164", "a2017f64"), /* and no break */
		"private key in nine bytes":         pay("3a00010000", "3b0000000000010000"),
		"private key of another format":     pay("3a00010000", "3a00010001"),
		"body of 14":                        with(func(p *parts) { p.payload = strings.Replace(p.payload, "3a000100008d", "3a000100008e", 1) + "00" }),
		"body of 12":                        with(func(p *parts) { p.payload = strings.Replace(p.payload[:last], "3a000100008d", "3a000100008c", 1) }),
		"unknown flag":                      with(func(p *parts) { p.payload = p.payload[:last] + "04" }),
		"flags in two bytes":                with(func(p *parts) { p.payload = p.payload[:last] + "1803" }),
		"flags a float":                     with(func(p *parts) { p.payload = p.payload[:last] + "f94200" }),
		"flags true":                        with(func(p *parts) { p.payload = p.payload[:last] + "f5" }),
		"flags null":                        with(func(p *parts) { p.payload = p.payload[:last] + "f6" }),
		"flags undefined":                   with(func(p *parts) { p.payload = p.payload[:last] + "f7" }),
		"flags a big number":                with(func(p *parts) { p.payload = p.payload[:last] + "c24103" }),
		"signature of 63 bytes":             with(func(p *parts) { p.signature = p.signature[2:] }),
		"signature of 65 bytes":             with(func(p *parts) { p.signature += "00" }),
		"signature DER":                     with(func(p *parts) { p.signature = "3006020101020101" }),
		"r = 0":                             with(func(p *parts) { p.signature = strings.Repeat("00", 32) + p.signature[64:] }),
		"s = 0":                             with(func(p *parts) { p.signature = p.signature[:64] + strings.Repeat("00", 32) }),
		"r = n": with(func(p *parts) {
			p.signature = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551" + p.signature[64:]
		}),
		"s > n": with(func(p *parts) { p.signature = p.signature[:64] + strings.Repeat("ff", 32) }),
	}
}

func goodParts(t testing.TB) parts {
	t.Helper()
	key, kid := testKey(t, "record")
	b, err := record.Sign(claims(), testCode(1), kid, key)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := claims().Payload()
	return parts{
		tag: "d2", head: "84", protected: "a201260444" + hex.EncodeToString(kid[:]), unprotected: "a0",
		payload: hex.EncodeToString(payload), signature: hex.EncodeToString(b[len(b)-64:]),
	}
}

func TestARecordHasOneForm(t *testing.T) {
	good := goodParts(t)
	if _, err := record.Parse(good.bytes(t)); err != nil {
		t.Fatalf("the record put together by hand: %v", err)
	}
	all := mutations(good)
	if len(all) < 40 {
		t.Errorf("%d mutations, at least 40 are promised", len(all))
	}
	for name, p := range all {
		b := p.bytes(t)
		if bytes.Equal(b, good.bytes(t)) {
			t.Errorf("%s: changes nothing", name)
		}
		if _, err := record.Parse(b); refusal(err) != "record.malformed" && refusal(err) != "record.newer" {
			t.Errorf("%s: Parse = %v, want a refusal", name, err)
		}
	}
}

func TestALaterFormatIsToldFromDamage(t *testing.T) {
	all := mutations(goodParts(t))
	for _, name := range []string{"private key of another format", "exp beside", "body of 14", "unknown flag", "algorithm EdDSA", "crit"} {
		if _, err := record.Parse(all[name].bytes(t)); refusal(err) != "record.newer" {
			t.Errorf("%s: %v, want record.newer", name, err)
		}
	}
	for _, name := range []string{"one byte behind", "flags in two bytes", "s = 0", "claim twice", "no tag", "header keys swapped"} {
		if _, err := record.Parse(all[name].bytes(t)); refusal(err) != "record.malformed" {
			t.Errorf("%s: %v, want record.malformed", name, err)
		}
	}
}

func TestHugeAndDeepInputIsRefusedUnread(t *testing.T) {
	nested := append([]byte{0xd2}, bytes.Repeat([]byte{0x81}, 4000)...)
	many := append([]byte{0xd2, 0x99, 0x0f, 0x00}, bytes.Repeat([]byte{0x00}, 3840)...)
	for name, b := range map[string][]byte{
		"1,025 bytes":                append([]byte{0xd2}, make([]byte, record.MaxSize)...),
		"1 MiB":                      bytes.Repeat([]byte{0xd2}, 1<<20),
		"4,000 levels":               nested,
		"3,840 items":                many,
		"array of 2^64-1 elements":   {0xd2, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"string of 2^63 bytes":       {0xd2, 0x84, 0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0},
		"map of 2^32 pairs":          {0xd2, 0x84, 0x40, 0xba, 0xff, 0xff, 0xff, 0xff},
		"nothing":                    {},
		"the tag alone":              {0xd2},
		"reserved additional length": {0xd2, 0x9c},
	} {
		if _, err := record.Parse(b); refusal(err) == "" {
			t.Errorf("%s was read", name)
		}
	}
}

// Messages of the COSE working group carry their kid in the unprotected header
// or use other algorithms: the decoder refuses each, in words, with no panic.
func TestCOSEWorkingGroupExamplesAreRefusedInWords(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "cose", "*.json"))
	if err != nil || len(paths) != 26 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var example struct{ Output struct{ CBOR string } }
		if err := json.Unmarshal(b, &example); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		msg, err := hex.DecodeString(example.Output.CBOR)
		if err != nil || len(msg) == 0 {
			t.Fatalf("%s: message %q, %v", path, example.Output.CBOR, err)
		}
		if _, err := record.Parse(msg); refusal(err) != "record.malformed" && refusal(err) != "record.newer" {
			t.Errorf("%s: Parse = %v, want a refusal", path, err)
		}
	}
}

func TestCBORAppendixAThroughTheDecoder(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "cbor", "rfc8949_appendix_a.hex"))
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Fields(string(b))
	if len(cases) != 82 {
		t.Fatalf("%d values", len(cases))
	}
	good := goodParts(t)
	for _, value := range cases {
		raw, err := hex.DecodeString(value)
		if err != nil {
			t.Fatal(err)
		}
		p := good
		p.payload = value
		for _, text := range [][]byte{raw, append([]byte{0xd2}, raw...), p.bytes(t)} {
			if _, err := record.Parse(text); refusal(err) == "" {
				t.Errorf("%x was read as a record", text)
			}
		}
		var n int
		if err := cose.Decode(raw, &n, cose.Limits{Bytes: 64}); err == nil && value[0] > '3' {
			t.Errorf("%s was read as the number %d", value, n)
		} else if err != nil && !errors.Is(err, cose.ErrMalformed) && !errors.Is(err, cose.ErrUnknown) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestEUDCCCorpusThroughTheDecoder(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "eu-dcc", "dgc-testdata-common.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, messages := bufio.NewScanner(f), 0
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c struct{ Src, Prefix string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if _, err := record.ParseScan(c.Prefix); refusal(err) != "record.scan" {
			t.Errorf("%s: ParseScan = %v, want record.scan", c.Src, err)
		}
		msg := inflate(base45(strings.TrimPrefix(c.Prefix, "HC1:")))
		if len(msg) > 0 {
			messages++
		}
		if _, err := record.Parse(msg); refusal(err) == "" {
			t.Errorf("%s was read as a record", c.Src)
		}
	}
	if messages < 10 {
		t.Errorf("inflated %d messages", messages)
	}
}

// base45 decodes RFC 9285 as far as it goes.
func base45(s string) (b []byte) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	for ; len(s) >= 2; s = s[min(3, len(s)):] {
		n := strings.IndexByte(alphabet, s[0]) + 45*strings.IndexByte(alphabet, s[1])
		if len(s) == 2 {
			return append(b, byte(n))
		}
		n += 2025 * strings.IndexByte(alphabet, s[2])
		b = append(b, byte(n>>8), byte(n))
	}
	return b
}

func inflate(b []byte) []byte {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return b
	}
	out, _ := io.ReadAll(io.LimitReader(r, 1<<16))
	return out
}

func FuzzParse(f *testing.F) {
	key, kid := testKey(f, "record")
	b, _ := record.Sign(claims(), testCode(1), kid, key)
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Add([]byte{0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40})
	f.Add([]byte("\xd2\x84\x43\xa1\x01\x26\xa0\xf6\x40"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := record.Parse(b)
		if err != nil {
			if strings.HasPrefix(refusal(err), "no refusal") {
				t.Errorf("error without a refusal: %v", err)
			}
			return
		}
		again, err := record.Rebuild(m.Claims(), m.KID(), m.Signature())
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x was read, and is written as %x, %v", b, again, err)
		}
	})
}
