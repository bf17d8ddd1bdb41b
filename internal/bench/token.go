package bench

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/record"
	"github.com/passmuster/passmuster/internal/registry"
)

// Token is what checking the record of a QR code costs.
type Token struct {
	Ratios []float64 // of reading it, its signature and its dates, to the bare signature; by round
	Bombs  []float64 // of the hostile text that takes longest, to an honest one
	Growth int64     // bytes of memory that hostile texts have added for good
}

const tokens = 400 // checks in one turn

// Tokens measures in turns: bare signatures, honest texts, hostile ones.
func Tokens(rounds int) (Token, error) {
	seed := sha256.Sum256([]byte("a key for measuring"))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		return Token{}, err
	}
	code := registry.NewCode([10]byte{1, 2, 3})
	claims := record.Claims{Issuer: "CVF", Name: "欧阳琬珺", IDLast4: "013X", Kind: registry.Competence, Course: "CPR1", CourseVersion: 3, Base: "SJZ",
		IssuedOn: registry.NewDate(2026, 11, 21), ValidFrom: registry.NewDate(2026, 11, 21), ValidUntil: registry.NewDate(2028, 11, 30), UTCOffset: 480,
		Minutes: 180, PracticalMinutes: 135, PracticalAssessed: true, Demo: true}
	signed, err := record.Sign(claims, code, [4]byte{1, 2, 3, 4}, key)
	if err != nil {
		return Token{}, err
	}
	honest := record.URL("https://verify.demo.example", code, signed)
	digest := sha256.Sum256(signed)
	sig, err := ecdsa.SignASN1(nil, key, digest[:])
	if err != nil {
		return Token{}, err
	}
	var ratios, bombs []float64
	texts := hostile(code, signed)
	if t := each(func() error { return checkText(honest, &key.PublicKey) }); t.err != nil { // what honest ones need is there before it counts
		return Token{}, fmt.Errorf("check a record: %w", t.err)
	}
	before := resident()
	for range rounds {
		bare := each(func() error {
			sum := sha256.Sum256(signed)
			if !ecdsa.VerifyASN1(&key.PublicKey, sum[:], sig) {
				return errors.New("the signature does not hold")
			}
			return nil
		})
		whole := each(func() error { return checkText(honest, &key.PublicKey) })
		if bare.err != nil || whole.err != nil {
			return Token{}, fmt.Errorf("check a record: %w", errors.Join(bare.err, whole.err))
		}
		worst := 0.0
		for _, text := range texts {
			bomb := each(func() error { return checkText(text, &key.PublicKey) })
			if bomb.err == nil {
				return Token{}, errors.New("a hostile text was taken for a record")
			}
			worst = max(worst, bomb.took/whole.took)
		}
		ratios, bombs = append(ratios, whole.took/bare.took), append(bombs, worst)
	}
	return Token{Ratios: ratios, Bombs: bombs, Growth: max(0, resident()-before)}, nil
}

type timed struct {
	took float64 // s, of all
	err  error   // the last
}

func each(do func() error) (t timed) {
	from := CPUTime()
	for range tokens {
		t.err = do()
	}
	t.took = (CPUTime() - from).Seconds()
	return t
}

// check is what a verifier does with a scanned text.
func checkText(text string, key *ecdsa.PublicKey) error {
	scan, err := record.ParseScan(text)
	if err != nil {
		return err
	}
	m, err := record.Parse(scan.Record)
	if err != nil {
		return err
	}
	if err := m.Verify(key, scan.Code); err != nil {
		return err
	}
	c, now := m.Claims(), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	if registry.DatesStatus(c.StartsAt(), c.ExpiresAt(), now) != registry.StatusValid {
		return errors.New("the dates do not hold")
	}
	return nil
}

// hostile are texts that are made to cost as much as they can: nested and
// endless CBOR, lengths that lie, a compressed bomb, a megabyte of digits.
func hostile(code registry.Code, signed []byte) []string {
	url := func(b []byte) string { return record.URL("https://verify.demo.example", code, b) }
	fill := func(b byte) []byte { return bytes.Repeat([]byte{b}, record.MaxSize) }
	lie := slices.Clone(signed)
	for i := range lie { // the first byte string says that it has four gigabytes
		if lie[i]>>5 == 2 {
			lie = slices.Concat(lie[:i], []byte{0x5a, 0xff, 0xff, 0xff, 0xff}, lie[i:])
			break
		}
	}
	zlib := append([]byte{0x78, 0xda}, fill(0xec)[:record.MaxSize-2]...)
	flipped := slices.Clone(signed)
	flipped[len(flipped)-1] ^= 1
	return []string{url(fill(0x81)), url(fill(0x9f)), url(fill(0xbf)), url(fill(0xc0)), url(fill(0x5f)), url(lie), url(zlib), url(flipped),
		url(signed) + strings.Repeat("7", 1<<20), url(bytes.Repeat(signed, 8))}
}

// resident is the memory of this process after what nobody needs was given back.
func resident() int64 {
	debug.FreeOSMemory()
	n, err := Resident(os.Getpid())
	if err != nil {
		return 0
	}
	return n
}
