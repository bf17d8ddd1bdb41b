package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/passmuster/passmuster/internal/registry"
)

// Row is one person of a roster, as far as the row could be read. A field whose
// cell is at fault is zero.
type Row struct {
	Line         int    // 1-based, as a spreadsheet shows it
	Ordinal      string // the list's own number, as it stands there
	Name         string
	LatinName    string
	IDType       registry.IDType
	ID           string // canonical, see registry.ParseID; "" for none
	IDLast4      string
	BirthDate    registry.Date // from its column, else from the id
	Phone        string
	Email        string
	Organization string
	Department   string
	Title        string
	Theory       *int  // 0 to 100; nil: not recorded
	Skills       *bool // nil: not recorded
	Faults       []registry.Fault
	Hash         string // hex SHA-256 of the cleaned row: the same for the same input; keep it as private as the row

	source TableRow // as the file has it, to be given back
}

// OK reports a row without errors; warnings do not stop it.
func (r Row) OK() bool {
	for _, f := range r.Faults {
		if !f.Warn {
			return false
		}
	}
	return true
}

// Options say what the class asks for and where the roster is read.
type Options struct {
	Demo      bool                // accepts ids of the area 999999
	On        registry.Date       // day of the class, for ages; zero leaves them unchecked
	Override  map[string]string   // heading → field, see Map
	Uncovered func(string) []rune // characters that no font can print; nil: not checked
	MinAge    int                 // 0: none
	PassMark  int                 // of the theory test; 0: the course has none
	RequireID bool                // a person without an id is an error
}

// reader reads one row.
type reader struct {
	o     Options
	cols  Columns
	date4 bool // 1904
	form  bool // typed into fields, not read from cells of a file
	cells TableRow
	row   Row
}

func (r *reader) cell(f Field) Cell {
	i, ok := r.cols.At[f]
	if !ok {
		return Cell{}
	}
	return r.cells.at(i)
}

// fault records what is wrong in the column of f.
func (r *reader) fault(f Field, x registry.Fault) {
	r.row.add(r.cols.Heading(f), x)
}

// formula is the fault of a text that begins as a formula does. Who typed it into
// a form knows of no cells.
func (r *reader) formula() registry.Fault {
	if r.form {
		return registry.Fault{Code: "intake.sign"}
	}
	return registry.Fault{Code: "intake.formula"}
}

// refused records a refusal of the registry as a fault of the row.
func (r *reader) refused(f Field, err error) {
	var e *registry.Error
	if errors.As(err, &e) {
		r.fault(f, registry.Fault{Code: e.Code, Args: e.Args})
	}
}

func (r *reader) read() Row {
	r.row = Row{Line: r.cells.Line, source: r.cells, Ordinal: plain(r.cell(FieldOrdinal).Text)}
	r.readName()
	r.readLatin()
	r.readID()
	r.readBirth()
	r.readContact()
	r.row.Organization = r.readText(FieldOrg)
	r.row.Department = r.readText(FieldDepartment)
	r.row.Title = r.readText(FieldTitle)
	r.readTheory()
	r.readSkills()
	r.row.Hash = r.row.hash()
	return r.row
}

// readName takes the name from one column, or from surname, given name and
// patronymic in that order. A formula is refused even where its result looks
// right: what it shows is not what somebody wrote.
func (r *reader) readName() {
	parts := []Field{FieldName}
	if _, one := r.cols.At[FieldName]; !one {
		parts = []Field{FieldSurname, FieldGiven, FieldPatronymic}
	}
	var words []string
	for _, f := range parts {
		c := r.cell(f)
		switch {
		case c.Formula || startsFormula(strings.TrimSpace(c.Text)):
			r.fault(f, r.formula())
			return
		case c.Long:
			r.fault(f, registry.Fault{Code: "intake.long"})
			return
		}
		if s := strings.TrimSpace(c.Text); s != "" {
			words = append(words, s)
		}
	}
	r.row.Name = r.cleanName(parts[0], strings.Join(words, " "))
}

// cleanName applies the rules of the registry, then asks the fonts.
func (r *reader) cleanName(f Field, s string) string {
	name, faults := registry.CleanName(s)
	for _, x := range faults {
		r.fault(f, x)
	}
	if name == "" || r.o.Uncovered == nil {
		return name
	}
	if missing := r.o.Uncovered(name); len(missing) > 0 {
		var labels []string
		for _, c := range missing {
			labels = append(labels, registry.RuneLabel(c))
		}
		r.fault(f, registry.Fault{Code: "name.glyph", Args: []any{strings.Join(labels, ", ")}})
		return ""
	}
	return name
}

// readLatin reads the second line of a name; what is no Latin name is left out
// with a warning.
func (r *reader) readLatin() {
	c := r.cell(FieldLatinName)
	if s := plain(c.Text); s != "" {
		for _, letter := range norm.NFC.String(s) {
			if unicode.IsLetter(letter) && !unicode.Is(unicode.Latin, letter) {
				r.fault(FieldLatinName, registry.Fault{Code: "name.latin", Args: []any{short(s)}, Warn: true})
				return
			}
		}
		if c.Formula || c.Long || startsFormula(s) {
			r.fault(FieldLatinName, r.formula())
			return
		}
		r.row.LatinName = r.cleanName(FieldLatinName, s)
	}
}

// exactDigits is how far a spreadsheet's numbers are exact.
const exactDigits = 1e15

func (r *reader) readID() {
	c := r.cell(FieldID)
	s := strings.TrimSpace(c.Text)
	switch {
	case c.Formula || startsFormula(s):
		r.fault(FieldID, r.formula())
		return
	case c.Long:
		r.fault(FieldID, registry.Fault{Code: "intake.long"})
		return
	}
	kind, ok := r.idType(s)
	if !ok {
		return
	}
	if s == "" {
		if r.o.RequireID {
			r.fault(FieldID, registry.Fault{Code: "id.empty"})
		}
		return
	}
	if c.Numeric {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || n >= exactDigits {
			r.fault(FieldID, registry.Fault{Code: "id.lost", Args: []any{fmt.Sprintf("%.6G", n)}})
			return
		}
		s = strconv.FormatFloat(n, 'f', -1, 64)
	}
	id, last4, birth, err := registry.ParseID(kind, s, registry.IDOptions{Demo: r.o.Demo, On: r.o.On})
	if err != nil {
		r.refused(FieldID, err)
		return
	}
	if kind == registry.IDChina {
		kind = registry.ChinaIDType(id)
	}
	r.row.IDType, r.row.ID, r.row.IDLast4, r.row.BirthDate = kind, id, last4, birth
}

// idType takes the kind from its column, else from the heading of the id, else
// from the look of the id.
func (r *reader) idType(id string) (registry.IDType, bool) {
	said := plain(r.cell(FieldIDType).Text)
	switch {
	case id == "":
		return "", true
	case said == "" && r.cols.IDType != "":
		return r.cols.IDType, true
	case said == "":
		return registry.IDTypeFromID(id), true
	}
	kind, ok := registry.IDTypeFromText(said)
	if !ok {
		r.fault(FieldIDType, registry.Fault{Code: "id.type", Args: []any{short(said)}})
	}
	return kind, ok
}

// readBirth reads the column of the birth date, compares it with the id, and
// checks the age on the day of the class.
func (r *reader) readBirth() {
	c := r.cell(FieldBirthDate)
	if s := strings.TrimSpace(c.Text); s != "" {
		born, err := r.date(c.Numeric, s)
		switch {
		case err != nil:
			r.refused(FieldBirthDate, err)
			return
		case !r.o.On.IsZero() && born.After(r.o.On):
			r.fault(FieldBirthDate, registry.Fault{Code: "intake.birth_future", Args: []any{born}})
			return
		case !r.row.BirthDate.IsZero() && born != r.row.BirthDate:
			r.fault(FieldBirthDate, registry.Fault{Code: "intake.birth_differs", Args: []any{born, r.row.BirthDate}, Warn: true})
		}
		r.row.BirthDate = born
	}
	if r.row.BirthDate.IsZero() || r.o.On.IsZero() || r.o.MinAge == 0 {
		return
	}
	if age := registry.AgeOn(r.row.BirthDate, r.o.On); age < r.o.MinAge {
		r.fault(r.birthField(), registry.Fault{Code: "intake.young", Args: []any{age, r.o.MinAge}})
	}
}

func (r *reader) birthField() Field {
	if r.cell(FieldBirthDate).Text != "" {
		return FieldBirthDate
	}
	return FieldID
}

// date reads a cell that is a date: a number of days, or a text. Eight digits
// are a text that a spreadsheet took for a number.
func (r *reader) date(numeric bool, s string) (registry.Date, error) {
	if n, err := strconv.ParseFloat(s, 64); numeric && err == nil && n < 1e7 {
		return registry.DateFromSerial(n, r.date4)
	}
	return registry.ParseAnyDate(s)
}

func (r *reader) readContact() {
	c := r.cell(FieldPhone)
	s := strings.TrimSpace(c.Text)
	if n, err := strconv.ParseFloat(s, 64); c.Numeric && err == nil {
		s = strconv.FormatFloat(n, 'f', -1, 64)
	}
	phone, faults := registry.CheckPhone(s)
	for _, f := range faults {
		r.fault(FieldPhone, f)
	}
	r.row.Phone = phone
	if s := plain(r.cell(FieldEmail).Text); s != "" {
		a, err := mail.ParseAddress(s)
		if err != nil || a.Name != "" || len(a.Address) > 254 {
			r.fault(FieldEmail, registry.Fault{Code: "intake.email", Warn: true})
			return
		}
		r.row.Email = a.Address
	}
}

// readText reads a text that is kept beside the person and never printed.
func (r *reader) readText(f Field) string {
	const most = 200
	s := plain(r.cell(f).Text)
	if strings.ContainsRune(s, unicode.ReplacementChar) {
		r.fault(f, registry.Fault{Code: "intake.lost", Warn: true})
	}
	s, _ = clip(s, most)
	return s
}

// hash is the input hash of the row: SHA-256 over its fields in this order,
// each ended by U+001F, which no cleaned field holds.
func (r Row) hash() string {
	theory, skills := "", ""
	if r.Theory != nil {
		theory = strconv.Itoa(*r.Theory)
	}
	if r.Skills != nil {
		skills = strconv.FormatBool(*r.Skills)
	}
	h := sha256.New()
	for _, s := range []string{"passmuster row 1", r.Name, r.LatinName, string(r.IDType), r.ID, r.BirthDate.String(), r.Phone, r.Email,
		r.Organization, r.Department, r.Title, theory, skills} {
		h.Write([]byte(s + "\x1f"))
	}
	return hex.EncodeToString(h.Sum(nil))
}
