package main

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"
	"github.com/jung-kurt/gofpdf"
	"github.com/skip2/go-qrcode"
)

// height of A4 landscape in points: gofpdf counts from the upper edge.
const height = 595.28

// file draws and signs a document.
func (p *peer) file(d document) ([]byte, error) {
	at := time.Unix(d.At, 0).UTC()
	g := gofpdf.NewCustom(&gofpdf.InitType{UnitStr: "pt", Size: gofpdf.SizeType{Wd: 841.89, Ht: height}})
	g.SetMargins(0, 0, 0)
	g.SetAutoPageBreak(false, 0)
	g.SetCreationDate(at)
	g.SetModificationDate(at)
	g.SetTitle(d.Title, true)
	g.SetAuthor(d.Author, true)
	g.SetKeywords(d.Keywords, false)
	g.SetXmpMetadata([]byte(d.XMP))
	g.SetAttachments([]gofpdf.Attachment{{Content: []byte(d.Attached.Data), Filename: d.Attached.Name}})
	g.AddPage()
	loaded := map[int]bool{} // only the fonts that this page needs: each costs milliseconds
	for _, list := range [][]op{p.spec.Art[d.Art], d.Ops} {
		for _, o := range list {
			if o.Text != "" && !loaded[o.Font] {
				g.AddUTF8FontFromBytes(p.spec.Fonts[o.Font].Name, "", p.fonts[o.Font])
				loaded[o.Font] = true
			}
			p.draw(g, o)
		}
	}
	if err := drawCode(g, d.QR); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := g.Output(&out); err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	return p.sign(out.Bytes(), at)
}

func (p *peer) draw(g *gofpdf.Fpdf, o op) {
	if o.Fill != nil {
		g.SetFillColor(o.Fill[0], o.Fill[1], o.Fill[2])
		g.SetTextColor(o.Fill[0], o.Fill[1], o.Fill[2])
	}
	if o.Stroke != nil {
		g.SetDrawColor(o.Stroke[0], o.Stroke[1], o.Stroke[2])
		g.SetLineWidth(o.Line)
	}
	if o.Text != "" {
		p.text(g, o)
		return
	}
	if o.Round {
		g.SetLineCapStyle("round")
		g.SetLineJoinStyle("round")
		defer g.SetLineCapStyle("butt")
		defer g.SetLineJoinStyle("miter")
	}
	for _, s := range o.Path {
		switch v := s.P; s.Op {
		case "m":
			g.MoveTo(v[0], height-v[1])
		case "l":
			g.LineTo(v[0], height-v[1])
		case "c":
			g.CurveBezierCubicTo(v[0], height-v[1], v[2], height-v[3], v[4], height-v[5])
		case "h":
			g.ClosePath()
		case "re":
			g.MoveTo(v[0], height-v[1])
			g.LineTo(v[0]+v[2], height-v[1])
			g.LineTo(v[0]+v[2], height-v[1]-v[3])
			g.LineTo(v[0], height-v[1]-v[3])
			g.ClosePath()
		}
	}
	style := ""
	if o.Fill != nil {
		style = "F"
	}
	if o.Stroke != nil {
		style += "D"
	}
	if o.EvenOdd && o.Fill != nil {
		style += "*"
	}
	g.DrawPath(style)
}

func (p *peer) text(g *gofpdf.Fpdf, o op) {
	g.SetFont(p.spec.Fonts[o.Font].Name, "", o.Size)
	if o.Stroke != nil { // bold by an outline
		g.SetTextRenderingMode(2)
		defer g.SetTextRenderingMode(0)
	}
	if o.Track != 0 {
		g.RawWriteStr(strconv.FormatFloat(o.Track, 'f', 3, 64) + " Tc")
		defer g.RawWriteStr("0 Tc")
	}
	m := o.Matrix
	// Measured once, as whoever lays a page out must.
	free := (o.Width - g.GetStringWidth(o.Text) - o.Track*float64(utf8.RuneCountInString(o.Text)-1)) / 2
	m[4], m[5] = m[4]+free*m[0], m[5]+free*m[1]
	if m[0] == 1 && m[1] == 0 && m[2] == 0 && m[3] == 1 {
		g.Text(m[4], height-m[5], o.Text)
		return
	}
	g.TransformBegin()
	g.Transform(gofpdf.TransformMatrix{A: m[0], B: m[1], C: m[2], D: m[3], E: m[4], F: m[5]})
	g.Text(0, height, o.Text)
	g.TransformEnd()
}

// drawCode paints each row's dark runs as rectangles, as the registry does.
func drawCode(g *gofpdf.Fpdf, q qr) error {
	code, err := qrcode.New(q.Text, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("encode QR: %w", err)
	}
	code.DisableBorder = true
	rows := code.Bitmap()
	module := q.Side / float64(len(rows))
	top := height - q.Y - q.Side
	g.SetFillColor(0, 0, 0)
	for y, row := range rows {
		for from := 0; from < len(row); from++ {
			to := from
			for to < len(row) && row[to] {
				to++
			}
			if to > from {
				g.Rect(q.X+float64(from)*module, top+float64(y)*module, float64(to-from)*module, module, "F")
				from = to
			}
		}
	}
	return nil
}

func (p *peer) sign(file []byte, at time.Time) ([]byte, error) {
	in := bytes.NewReader(file)
	reader, err := pdf.NewReader(in, int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("read for signing: %w", err)
	}
	var out bytes.Buffer
	err = sign.Sign(bytes.NewReader(file), &out, reader, int64(len(file)), sign.SignData{
		Signature: sign.SignDataSignature{CertType: sign.CertificationSignature, DocMDPPerm: sign.DoNotAllowAnyChangesPerms,
			Info: sign.SignDataSignatureInfo{Name: "Registry", Date: at}},
		Signer: p.key, DigestAlgorithm: crypto.SHA256, Certificate: p.chain[0], CertificateChains: [][]*x509.Certificate{p.chain},
	})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return out.Bytes(), nil
}
