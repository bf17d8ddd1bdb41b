package rules

import (
	"encoding/asn1"
	"slices"
	"strings"
)

// interactiveRules are those of annotations, forms, actions and files within.
var interactiveRules = []Rule{
	{pdfa + "6.3.1", "annotations are of the standard's kinds, and none plays or moves", annotationKinds},
	{pdfa + "6.3.2", "annotations are printed and not hidden", annotationFlags},
	{pdfa + "6.3.3", "annotations have an appearance, and it is one stream; one of no size needs none", appearances},
	{pdfa + "6.4.1", "form fields start nothing and have their appearance with them", fields},
	{pdfa + "6.4.2", "there is no XFA form", xfa},
	{pdfa + "6.4.3", "the signature covers the whole file but for itself, by one signer with his certificate", signatures},
	{pdfa + "6.5.1", "no action plays, runs, sends or hides anything", actions},
	{pdfa + "6.5.2", "neither the document nor a page starts an action by itself", triggers},
	{pdfa + "6.8", "files within have both names, a kind, a date and a relation, and stand in AF and in the tree of names", attachments},
	{pdfa + "6.9", "there is no optional content without a name", optionalContent},
	{pdfa + "6.10", "there are no alternate presentations", presentations},
	{pdfa + "6.11", "the document requires nothing of a reader", requirements},
}

// annotations calls visit with each annotation of each page.
func (d *document) annotations(visit func(p *page, where string, at int, a dict)) {
	for _, p := range d.pages {
		for _, one := range d.array(p.dict["Annots"]) {
			at, _ := one.(ref)
			where := p.name() + ", annotation"
			if at > 0 {
				where = objectName(int(at))
			}
			visit(p, where, int(at), d.dict(one))
		}
	}
}

var annotationTypes = []name{"Text", "Link", "FreeText", "Line", "Square", "Circle", "Polygon", "PolyLine", "Highlight", "Underline", "Squiggly",
	"StrikeOut", "Stamp", "Caret", "Ink", "Popup", "FileAttachment", "Widget", "PrinterMark", "TrapNet", "Watermark", "Redact"}

func annotationKinds(d *document, report reporter) {
	d.annotations(func(_ *page, where string, _ int, a dict) {
		if s := d.name(a["Subtype"]); !slices.Contains(annotationTypes, s) {
			report(where, "the annotation is of kind %q", s)
		}
	})
}

func annotationFlags(d *document, report reporter) {
	const invisible, hidden, prints, noView, toggle = 1, 2, 4, 32, 256
	d.annotations(func(_ *page, where string, _ int, a dict) {
		if d.name(a["Subtype"]) == "Popup" {
			return
		}
		if f := d.int(a["F"]); f < 0 || f&prints == 0 || f&(invisible|hidden|noView|toggle) != 0 {
			report(where, "F is %d", f)
		}
	})
}

func appearances(d *document, report reporter) {
	d.annotations(func(_ *page, where string, _ int, a dict) {
		w, h, ok := d.size(d.array(a["Rect"]))
		if !ok {
			report(where, "Rect is missing")
		}
		if a["AP"] == nil {
			if s := d.name(a["Subtype"]); (w != 0 || h != 0) && s != "Popup" && s != "Link" {
				report(where, "the annotation has a size and no appearance")
			}
			return
		}
		ap := d.dict(a["AP"])
		if len(ap) != 1 || ap["N"] == nil {
			report(where, "the appearance is not N alone")
		}
		if d.name(a["FT"]) != "Btn" && d.stream(ap["N"]) == nil {
			report(where, "the appearance is no stream")
		}
	})
}

func fields(d *document, report reporter) {
	if v := d.dict(d.catalog["AcroForm"])["NeedAppearances"]; v != nil && v != false {
		report("catalog", "NeedAppearances is set")
	}
	d.walk(func(where string, v dict) {
		if (d.name(v["Subtype"]) == "Widget" || v["FT"] != nil) && (v["A"] != nil || v["AA"] != nil) {
			report(where, "the field has an action")
		}
	})
}

func xfa(d *document, report reporter) {
	if d.dict(d.catalog["AcroForm"])["XFA"] != nil || d.catalog["NeedsRendering"] != nil && d.catalog["NeedsRendering"] != false {
		report("catalog", "there is an XFA form")
	}
}

func signatures(d *document, report reporter) {
	for _, i := range d.order {
		s, _ := d.objects[i].value.(dict)
		if s["ByteRange"] == nil {
			continue
		}
		where := objectName(i)
		var r []int
		for _, one := range d.array(s["ByteRange"]) {
			r = append(r, d.int(one))
		}
		if len(r) != 4 || r[0] != 0 || r[1] <= d.objects[i].from || r[2] >= d.objects[i].to || r[2] < r[1]+2 || r[2]+r[3] != len(d.data) {
			report(where, "the byte range %v does not cover the %d bytes of the file", r, len(d.data))
			continue
		}
		if d.data[r[1]] != '<' || d.data[r[2]-1] != '>' || strings.ContainsFunc(string(d.data[r[1]+1:r[2]-1]), func(c rune) bool {
			return !strings.ContainsRune("0123456789abcdefABCDEF", c)
		}) {
			report(where, "the byte range leaves out more than the digits of Contents")
		}
		contents, _ := d.resolve(s["Contents"]).(text)
		checkMessage(where, contents.bytes, report)
	}
}

// checkMessage looks into a CMS (RFC 5652) for its certificate and its one signer.
func checkMessage(where string, b []byte, report reporter) {
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	var signed struct {
		Version      int
		Digests      asn1.RawValue
		Content      asn1.RawValue
		Certificates asn1.RawValue   `asn1:"optional,tag:0"`
		Signers      []asn1.RawValue `asn1:"set"`
	}
	if _, err := asn1.Unmarshal(b, &outer); err != nil {
		report(where, "the signature is no CMS: %v", err)
		return
	}
	if _, err := asn1.Unmarshal(outer.Content.FullBytes, &signed); err != nil {
		if _, err = asn1.Unmarshal(outer.Content.Bytes, &signed); err != nil {
			report(where, "the signature is no CMS of signed data: %v", err)
			return
		}
	}
	if len(signed.Certificates.Bytes) == 0 {
		report(where, "the signature has no certificate")
	}
	if len(signed.Signers) != 1 {
		report(where, "the signature has %d signers", len(signed.Signers))
	}
}

var goodActions = []name{"GoTo", "GoToR", "GoToE", "Thread", "URI", "Named", "SubmitForm"}
var badActions = []name{"Launch", "Sound", "Movie", "ResetForm", "ImportData", "Hide", "SetOCGState", "Rendition", "Trans", "GoTo3DView", "JavaScript"}

func actions(d *document, report reporter) {
	one := func(where string, a dict, sure bool) {
		s := d.name(a["S"])
		if slices.Contains(badActions, s) || sure && !slices.Contains(goodActions, s) || a["JS"] != nil {
			report(where, "the action is %q", s)
		}
		if n := d.name(a["N"]); s == "Named" && !slices.Contains([]name{"NextPage", "PrevPage", "FirstPage", "LastPage"}, n) {
			report(where, "the action is named %q", n)
		}
	}
	d.walk(func(where string, v dict) {
		if t := d.name(v["Type"]); t != "StructElem" {
			one(where, v, t == "Action")
		}
	})
	if d.dict(d.catalog["Names"])["JavaScript"] != nil {
		report("catalog", "the document has scripts")
	}
}

func triggers(d *document, report reporter) {
	if d.catalog["AA"] != nil {
		report("catalog", "the document has additional actions")
	}
	for _, p := range d.pages {
		if p.dict["AA"] != nil {
			report(p.name(), "the page has additional actions")
		}
	}
}

var relations = []name{"Source", "Data", "Alternative", "Supplement", "Unspecified"}

// attachments also holds to what PDF/A-3 asks of associated files: each is
// reached from AF.
func attachments(d *document, report reporter) {
	associated := map[any]bool{}
	for _, one := range d.array(d.catalog["AF"]) {
		associated[one] = true
	}
	named := map[any]bool{}
	d.nameTree(d.dict(d.catalog["Names"])["EmbeddedFiles"], 0, func(v any) { named[v] = true })
	for _, i := range d.order {
		spec, _ := d.objects[i].value.(dict)
		if d.name(spec["Type"]) != "Filespec" && spec["EF"] == nil {
			continue
		}
		where := objectName(i)
		if d.text(spec["F"]) == "" || d.text(spec["UF"]) == "" {
			report(where, "the file has not both of F and UF")
		}
		if !slices.Contains(relations, d.name(spec["AFRelationship"])) {
			report(where, "AFRelationship is %q", d.name(spec["AFRelationship"]))
		}
		if !associated[ref(i)] {
			report(where, "the file is not in AF")
		}
		if !named[ref(i)] {
			report(where, "the file is not in the tree of names")
		}
		o := d.stream(d.dict(spec["EF"])["F"])
		if o == nil || o.err != nil {
			report(where, "the file itself is missing")
			continue
		}
		v := o.value.(dict)
		if !strings.Contains(string(d.name(v["Subtype"])), "/") {
			report(objectName(o.number), "the file's kind is %q", d.name(v["Subtype"]))
		}
		params := d.dict(v["Params"])
		if _, ok := pdfTime(d.text(params["ModDate"])); !ok {
			report(objectName(o.number), "ModDate is missing")
		}
		if params["Size"] != nil && d.int(params["Size"]) != len(o.decoded) {
			report(objectName(o.number), "Size is %d, but there are %d bytes", d.int(params["Size"]), len(o.decoded))
		}
	}
	for one := range associated {
		if len(d.dict(one)) == 0 {
			report("catalog", "AF leads nowhere")
		}
	}
}

// nameTree calls visit with each value of a tree of names (ISO 32000-1, 7.9.6).
func (f *file) nameTree(v any, depth int, visit func(v any)) {
	n := f.dict(v)
	list := f.array(n["Names"])
	for i := 0; i+1 < len(list); i += 2 {
		visit(list[i+1])
	}
	if depth < maxDepth {
		for _, kid := range f.array(n["Kids"]) {
			f.nameTree(kid, depth+1, visit)
		}
	}
}

func optionalContent(d *document, report reporter) {
	oc := d.dict(d.catalog["OCProperties"])
	if len(oc) == 0 {
		return
	}
	for _, one := range append([]any{oc["D"]}, d.array(oc["Configs"])...) {
		if c := d.dict(one); d.text(c["Name"]) == "" || c["AS"] != nil {
			report("catalog", "a configuration of optional content has no name, or has AS")
		}
	}
}

func presentations(d *document, report reporter) {
	if d.dict(d.catalog["Names"])["AlternatePresentations"] != nil {
		report("catalog", "there are alternate presentations")
	}
	for _, p := range d.pages {
		if p.dict["PresSteps"] != nil {
			report(p.name(), "the page is presented in steps")
		}
	}
}

func requirements(d *document, report reporter) {
	if d.catalog["Requirements"] != nil {
		report("catalog", "the document has requirements")
	}
}
