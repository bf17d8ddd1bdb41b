package rules

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// metadataRules are those of what the file says about itself.
var metadataRules = []Rule{
	{pdfa + "6.6.2.1", "the XMP packet is there, well-formed UTF-8, without bytes and encoding", packetForm},
	{pdfa + "6.6.2.3.1", "XMP properties are those of the predefined schemas, in their types", properties},
	{pdfa + "6.6.4", "the file claims no part of PDF/A: only a validator's word would justify it", noClaim},
	{pdfISO + "14.3.2", "the XMP packet can be read without decompressing it", packetPlain},
}

const (
	nsRDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	nsDC  = "http://purl.org/dc/elements/1.1/"
	nsXMP = "http://ns.adobe.com/xap/1.0/"
	nsPDF = "http://ns.adobe.com/pdf/1.3/"
	nsXML = "http://www.w3.org/XML/1998/namespace"
)

// property is one of an XMP packet: its values in order, and what holds them.
type property struct {
	container string // "Alt", "Seq", "Bag", "" for a plain text
	values    []string
	langs     []string // of each value
}

// predefined are the properties that our files may have, with the container
// that their type wants (ISO 16684-1).
var predefined = map[xml.Name]string{
	{Space: nsDC, Local: "format"}: "", {Space: nsDC, Local: "title"}: "Alt", {Space: nsDC, Local: "description"}: "Alt", {Space: nsDC, Local: "rights"}: "Alt",
	{Space: nsDC, Local: "creator"}: "Seq", {Space: nsDC, Local: "date"}: "Seq", {Space: nsDC, Local: "language"}: "Bag", {Space: nsDC, Local: "subject"}: "Bag",
	{Space: nsDC, Local: "publisher"}: "Bag", {Space: nsDC, Local: "identifier"}: "", {Space: nsXMP, Local: "CreateDate"}: "", {Space: nsXMP, Local: "ModifyDate"}: "",
	{Space: nsXMP, Local: "MetadataDate"}: "", {Space: nsXMP, Local: "CreatorTool"}: "", {Space: nsPDF, Local: "Producer"}: "", {Space: nsPDF, Local: "Keywords"}: "",
}

func (d *document) packet() *object { return d.stream(d.catalog["Metadata"]) }

// properties reads the packet.
func readPacket(b []byte) (map[xml.Name]*property, error) {
	out := map[xml.Name]*property{}
	dec := xml.NewDecoder(bytes.NewReader(b))
	var path []xml.Name
	var at *property
	rdf := false
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if !rdf {
				return out, errors.New("there is no rdf:RDF in it")
			}
			return out, nil
		}
		if err != nil {
			return out, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			lang := ""
			for _, a := range t.Attr {
				if a.Name.Space == nsXML && a.Name.Local == "lang" {
					lang = a.Value
				}
			}
			rdf = rdf || t.Name == xml.Name{Space: nsRDF, Local: "RDF"}
			if len(path) > 0 && path[len(path)-1] == (xml.Name{Space: nsRDF, Local: "Description"}) {
				if out[t.Name] != nil {
					return out, errors.New(t.Name.Local + " stands in it twice")
				}
				at = &property{}
				out[t.Name] = at
			} else if at != nil && t.Name.Space == nsRDF {
				if t.Name.Local == "li" {
					at.values, at.langs = append(at.values, ""), append(at.langs, lang)
				} else {
					at.container = t.Name.Local
				}
			}
			if t.Name == (xml.Name{Space: nsRDF, Local: "Description"}) {
				for _, a := range t.Attr {
					if a.Name.Space != "" && a.Name.Space != "xmlns" && a.Name.Space != nsRDF && a.Name.Space != nsXML {
						out[a.Name] = &property{values: []string{a.Value}, langs: []string{""}}
					}
				}
			}
			path = append(path, t.Name)
		case xml.EndElement:
			path = path[:len(path)-1]
			if len(path) > 0 && path[len(path)-1] == (xml.Name{Space: nsRDF, Local: "Description"}) {
				at = nil
			}
		case xml.CharData:
			switch last := path; {
			case at == nil:
			case last[len(last)-1] == xml.Name{Space: nsRDF, Local: "li"}:
				at.values[len(at.values)-1] += string(t)
			case at.container == "" && strings.TrimSpace(string(t)) != "":
				if len(at.values) == 0 {
					at.values, at.langs = []string{""}, []string{""}
				}
				at.values[0] += string(t)
			}
		}
	}
}

var packetHeader = regexp.MustCompile(`^<\?xpacket begin="(\x{FEFF})?" id="W5M0MpCehiHzreSzNTczkc9d"\?>`)

func packetForm(d *document, report reporter) {
	o := d.packet()
	if o == nil || d.name(o.value.(dict)["Type"]) != "Metadata" || d.name(o.value.(dict)["Subtype"]) != "XML" {
		report("catalog", "Metadata is missing or no XML metadata")
		return
	}
	where := objectName(o.number)
	if !utf8.Valid(o.decoded) {
		report(where, "the packet is not UTF-8")
	}
	if !packetHeader.Match(o.decoded) {
		report(where, "the packet begins with %.60q", o.decoded)
	}
	if !regexp.MustCompile(`<\?xpacket end="[rw]"\?>\s*$`).Match(o.decoded) {
		report(where, "the packet has no end")
	}
	if _, err := readPacket(o.decoded); err != nil {
		report(where, "the packet is not well-formed: %v", err)
	}
}

func packetPlain(d *document, report reporter) {
	if o := d.packet(); o != nil && o.value.(dict)["Filter"] != nil {
		report(objectName(o.number), "the packet has a filter")
	}
}

// read returns the packet's properties, none where it cannot be read: another
// rule says so.
func (d *document) properties() map[xml.Name]*property {
	o := d.packet()
	if o == nil {
		return nil
	}
	list, err := readPacket(o.decoded)
	if err != nil {
		return nil
	}
	return list
}

const (
	nsPDFA  = "http://www.aiim.org/pdfa/ns/id/"
	nsPDFUA = "http://www.aiim.org/pdfua/ns/id/"
)

func properties(d *document, report reporter) {
	for n, p := range d.properties() {
		want, known := predefined[n]
		switch {
		case n.Space == nsPDFA || n.Space == nsPDFUA: // another rule's
		case !known:
			report("XMP", "%s%s is in no predefined schema", n.Space, n.Local)
		case p.container != want || want != "" && len(p.values) == 0:
			report("XMP", "%s is held in %q and not in %q, or that is empty", n.Local, p.container, want)
		case want == "Alt" && !slices.Contains(p.langs, "x-default"):
			report("XMP", "%s has no x-default", n.Local)
		}
	}
}

func noClaim(d *document, report reporter) {
	for n := range d.properties() {
		if n.Space == nsPDFA {
			report("XMP", "the file claims to be PDF/A")
		}
	}
}

func information(d *document, report reporter) {
	info := d.dict(d.trailer["Info"])
	list := d.properties()
	for _, c := range []struct {
		key name
		xmp xml.Name
	}{
		{"Title", xml.Name{Space: nsDC, Local: "title"}}, {"Author", xml.Name{Space: nsDC, Local: "creator"}}, {"Subject", xml.Name{Space: nsDC, Local: "description"}},
		{"Keywords", xml.Name{Space: nsPDF, Local: "Keywords"}}, {"Creator", xml.Name{Space: nsXMP, Local: "CreatorTool"}}, {"Producer", xml.Name{Space: nsPDF, Local: "Producer"}},
		{"CreationDate", xml.Name{Space: nsXMP, Local: "CreateDate"}}, {"ModDate", xml.Name{Space: nsXMP, Local: "ModifyDate"}},
	} {
		said := ""
		if p := list[c.xmp]; p != nil && len(p.values) > 0 {
			said = p.values[0]
			if len(p.values) > 1 && p.container == "Seq" {
				said = strings.Join(p.values, "; ")
			}
		}
		inFile := d.text(info[c.key])
		if strings.HasSuffix(string(c.key), "Date") {
			a, ok := pdfTime(inFile)
			b, err := time.Parse(time.RFC3339, said)
			if inFile == "" && said == "" || ok && err == nil && a.Equal(b) {
				continue
			}
			report("Info", "%s is %q, the XMP packet says %q", c.key, inFile, said)
		} else if inFile != said {
			report("Info", "%s is %q, the XMP packet says %q", c.key, inFile, said)
		}
	}
}

// pdfTime reads a date (ISO 32000-1, 7.9.4) that gives everything down to the
// second and the offset.
func pdfTime(s string) (time.Time, bool) {
	s = strings.ReplaceAll(strings.TrimPrefix(s, "D:"), "'", "")
	for _, form := range []string{"20060102150405-0700", "20060102150405Z"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
