package intake

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/passmuster/passmuster/internal/registry"
)

// readCSV reads a table of text (RFC 4180, with the liberties that Excel takes).
func readCSV(data []byte, lim Limits) (*Table, error) {
	s, name, err := decodeText(data, lim)
	if err != nil {
		return nil, err
	}
	t := &Table{Format: "csv", Encoding: name}
	t.Comma, s = separator(s)
	t.Rows, err = splitCSV(s, t.Comma, lim)
	return t, err
}

// decodeText finds the encoding: a byte order mark or valid UTF-8 tells it.
// Else it is what Excel writes, GB18030 in China and Windows-1251 in Russia; the
// latter can pass for the former, so the headings decide.
func decodeText(data []byte, lim Limits) (s, name string, err error) {
	if hasUTF16Mark(data) {
		s, err = decodeAs(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), data)
		return s, "utf-16", err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return string(data), "utf-8", nil
	}
	chinese, err := decodeAs(simplifiedchinese.GB18030, data)
	if err == nil && hasHeadings(chinese, lim) {
		return chinese, "gb18030", nil
	}
	if russian, errRu := decodeAs(charmap.Windows1251, data); errRu == nil && hasHeadings(russian, lim) {
		return russian, "windows-1251", nil
	}
	return chinese, "gb18030", err
}

// decodeAs refuses a text that does not decode whole: a lost character in a name
// would be printed.
func decodeAs(e encoding.Encoding, data []byte) (string, error) {
	b, err := e.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(b, utf8.RuneError) {
		return "", registry.Fail(registry.Invalid, "intake.encoding")
	}
	return string(b), nil
}

// hasHeadings reports that the beginning of the text has a row of headings.
func hasHeadings(s string, lim Limits) bool {
	const head = 16 << 10
	if len(s) > head {
		s = s[:strings.LastIndexByte(s[:head], '\n')+1]
	}
	comma, s := separator(s)
	rows, err := splitCSV(s, comma, lim)
	if err != nil {
		return false
	}
	_, _, err = findHeadings(rows, nil)
	return err == nil
}

// separator finds which of ; tab and , the first line that is not empty has most
// often outside quotes. Excel's own first line "sep=;" decides, and is taken off.
func separator(s string) (rune, string) {
	if line, rest, ok := strings.Cut(s, "\n"); ok {
		line = strings.TrimRight(line, "\r")
		if len(line) == 5 && strings.EqualFold(line[:4], "sep=") {
			return rune(line[4]), "\n" + rest // the empty line keeps the numbers of the rows
		}
	}
	count := map[rune]int{}
	quoted, some := false, false
	for _, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\n' || r == '\r':
			if some {
				return most(count), s
			}
		case r == ';' || r == '\t' || r == ',':
			count[r]++
		}
		some = some || r > ' '
	}
	return most(count), s
}

func most(count map[rune]int) rune {
	best := ','
	for _, r := range []rune{';', '\t'} {
		if n := count[r]; n > 0 && n >= count[best] { // a heading may hold a comma, hardly one of these
			best = r
		}
	}
	return best
}

// splitCSV cuts a text into rows. A quote opens a field only at its beginning
// and is a character elsewhere, as spreadsheets read it; one that is never
// closed is refused, because it would swallow the rows after it.
func splitCSV(s string, comma rune, lim Limits) ([]TableRow, error) {
	g := grid{lim: lim}
	for line := 1; s != ""; line++ {
		row := TableRow{Line: line}
		for more := true; more; {
			var field string
			var ok bool
			field, s, more, ok = cutField(s, comma)
			if !ok {
				return nil, registry.Fail(registry.Invalid, "intake.quote", line)
			}
			if len(row.Cells) >= lim.Columns && strings.TrimSpace(field) == "" {
				continue
			}
			if len(row.Cells) >= lim.Columns {
				return nil, registry.Fail(registry.TooLarge, "intake.columns", lim.Columns)
			}
			row.Cells = append(row.Cells, textCell(field, lim.Runes))
		}
		if err := g.add(row); err != nil {
			return nil, err
		}
	}
	return g.rows, nil
}

// cutField takes one field off s; more says that the row goes on, ok that its
// quotes are closed.
func cutField(s string, comma rune) (field, rest string, more, ok bool) {
	var b strings.Builder
	if strings.HasPrefix(s, `"`) {
		s = s[1:]
		for {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				return "", "", false, false
			}
			b.WriteString(s[:i])
			s = s[i+1:]
			if !strings.HasPrefix(s, `"`) {
				break
			}
			b.WriteByte('"')
			s = s[1:]
		}
	}
	i := strings.IndexFunc(s, func(r rune) bool { return r == comma || r == '\n' || r == '\r' })
	if i < 0 {
		b.WriteString(s)
		return b.String(), "", false, true
	}
	b.WriteString(s[:i])
	r, n := utf8.DecodeRuneInString(s[i:])
	s = s[i+n:]
	if r == '\r' {
		s = strings.TrimPrefix(s, "\n")
	}
	return b.String(), s, r == comma, true
}

// textCell unwraps ="0123", the way to keep a text a text in Excel's CSV.
func textCell(s string, runes int) Cell {
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) && !strings.Contains(inner[:len(inner)-1], `"`) {
		s = inner[:len(inner)-1]
	}
	s, long := clip(unquoteText(s), runes)
	return Cell{Text: s, Long: long}
}
