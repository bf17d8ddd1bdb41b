package intake

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// archive is an XLSX file (ISO/IEC 29500-2) whose list of parts has been looked
// at before any part is opened.
type archive struct {
	parts map[string]*zip.File
	lim   Limits
	left  int64 // bytes that may still be unzipped
}

// openArchive refuses too many entries, sizes over the limits, and names that
// climb out of the archive or come twice.
func openArchive(name string, data []byte, lim Limits) (*archive, error) {
	if declaredEntries(data) > lim.Entries {
		return nil, registry.Fail(registry.TooLarge, "intake.bomb")
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, registry.Fail(registry.Invalid, "intake.damaged")
	}
	if len(z.File) > lim.Entries {
		return nil, registry.Fail(registry.TooLarge, "intake.bomb")
	}
	a := &archive{parts: map[string]*zip.File{}, lim: lim, left: lim.Unzipped}
	var total uint64
	for _, f := range z.File {
		if _, twice := a.parts[f.Name]; twice || !safeName(f.Name) {
			return nil, registry.Fail(registry.Invalid, "intake.paths")
		}
		a.parts[f.Name] = f
		if total += f.UncompressedSize64; f.UncompressedSize64 > uint64(lim.Unzipped) || total > uint64(lim.Unzipped) {
			return nil, registry.Fail(registry.TooLarge, "intake.bomb")
		}
	}
	return a, a.refuseOthers(name)
}

// declaredEntries reads the number of entries from the end of the archive
// before the list itself is read; 65,535 stands for that many or more. The last
// record is the one that counts, as for archive/zip.
func declaredEntries(data []byte) int {
	i := bytes.LastIndex(data, []byte("PK\x05\x06"))
	if i < 0 || i+12 > len(data) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(data[i+10:]))
}

func safeName(name string) bool {
	clean := strings.TrimSuffix(name, "/")
	return clean != "" && !strings.ContainsAny(clean, "\\:\x00") && !path.IsAbs(clean) && path.Clean(clean) == clean &&
		clean != ".." && !strings.HasPrefix(clean, "../")
}

// refuseOthers explains what an archive is that is no XLSX.
func (a *archive) refuseOthers(name string) error {
	has := func(part string) bool { _, ok := a.parts[part]; return ok }
	ext := strings.ToLower(path.Ext(name))
	switch {
	case has("Index/Document.iwa"), has("Index.zip"), ext == ".numbers":
		return registry.Fail(registry.Invalid, "intake.numbers")
	case has("content.xml") && has("mimetype"), ext == ".ods":
		return registry.Fail(registry.Invalid, "intake.ods")
	case has("xl/workbook.bin"):
		return registry.Fail(registry.Invalid, "intake.xlsb")
	case !has("[Content_Types].xml"):
		return registry.Fail(registry.Invalid, "intake.kind")
	}
	return nil
}

// Bounds of one XML part: a token is the largest thing that the parser holds.
const (
	tokenBytes = 512 << 10
	depthMost  = 64
)

var (
	errUnzipped = errors.New("unzipped size over the limit")
	errToken    = errors.New("token over the limit")
)

// walk calls visit with the start elements, the texts and the end elements of a
// part, and reports whether the part exists. A document type is refused: no
// workbook needs one, and entities are how XML files attack (CWE-776, CWE-611).
func (a *archive) walk(part string, visit func(xml.Token) error) (bool, error) {
	f, ok := a.parts[part]
	if !ok {
		return false, nil
	}
	r, err := f.Open()
	if err != nil {
		return true, registry.Fail(registry.Invalid, "intake.damaged")
	}
	defer r.Close()
	src := &bounded{r: bufio.NewReaderSize(r, 32<<10), left: min(a.left, a.lim.Part)}
	start := src.left
	err = src.tokens(visit)
	a.left -= start - src.left
	var refusal *registry.Error
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &refusal):
		return true, err
	case errors.Is(err, errUnzipped), errors.Is(err, errToken):
		return true, registry.Fail(registry.TooLarge, "intake.bomb")
	}
	return true, registry.Fail(registry.Invalid, "intake.damaged")
}

// bounded counts the bytes that a parser takes, in all and for one token.
type bounded struct {
	r     *bufio.Reader
	left  int64
	token int
}

// ReadByte makes the XML decoder take its bytes one by one, without a buffer of
// its own.
func (b *bounded) ReadByte() (byte, error) {
	if b.left--; b.left < 0 {
		return 0, errUnzipped
	}
	if b.token++; b.token > tokenBytes {
		return 0, errToken
	}
	return b.r.ReadByte()
}

func (b *bounded) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := b.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

func (b *bounded) tokens(visit func(xml.Token) error) error {
	d := xml.NewDecoder(b)
	for depth := 0; ; {
		b.token = 0
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch tok.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.Directive:
			return registry.Fail(registry.Invalid, "intake.dtd")
		case xml.Comment, xml.ProcInst:
			continue
		}
		if depth > depthMost {
			return errToken
		}
		if err := visit(tok); err != nil {
			return err
		}
	}
}

// attr returns the attribute of that local name.
func attr(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
