package check

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

const (
	attachmentName = "credential.jwt"
	maxAttachment  = 256 << 10 // decoded

	dateLayout = "D:20060102150405+00'00'" // as package pdf writes /M
)

// read takes a file apart whose bytes are already known to be signed by us, and
// finds that it has the shape of a certificate: what is signed is one document,
// with one meaning, that does nothing when opened.
func read(b []byte, at place) (*Signed, error) {
	d, err := readDocument(b)
	if err != nil {
		return nil, err
	}
	catalog := d.dict(d.root)
	if catalog["Type"] != name("Catalog") || !catalog.only("Type", "Pages", "Metadata", "Lang", "MarkInfo", "StructTreeRoot",
		"ViewerPreferences", "OutputIntents", "AF", "Names", "AcroForm", "Perms") {
		return nil, errors.New("catalog is not as ours are")
	}
	widget, signature, err := d.field(catalog)
	if err != nil {
		return nil, err
	}
	s := &Signed{}
	if s.SignedAt, err = d.signature(signature, at); err != nil {
		return nil, err
	}
	if s.Attachment, err = d.attachment(catalog); err != nil {
		return nil, err
	}
	if link, ok := d.dict(d.info)["Keywords"].(text); ok {
		s.Link = string(link.value)
	}
	return s, d.harmless(widget)
}

// field finds the one form field, which is the signature, and that the document
// is certified by the same signature.
func (d *document) field(catalog dict) (widget, signature ref, err error) {
	form := d.dict(catalog["AcroForm"])
	widget, ok := one(form["Fields"]).(ref)
	if !ok || !form.only("Fields", "SigFlags") || form["SigFlags"] != int64(3) {
		return 0, 0, errors.New("form has other fields than the signature")
	}
	f := d.dict(widget)
	signature, ok = f["V"].(ref)
	if !ok || f["Type"] != name("Annot") || f["Subtype"] != name("Widget") || f["FT"] != name("Sig") ||
		!f.only("Type", "Subtype", "FT", "T", "TU", "F", "P", "Rect", "StructParent", "V") {
		return 0, 0, errors.New("form field is not a signature as ours are")
	}
	perms := d.dict(catalog["Perms"])
	if !perms.only("DocMDP") || perms["DocMDP"] != signature {
		return 0, 0, errors.New("document is not certified by its signature")
	}
	return widget, signature, nil
}

// signature reads the dictionary whose string was left out of the digest.
func (d *document) signature(at ref, found place) (time.Time, error) {
	s := d.dict(at)
	if s["Type"] != name("Sig") || s["SubFilter"] != name("ETSI.CAdES.detached") ||
		!s.only("Type", "Filter", "SubFilter", "M", "Reference", "ByteRange", "Contents") {
		return time.Time{}, errors.New("signature dictionary is not as ours are")
	}
	contents, ok := s["Contents"].(text)
	if !ok || contents.from != found.open || contents.to != found.close+1 {
		return time.Time{}, errors.New("what the digest leaves out is not the signature")
	}
	want := []any{int64(0), int64(found.open), int64(found.close + 1), int64(found.end - found.close - 1)}
	if got, ok := s["ByteRange"].([]any); !ok || !slices.Equal(got, want) {
		return time.Time{}, errors.New("byte range is another one's")
	}
	reference := d.dict(one(s["Reference"]))
	parameters := d.dict(reference["TransformParams"])
	if reference["TransformMethod"] != name("DocMDP") || parameters["P"] != int64(1) {
		return time.Time{}, errors.New("signature allows changes")
	}
	date, _ := s["M"].(text)
	signed, err := time.Parse(dateLayout, string(date.value))
	if err != nil {
		return time.Time{}, errors.New("signature has no date")
	}
	return signed.UTC(), nil
}

// attachment returns the one file inside, by the document's own list of names.
func (d *document) attachment(catalog dict) ([]byte, error) {
	names := d.dict(catalog["Names"])
	tree := d.dict(names["EmbeddedFiles"])
	list, _ := tree["Names"].([]any)
	if !names.only("EmbeddedFiles") || !tree.only("Names") || len(list) != 2 {
		return nil, errors.New("file does not have the one attachment")
	}
	key, _ := list[0].(text)
	at, ok := list[1].(ref)
	if !ok || string(key.value) != attachmentName || one(catalog["AF"]) != at {
		return nil, errors.New("attachment is not the credential")
	}
	spec := d.dict(at)
	embedded := d.dict(spec["EF"])
	file := d.at(embedded["F"])
	if spec["Type"] != name("Filespec") || file == nil || !file.isStream || embedded["UF"] != embedded["F"] {
		return nil, errors.New("attachment is not embedded")
	}
	for _, k := range []name{"F", "UF"} {
		if t, _ := spec[k].(text); string(t.value) != attachmentName {
			return nil, errors.New("attachment has two names")
		}
	}
	return file.decode()
}

// decode returns the bytes of a stream that is plain or Flate, up to the limit.
func (o *object) decode() ([]byte, error) {
	head, _ := o.value.(dict)
	if _, ok := head["DecodeParms"]; ok {
		return nil, errors.New("attachment is coded otherwise")
	}
	var r io.Reader = bytes.NewReader(o.stream)
	switch filter, ok := head["Filter"]; {
	case ok && filter != name("FlateDecode"):
		return nil, errors.New("attachment is coded otherwise")
	case ok:
		z, err := zlib.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("read attachment: %w", err)
		}
		r = z
	}
	out, err := io.ReadAll(io.LimitReader(r, maxAttachment+1))
	if err != nil {
		return nil, fmt.Errorf("read attachment: %w", err)
	}
	if len(out) > maxAttachment {
		return nil, errors.New("attachment is larger than a credential")
	}
	return out, nil
}

// forbidden are the names of what acts, hides, or hides objects.
var forbidden = []name{
	"JavaScript", "JS", "AA", "OpenAction", "Launch", "URI", "GoToR", "GoToE", "SubmitForm", "ImportData", "RichMedia",
	"XFA", "OCProperties", "OCG", "OCMD", "Encrypt", "Crypt", "ObjStm", "XRef", "XRefStm", "Prev",
}

// harmless looks through everything in the file: the only annotation is the
// signature's, there is no second signature, and nothing forbidden.
func (d *document) harmless(widget ref) error {
	count := map[name]int{}
	for i := range d.objects {
		if i == d.table { // has nothing but what readTable wants of it
			continue
		}
		if err := walk(d.objects[i].value, widget, count); err != nil {
			return err
		}
	}
	for _, k := range []name{"ByteRange", "FT", "EmbeddedFiles", "AcroForm", "Annots"} {
		if count[k] != 1 {
			return errors.New("file has more than one signature, form, attachment list or annotated page")
		}
	}
	return nil
}

// walk visits the values in v, no deeper than the parser went.
func walk(v any, widget ref, count map[name]int) error {
	switch v := v.(type) {
	case name:
		if slices.Contains(forbidden, v) {
			return errors.New("file has something active or hidden in it")
		}
	case []any:
		for _, e := range v {
			if err := walk(e, widget, count); err != nil {
				return err
			}
		}
	case dict:
		for k, e := range v {
			if k == "Annots" && one(e) != any(widget) {
				return errors.New("page has other annotations than the signature")
			}
			count[k]++
			if err := errors.Join(walk(k, widget, count), walk(e, widget, count)); err != nil {
				return err
			}
		}
	}
	return nil
}
