package intake

import (
	"github.com/xuri/excelize/v2"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// notesSheet is in the name of the template's second sheet, in each language.
const notesSheet = "Notes"

// templateColumns are the columns of the template, with what its example row
// shows; an empty example is written from the catalogue.
var templateColumns = []struct {
	f       Field
	example string
}{
	{FieldOrdinal, exampleMark}, {FieldName, ""}, {FieldLatinName, ""}, {FieldIDType, ""}, {FieldID, "99999919880229013X"}, {FieldBirthDate, "1988-02-29"},
	{FieldPhone, "13800000000"}, {FieldOrg, ""}, {FieldDepartment, ""}, {FieldTitle, ""}, {FieldTheory, "92"}, {FieldSkills, ""},
}

// templateRows is how far the lists and formats of the template reach.
const templateRows = 1001

// TemplateXLSX writes an empty roster in the language: headings that [Map]
// knows, all cells as text so that no id loses its end, lists to choose from, an
// example row that [ReadRoster] leaves out, and a second sheet of notes.
func TemplateXLSX(lang i18n.Lang) ([]byte, error) {
	p := i18n.For(lang)
	w, err := newSheet(p.T("intake.sheet"))
	if err != nil {
		return nil, err
	}
	defer w.f.Close()
	var head, example []string
	for _, c := range templateColumns {
		head = append(head, p.T("intake.heading."+string(c.f)))
		if c.example == "" {
			c.example = p.T("intake.example." + string(c.f))
		}
		example = append(example, c.example)
	}
	w.also(func() error {
		last, err := excelize.CoordinatesToCellName(len(head), templateRows)
		if err != nil {
			return err
		}
		return w.f.SetCellStyle(w.name, "A2", last, w.text)
	})
	w.row(1, head, w.bold)
	w.row(2, example, w.text)
	w.widths(len(head), len(head))
	w.choices(p)
	w.notes(p)
	return w.bytes()
}

// choices puts lists under the kind of the id and the skills.
func (w *sheet) choices(p *i18n.Printer) {
	var kinds []string
	for _, t := range registry.IDTypes {
		kinds = append(kinds, p.T("intake.id_type."+string(t)))
	}
	for i, c := range templateColumns {
		v := excelize.NewDataValidation(true)
		v.Sqref = columnRange(i)
		switch c.f {
		case FieldIDType:
			w.also(func() error { return v.SetDropList(kinds) })
		case FieldSkills:
			w.also(func() error { return v.SetDropList([]string{p.T("intake.pass"), p.T("intake.fail")}) })
		default:
			continue
		}
		w.also(func() error { return w.f.AddDataValidation(w.name, v) })
	}
}

func columnRange(i int) string {
	top, _ := excelize.CoordinatesToCellName(i+1, 2)
	bottom, _ := excelize.CoordinatesToCellName(i+1, templateRows)
	return top + ":" + bottom
}

// notes explains each column on a sheet of its own, in the reader's language
// first and then in the others: the file is passed on.
func (w *sheet) notes(p *i18n.Printer) {
	name := p.T("intake.notes")
	w.also(func() error { _, err := w.f.NewSheet(name); return err })
	main := w.name
	w.name = name
	line := 0
	write := func(p *i18n.Printer) {
		for _, key := range []string{"intake.notes.1", "intake.notes.2", "intake.notes.3", "intake.notes.4", "intake.notes.5", "intake.notes.6"} {
			line++
			w.row(line, []string{p.T(key)}, w.text)
		}
		line++
	}
	write(p)
	for _, lang := range i18n.Langs {
		if other := i18n.For(lang); other.Lang() != p.Lang() {
			write(other)
		}
	}
	w.widths(0, 1)
	w.name = main
}
