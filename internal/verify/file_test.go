package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/verify"
)

func fatal[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// issuedFile is the file that the registry gave out.
func (r *registryOf) issuedFile(t *testing.T, c registry.Credential) []byte {
	t.Helper()
	return fatal[*certificate.File](t)(r.issuer.Certificate(t.Context(), c)).Bytes()
}

// print makes a file that the registry did not issue, under somebody's chain.
func print(t *testing.T, at time.Time, s registry.Snapshot, qr, token string, key crypto.Signer, chain []*x509.Certificate) []byte {
	t.Helper()
	press := fatal[*certificate.Press](t)(certificate.NewPress(chain))
	s.IssuedAt = at // within the term of the key, and so that it is another file
	template := fatal[*certificate.Template](t)(press.Template(certificate.Look{Kind: s.Kind, Langs: s.Languages, Demo: true}))
	return fatal[*certificate.File](t)(template.Sign(certificate.Input{Snapshot: s, QR: qr, JWT: []byte(token)}, key)).Bytes()
}

// shelf makes the files that the evidence describes, once each.
type shelf struct {
	*registryOf
	made   map[string][]byte
	others *keys.Ring
}

// file returns the file for the columns file, registry and bytes.
func (s *shelf) file(t *testing.T, e map[string]string) []byte {
	t.Helper()
	id := e["file"] + e["registry"] + e["bytes"] + e["keys"]
	if s.made[id] == nil {
		s.made[id] = s.make(t, e)
	}
	return s.made[id]
}

func (s *shelf) make(t *testing.T, e map[string]string) []byte {
	t.Helper()
	c, ok := s.codes[e["registry"]]
	if !ok {
		c = s.codes["yes"]
	}
	switch e["file"] {
	case "picture":
		return []byte("\x89PNG\r\n\x1a\n and so on " + origin + "/v/" + string(c.Code))
	case "not signed":
		return []byte("%PDF-1.7\n(" + origin + "/v/" + string(c.Code) + ")")
	case "signed otherwise":
		return []byte("%PDF-1.7\n/ByteRange [ 0 10 20 30 ] (" + origin + "/v/" + string(c.Code) + ")")
	case "changed":
		b := bytes.Clone(s.issuedFile(t, c))
		b[len(b)/2] ^= 1
		return b
	case "added to":
		return append(bytes.Clone(s.issuedFile(t, c)), "\n% more\n"...)
	case "ours", "by others":
		if e["bytes"] == "issued" {
			return s.issuedFile(t, c)
		}
	}
	return s.unissued(t, e, c)
}

// unissued is a file with the signature of somebody's key that was never given out.
func (s *shelf) unissued(t *testing.T, e map[string]string, c registry.Credential) []byte {
	t.Helper()
	ring, snapshot := s.ring, c.Snapshot
	if e["registry"] == "never issued" {
		snapshot.Code = registry.NewCode([10]byte{7})
	}
	if e["registry"] == "none" {
		snapshot.Origin = "https://verify.other.example"
	}
	attached := snapshot
	switch e["file"] {
	case "by others":
		if e["keys"] != "another's" { // to those, our own key is somebody else's
			ring = s.others
		}
	case "contradictory":
		attached.Name = "DEMO Somebody Else"
	}
	signer, chain, err := ring.PDFSigner(s.now)
	if err != nil {
		t.Fatal(err)
	}
	qr, token := s.signed(t, snapshot, attached)
	if e["file"] == "no certificate" {
		qr = "a code of something else"
	}
	return print(t, s.now, snapshot, qr, token, signer, chain)
}

func (r *registryOf) fileFollowsTheTable(t *testing.T) {
	others := fatal[*keys.Ring](t)(keys.Init(t.TempDir(), keys.Options{Now: r.now.Add(-24 * time.Hour), Organization: "DEMO others", PublicURL: origin, Demo: true}))
	s := &shelf{r, map[string][]byte{}, others}
	rows := testkit.Table(t, "../../docs/verdicts.md", "## A file shown to the registry")
	used := make([]bool, len(rows))
	every := func(key string) {
		for _, e := range append(fileEvidence(key), otherKeys(key)...) {
			used[s.walk(t, rows, e)] = true
		}
	}
	every("kept")
	for _, k := range r.ring.Keys(keys.PDFSigner) {
		if err := r.ring.MarkCompromised(k.KID, r.now); err != nil {
			t.Fatal(err)
		}
	}
	every("lost")
	for i, u := range used {
		if !u {
			t.Errorf("row %d of the table is never reached: %v", i+1, rows[i])
		}
	}
}

// fileEvidence is every situation that there can be.
func fileEvidence(key string) (all []map[string]string) {
	for _, storeIs := range []string{"answers", "out of reach"} {
		for _, file := range []string{"picture", "not signed", "signed otherwise", "no certificate", "changed", "added to", "by others", "contradictory", "ours"} {
			for _, says := range []string{"none", "never issued", "yes", "no", "replaced"} {
				for _, b := range []string{"issued", "others"} {
					mine := file == "ours" || file == "contradictory"
					switch {
					case says == "none" && mine, says == "none" && (file == "changed" || file == "added to"):
						continue // a file of ours names its code
					case b == "issued" && (file != "ours" || says == "never issued"), key == "lost" && file != "ours":
						continue // nothing else was issued, and no other file has a key of ours
					case says == "never issued" && (file == "changed" || file == "added to"):
						continue // those are made of issued files
					}
					all = append(all, map[string]string{"store": storeIs, "file": file, "key": key, "registry": says, "bytes": b})
				}
			}
		}
	}
	return all
}

// otherKeys are the situations in which the keys are those of another registry.
func otherKeys(key string) (all []map[string]string) {
	for _, says := range []string{"cannot tell", "no", "replaced"} {
		for _, b := range []string{"issued", "others"} {
			all = append(all, map[string]string{"store": "answers", "file": "by others", "key": key, "registry": says, "bytes": b, "keys": "another's"})
		}
	}
	return all
}

func (s *shelf) walk(t *testing.T, rows []map[string]string, e map[string]string) int {
	t.Helper()
	seen := maps.Clone(e)
	delete(seen, "keys") // which shows only in what the registry says
	at := slices.IndexFunc(rows, func(row map[string]string) bool { return testkit.Match(row, seen) })
	if at < 0 {
		t.Fatalf("no row covers %v", e)
	}
	service, knows, own := s.answers, s.answers, registry.Answer{}
	if e["store"] == "out of reach" {
		service = s.away
	}
	if e["keys"] == "another's" {
		service = &verify.Service{DB: s.answers.DB, Keys: s.others, Now: s.answers.Now, Origin: origin, Log: slog.New(slog.DiscardHandler)}
		knows = service
	}
	c, ok := s.codes[e["registry"]]
	if e["registry"] == "cannot tell" {
		c, ok = s.codes["yes"], true
	}
	if ok {
		own = fatal[registry.Answer](t)(knows.Code(t.Context(), string(c.Code), verify.ChannelAPI))
	}
	if e["registry"] == "cannot tell" && own.Verdict != registry.CannotTell {
		t.Fatalf("with the keys of another registry: %s", own.Status)
	}
	got, err := service.File(t.Context(), s.file(t, e))
	if err != nil {
		t.Fatalf("%v: %v", e, err)
	}
	f := got.Checks.File
	if f == nil {
		t.Fatalf("%v: nothing is said of the file", e)
	}
	row := rows[at]
	for what, x := range map[string][3]string{
		"status":       {string(got.Status), row["status"], string(own.Status)},
		"verdict":      {string(got.Verdict), row["verdict"], string(own.Verdict)},
		"first reason": {firstReason(got), row["first reason"], firstReason(own)},
		"intact":       {string(f.Intact.Result), row["intact"]},
		"signer":       {string(f.Signer.Result), row["signer"]},
		"issued":       {string(f.Issued.Result), row["issued"]},
	} {
		want := x[1]
		if want == "stays" {
			if want = x[2]; what == "first reason" && want == "" && e["key"] == "lost" && e["file"] == "ours" {
				want = "pdf.signer_compromised" // a yes of which the file alone is no proof any more
			}
		}
		if x[0] != want {
			t.Errorf("%v: %s is %q, row %d says %q", e, what, x[0], at+1, want)
		}
	}
	if got.Verdict == registry.Yes && (f.Issued.Result != registry.CheckYes || f.Intact.Result != registry.CheckYes) {
		t.Errorf("%v: a yes for a file that is not the issued one", e)
	}
	if proves := e["file"] != "picture" && e["file"] != "not signed" && e["file"] != "signed otherwise" && e["file"] != "no certificate"; !proves && got.Credential != nil {
		t.Errorf("%v: a certificate is shown of what proves nothing", e)
	}
	return at
}

func firstReason(a registry.Answer) string {
	if len(a.Reasons) == 0 {
		return ""
	}
	return a.Reasons[0].Code
}

func TestPicturesAreToldFromOtherFiles(t *testing.T) {
	for name, head := range map[string]string{"PNG": "\x89PNG\r\n\x1a\n", "JPEG": "\xff\xd8\xff\xe0", "HEIC": "\x00\x00\x00\x18ftypheic", "WebP": "RIFF....WEBPVP8 ", "AVIF": "\x00\x00\x00\x18ftypavif", "GIF": "GIF89a"} {
		if !verify.Picture([]byte(head + strings.Repeat("x", 20))) {
			t.Errorf("%s is not taken for a picture", name)
		}
	}
	for name, head := range map[string]string{"a PDF": "%PDF-1.7\n", "a video": "\x00\x00\x00\x18ftypmp42", "a sound": "RIFF....WAVEfmt ", "a ZIP": "PK\x03\x04", "nothing": "", "a word": "hei"} {
		if verify.Picture([]byte(head)) {
			t.Errorf("%s is taken for a picture", name)
		}
	}
}

// What stands in a file is in no line of the log, whatever becomes of it.
func (r *registryOf) fileIsNotLogged(t *testing.T) {
	var log bytes.Buffer
	for _, of := range []*verify.Service{r.answers, r.away} {
		s := verify.Service{DB: of.DB, Keys: r.ring, Now: of.Now, Origin: origin, Log: slog.New(slog.NewTextHandler(&log, nil))}
		c := r.codes["yes"]
		good := r.issuedFile(t, c)
		for _, b := range [][]byte{good, append(bytes.Clone(good), 'x'), []byte("%PDF-1.7 CANARY"), []byte("CANARY"), nil} {
			if _, err := s.File(context.Background(), b); err != nil && !errors.Is(err, registry.Invalid) {
				t.Error(err)
			}
		}
		for _, secret := range []string{"CANARY", c.Snapshot.Name, string(c.Code)} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log holds %q: %s", secret, &log)
			}
		}
	}
}
