package rules

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/passmuster/internal/testkit/world"
)

var (
	once        sync.Once
	certificate []byte
)

// sample is one certificate, issued once for all tests of this package.
func sample(t *testing.T) []byte {
	t.Helper()
	once.Do(func() {
		w := world.New(t)
		file, err := w.Issue.Certificate(t.Context(), w.Issued(1)[0])
		if err != nil {
			t.Fatal(err)
		}
		certificate = file.Bytes()
	})
	return certificate
}

// maker is a file's values, to be changed and written anew in a spelling of its
// own, so that the tests know none of the writer's.
type maker struct {
	*file
	t   *testing.T
	fix func([]byte) []byte // of the written bytes
}

func take(t *testing.T) *maker {
	t.Helper()
	f, err := read(bytes.Clone(sample(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []name{"Type", "W", "Size", "Length"} { // written anew
		delete(f.trailer, key)
	}
	delete(f.objects, f.table.number)
	f.order = slices.DeleteFunc(f.order, func(n int) bool { return n == f.table.number })
	return &maker{file: f, t: t, fix: func(b []byte) []byte { return b }}
}

// add makes a new object.
func (m *maker) add(value any, stream ...byte) ref {
	n := slices.Max(m.order) + 1
	m.order = append(m.order, n)
	m.objects[n] = &object{number: n, value: value, isStream: stream != nil, raw: stream}
	return ref(n)
}

// setStream gives a stream other content.
func (m *maker) setStream(at int, b []byte) {
	d := m.objects[at].value.(dict)
	delete(d, "Filter")
	m.objects[at].raw = b
}

// edit replaces in a stream what must be there.
func (m *maker) edit(at int, before, after string) {
	m.t.Helper()
	o := m.objects[at]
	if !bytes.Contains(o.decoded, []byte(before)) {
		m.t.Fatalf("object %d does not hold %q", at, before)
	}
	m.setStream(at, bytes.Replace(o.decoded, []byte(before), []byte(after), 1))
}

func (m *maker) catalog() dict { return m.dict(m.trailer["Root"]) }
func (m *maker) info() dict    { return m.dict(m.trailer["Info"]) }

// one is the first object whose dictionary has the key with the value (nil: any).
func (m *maker) one(key name, value any) int {
	m.t.Helper()
	for _, n := range m.order {
		if d, ok := m.objects[n].value.(dict); ok && d[key] != nil && (value == nil || m.resolve(d[key]) == value) {
			return n
		}
	}
	m.t.Fatalf("no object has %s %v", key, value)
	return 0
}

func (m *maker) of(key name, value any) dict {
	m.t.Helper()
	return m.objects[m.one(key, value)].value.(dict)
}

func (m *maker) page() dict { return m.of("Type", name("Page")) }

// draw adds to the end of the page's content.
func (m *maker) draw(format string, args ...any) {
	p := m.page()
	p["Contents"] = append(slices.Clone(m.array(p["Contents"])), m.add(dict{}, fmt.Appendf(nil, format, args...)...))
}

// resource adds one to the page's.
func (m *maker) resource(kind, key name, v any) {
	r := m.dict(m.page()["Resources"])
	d := m.dict(r[kind])
	d[key] = v
	r[kind] = d
}

// drawn is a font that texts are shown in, and the first code of one.
func (m *maker) drawn() (*font, int) {
	m.t.Helper()
	list, err := m.pages(m.fonts())
	if err != nil {
		m.t.Fatal(err)
	}
	s := list[0].texts[len(list[0].texts)-1]
	return s.font, s.code[0]
}

// element adds one to the tree's Document.
func (m *maker) element(tag name, kids ...ref) ref {
	at := m.one("S", name("Document"))
	doc := m.objects[at].value.(dict)
	e := dict{"Type": name("StructElem"), "S": tag, "P": ref(at), "K": []any{}}
	n := m.add(e)
	for _, kid := range kids {
		e["K"] = append(e["K"].([]any), kid)
		m.dict(kid)["P"] = n
		doc["K"] = slices.DeleteFunc(m.array(doc["K"]), func(v any) bool { return v == kid })
	}
	doc["K"] = append(slices.Clone(m.array(doc["K"])), n)
	return n
}

// annotate puts an annotation on the page, in the tree and the parent tree.
func (m *maker) annotate(a dict, within name) {
	at := m.add(a)
	p := m.page()
	p["Annots"] = append(slices.Clone(m.array(p["Annots"])), at)
	e := m.element(within)
	m.dict(e)["K"] = dict{"Type": name("OBJR"), "Obj": at}
	root := m.of("Type", name("StructTreeRoot"))
	tree := m.dict(root["ParentTree"])
	tree["Nums"] = append(slices.Clone(m.array(tree["Nums"])), int64(900), e)
	a["StructParent"], root["ParentTreeNextKey"] = int64(900), int64(901)
}

// link is a sound annotation to be spoiled.
func link() dict {
	return dict{"Type": name("Annot"), "Subtype": name("Link"), "F": int64(4), "Rect": []any{int64(0), int64(0), int64(9), int64(9)},
		"Contents": text{bytes: []byte("to the registry")}, "A": dict{"Type": name("Action"), "S": name("URI"), "URI": text{bytes: []byte("https://verify.example")}}}
}

// bytes writes the file.
func (m *maker) bytes() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	places := map[int]int{}
	rangeAt, contentsAt, contentsTo := 0, 0, 0
	slices.Sort(m.order)
	for _, n := range m.order {
		o := m.objects[n]
		places[n] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n", n)
		if d, ok := o.value.(dict); ok && d["ByteRange"] != nil {
			rest := maps.Clone(d)
			delete(rest, "ByteRange")
			delete(rest, "Contents")
			s := spell(rest)
			b.WriteString(strings.TrimSuffix(s, ">>") + "/ByteRange [")
			rangeAt = b.Len()
			b.WriteString(strings.Repeat("0", 43) + "]/Contents ")
			contentsAt = b.Len()
			b.WriteString(spell(text{d["Contents"].(text).bytes, true}))
			contentsTo = b.Len()
			b.WriteString(">>")
		} else {
			if o.isStream {
				o.value.(dict)["Length"] = int64(len(o.raw))
			}
			b.WriteString(spell(o.value))
		}
		if o.isStream {
			b.WriteString("\nstream\n")
			b.Write(o.raw)
			b.WriteString("\nendstream")
		}
		b.WriteString("\nendobj\n")
	}
	table, own := b.Len(), slices.Max(m.order)+1
	places[own] = table
	var entries []byte
	for n := range own + 1 {
		if place, ok := places[n]; ok {
			entries = append(entries, 1, byte(place>>16), byte(place>>8), byte(place), 0)
		} else {
			entries = append(entries, 0, 0, 0, 0, 0xFF)
		}
	}
	d := dict{"Type": name("XRef"), "W": whole(1, 3, 1), "Size": int64(own + 1), "Length": int64(len(entries))}
	maps.Copy(d, m.trailer)
	fmt.Fprintf(&b, "%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", own, spell(d), entries, table)
	out := b.Bytes()
	if rangeAt > 0 {
		copy(out[rangeAt:], fmt.Sprintf("%010d %010d %010d %010d", 0, contentsAt, contentsTo, len(out)-contentsTo))
	}
	return m.fix(out)
}

// replace changes the written bytes where they must hold something.
func (m *maker) replace(before, after string) {
	m.fix = func(b []byte) []byte {
		if !bytes.Contains(b, []byte(before)) {
			m.t.Fatalf("the file does not hold %q", before)
		}
		return bytes.Replace(b, []byte(before), []byte(after), 1)
	}
}

// spell writes a value.
func spell(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case name:
		out := "/"
		for _, c := range []byte(v) {
			if blank(c) || delimiter(c) || c == '#' || c > 126 {
				out += fmt.Sprintf("#%02X", c)
			} else {
				out += string(rune(c))
			}
		}
		return out
	case ref:
		return fmt.Sprintf("%d 0 R", v)
	case text:
		if v.hex {
			return fmt.Sprintf("<%X>", v.bytes)
		}
		return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`, "\r", `\r`).Replace(string(v.bytes)) + ")"
	case []any:
		var parts []string
		for _, one := range v {
			parts = append(parts, spell(one))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case dict:
		out := "<<"
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out += spell(key) + " " + spell(v[key])
		}
		return out + ">>"
	}
	return fmt.Sprint(v)
}
