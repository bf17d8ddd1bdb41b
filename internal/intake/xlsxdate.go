package intake

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// dateFormats tells for each cell format of a workbook whether it shows a number
// as a day (ISO/IEC 29500-1, 18.8.10 and 18.8.30). A workbook without styles, or
// with damaged ones, has none.
func (a *archive) dateFormats(part string) ([]bool, error) {
	custom := map[int]bool{}
	var formats []bool
	inCells := false
	_, err := a.walk(part, func(tok xml.Token) error {
		switch tok := tok.(type) {
		case xml.StartElement:
			switch tok.Name.Local {
			case "numFmt":
				custom[number(attr(tok, "numFmtId"), 0)] = showsDay(attr(tok, "formatCode"))
			case "cellXfs":
				inCells = true
			case "xf":
				if id := number(attr(tok, "numFmtId"), 0); inCells {
					formats = append(formats, builtInDay(id) || custom[id])
				}
				if len(formats) > mostFormats {
					return errUnzipped
				}
			}
		case xml.EndElement:
			inCells = inCells && tok.Name.Local != "cellXfs"
		}
		return nil
	})
	if errors.Is(err, registry.Invalid) { // how a cell looks is no reason to refuse what is in it
		return nil, nil
	}
	return formats, err
}

// mostFormats is how many cell formats a workbook has at most.
const mostFormats = 1 << 16

// builtInDay reports the number formats with a day that every spreadsheet has,
// East Asian ones included.
func builtInDay(id int) bool {
	return id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 54 || id == 57 || id == 58
}

// showsDay reports a format code with a year or a day in it, outside of quotes
// and brackets.
func showsDay(code string) bool {
	quoted, bracketed := false, false
	for _, r := range strings.ToLower(code) {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '[':
			bracketed = true
		case r == ']':
			bracketed = false
		case !bracketed && (r == 'y' || r == 'd'):
			return true
		}
	}
	return false
}

// isDay reports whether the cell's format is one of days.
func (s *sheetReader) isDay(format string) bool {
	i, err := strconv.Atoi(format)
	return err == nil && i >= 0 && i < len(s.days) && s.days[i]
}
