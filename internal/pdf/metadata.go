package pdf

import "time"

// pdfDate writes an instant as a date string (ISO 32000-1, 7.9.4). The offset
// is spelled out because some readers do not know Z.
func pdfDate(t time.Time) string { return t.UTC().Format("(D:20060102150405+00'00')") }

// metadata writes the XMP packet (ISO 16684-1), in step with the document
// information. It claims no PDF/A part: that needs a validator's word.
func (p *Page) metadata(m Meta) {
	at := p.end.xmpDate
	x := append(p.small[:0], "<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"+
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">`...)
	x = appendXML(x, m.Title)
	x = append(x, `</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>`...)
	x = appendXML(x, m.Author)
	for _, s := range [...]string{
		`</rdf:li></rdf:Seq></dc:creator><dc:language><rdf:Bag><rdf:li>`, p.base.Lang,
		`</rdf:li></rdf:Bag></dc:language><xmp:CreateDate>`, at, `</xmp:CreateDate><xmp:ModifyDate>`, at,
		`</xmp:ModifyDate><xmp:MetadataDate>`, at, `</xmp:MetadataDate><xmp:CreatorTool>`, p.base.Producer,
		`</xmp:CreatorTool><pdf:Producer>`, p.base.Producer, `</pdf:Producer><pdf:Keywords>`,
	} {
		x = append(x, s...)
	}
	x = append(x, m.Link...) // has nothing to escape, see plainLink
	x = append(x, "</pdf:Keywords></rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>"...)
	p.end.out, p.small = p.putStream(p.beginObject(p.end.out, p.base.First+objMetadata), "/Type/Metadata/Subtype/XML", 0, x), x
}
