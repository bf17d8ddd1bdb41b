package api

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/documents"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

const pdfType = "application/pdf"

// classDocuments is what there is to print of a class.
type classDocuments struct {
	Class        string            `json:"class" doc:"Code of the class"`
	Certificates []registry.Number `json:"certificates" nullable:"false" doc:"In print.pdf and certificates.zip, in the order of the roster"`
	LeftOut      []leftOut         `json:"left_out" nullable:"false" doc:"Not printed"`
}

type leftOut struct {
	Number registry.Number `json:"number"`
	State  string          `json:"state" enum:"queued,suspended,revoked,superseded"`
}

// slip is a blank claim slip.
type slip struct {
	Number    int         `json:"number" doc:"In the class, from 1; printed with three digits"`
	Name      string      `json:"name" doc:"As printed" example:"SJZ-CPR1-20261121-2-017"`
	Enrolment registry.ID `json:"enrolment,omitempty" doc:"Absent until it is linked"`
	Void      bool        `json:"void,omitempty" doc:"Put out of use"`
}

type (
	makeSlipsBody struct {
		Count int `json:"count" minimum:"1" maximum:"999"`
	}
	linkSlipBody struct {
		Slip      string      `json:"slip" minLength:"1" maxLength:"200" doc:"Its number, or what its QR code says"`
		Enrolment registry.ID `json:"enrolment" maxLength:"64"`
	}
	unlinkSlipBody struct {
		Slip   string `json:"slip" minLength:"1" maxLength:"200"`
		Reason string `json:"reason" maxLength:"500"`
	}
	voidSlipBody struct {
		Slip string `json:"slip" minLength:"1" maxLength:"200"`
	}
	makeSlipsInput struct {
		ClassParams
		Body makeSlipsBody
	}
	linkSlipInput struct {
		ClassParams
		Body linkSlipBody
	}
	unlinkSlipInput struct {
		ClassParams
		Body unlinkSlipBody
	}
	voidSlipInput struct {
		ClassParams
		Body voidSlipBody
	}
	documentsOutput struct{ Body classDocuments }
	slipOutput      struct{ Body slip }
	slipsOutput     struct{ Body list[slip] }
)

// mountDocuments adds the files and papers of a class.
func (s *Server) mountDocuments(e *gin.Engine, api huma.API) {
	const class = "/api/v1/classes/{id}"
	huma.Register(api, operation(http.MethodGet, class+"/documents", "classDocuments", "Which certificates a class has to print, and which are left out",
		tag("documents"), s.staff, refuses(404)), s.showDocuments)
	huma.Register(api, operation(http.MethodGet, class+"/slips", "listSlips", "Blank claim slips of a class", tag("documents"), s.staff, refuses(404)), s.listSlips)
	huma.Register(api, operation(http.MethodPost, class+"/slips", "makeSlips", "Make blank claim slips, to hand out before class", tag("documents"), created, s.staff, s.once,
		refuses(404, 409)), s.makeSlips)
	huma.Register(api, operation(http.MethodPost, class+"/slips/link", "linkSlip", "Link a blank slip to a person", tag("documents"), s.staff, refuses(404, 409),
		describe("A slip is linked once; linking it again to the same person changes nothing. From then on its QR code leads to that person's private page.")), s.linkSlip)
	huma.Register(api, operation(http.MethodPost, class+"/slips/unlink", "unlinkSlip", "Take a slip from its person, with a reason", tag("documents"), s.staff, refuses(404, 409)), s.unlinkSlip)
	huma.Register(api, operation(http.MethodPost, class+"/slips/void", "voidSlip", "Put a lost slip out of use", tag("documents"), s.staff, refuses(404, 409)), s.voidSlip)

	d := documenter{api}
	for _, f := range []struct {
		name, id, media, summary, text string
		open                           func(context.Context, registry.Actor, registry.ID) (*documents.Class, error)
		write                          func(*gin.Context, registry.Actor, *documents.Class, io.Writer) error
	}{
		{"certificates.zip", "classZIP", "application/zip", "The signed certificates of a class, as NUMBER.pdf, with index.csv",
			"Streamed, stored without compression. The trailer Passmuster-Missing counts certificates that could not be rebuilt; ERRORS.txt names them.", s.openPrinted,
			func(c *gin.Context, _ registry.Actor, k *documents.Class, w io.Writer) error {
				return k.WriteZIP(c.Request.Context(), w, edge.Lang(c))
			}},
		{"print.pdf", "classPrint", pdfType, "The certificates of a class as one file to print, in the order of the roster",
			"A print copy without signatures; the signed files are in the ZIP. Streamed. The trailer Passmuster-Missing counts certificates that could not be rebuilt; a page stands in the place of each.", s.openPrinted,
			func(c *gin.Context, _ registry.Actor, k *documents.Class, w io.Writer) error {
				return k.WritePrint(c.Request.Context(), w, edge.Lang(c))
			}},
		{"cards.pdf", "classCards", pdfType, "The wallet cards of a class, ten to an A4 page with marks for cutting, in the order of the roster",
			"Cards bear no signature of their own; their QR code is the certificate's. The trailer Passmuster-Missing counts cards that could not be drawn.", s.openPrinted,
			func(c *gin.Context, _ registry.Actor, k *documents.Class, w io.Writer) error {
				return k.WriteCards(c.Request.Context(), w, edge.Lang(c))
			}},
		{"slips.pdf", "classSlips", pdfType, "Claim slips with the private links of a class's people, ten to a page", "For accounts that enrol people: a link opens the certificate.", s.Documents.OpenSlips,
			func(_ *gin.Context, _ registry.Actor, k *documents.Class, w io.Writer) error { return k.WriteSlips(w) }},
		{"slips-blank.pdf", "classBlankSlips", pdfType, "The blank claim slips of a class that wait for a person, ten to a page", "", s.Documents.OpenSlips, s.writeBlankSlips},
		{"record.pdf", "classRecord", pdfType, "The record of a class: attendance, results, outcomes, certificate numbers", "Ids show their last four characters.", s.Documents.Open,
			func(c *gin.Context, _ registry.Actor, k *documents.Class, w io.Writer) error {
				return k.WriteRecord(c.Request.Context(), w, edge.Lang(c))
			}},
		{"record-empty.pdf", "classEmptyRecord", pdfType, "The record sheet of a class, to fill by hand", "", s.Documents.Open,
			func(c *gin.Context, _ registry.Actor, k *documents.Class, w io.Writer) error {
				return k.WriteEmptyRecord(w, edge.Lang(c))
			}},
	} {
		e.GET("/api/v1/classes/:id/"+f.name, s.route(func(c *gin.Context, by registry.Actor) error {
			k, err := f.open(c.Request.Context(), by, registry.ID(c.Param("id")))
			if err != nil {
				return err
			}
			return edge.Stream(c, edge.File{Name: k.Code + "-" + f.name, Media: f.media}, func(w io.Writer) error { return f.write(c, by, k, w) })
		}))
		d.add(plain{method: http.MethodGet, path: class + "/" + f.name, id: f.id, tag: "documents", staff: true, summary: f.summary, text: f.text, media: f.media, refuses: []int{404}})
	}
}

// openPrinted opens a class that has certificates to print.
func (s *Server) openPrinted(ctx context.Context, by registry.Actor, id registry.ID) (*documents.Class, error) {
	k, err := s.Documents.Open(ctx, by, id)
	if err != nil {
		return nil, err
	}
	return k, k.HasCertificates()
}

func (s *Server) writeBlankSlips(c *gin.Context, by registry.Actor, k *documents.Class, w io.Writer) error {
	list, err := s.Documents.Slips(c.Request.Context(), by, k.ID)
	if err != nil {
		return err
	}
	return k.WriteBlankSlips(w, list)
}

func (s *Server) showDocuments(ctx context.Context, in *ClassParams) (*documentsOutput, error) {
	k, err := s.Documents.Open(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := classDocuments{Class: k.Code, Certificates: []registry.Number{}, LeftOut: []leftOut{}}
	for _, c := range k.Copies {
		if c.Good {
			out.Certificates = append(out.Certificates, c.Number)
		} else {
			out.LeftOut = append(out.LeftOut, leftOut{c.Number, string(c.State)})
		}
	}
	return &documentsOutput{out}, nil
}

func showSlip(class string, s registry.Slip) slip {
	return slip{Number: s.Number, Name: s.Name(class), Enrolment: s.Enrolment, Void: !s.VoidAt.IsZero()}
}

func (s *Server) listSlips(ctx context.Context, in *ClassParams) (*slipsOutput, error) {
	k, err := s.Documents.OpenSlips(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.Documents.Slips(ctx, actor(ctx), in.ID)
	return slipList(k.Code, all), err
}

func slipList(class string, all []registry.Slip) *slipsOutput {
	out := &slipsOutput{}
	out.Body.Items = make([]slip, len(all))
	for i, one := range all {
		out.Body.Items[i] = showSlip(class, one)
	}
	return out
}

func (s *Server) makeSlips(ctx context.Context, in *makeSlipsInput) (*slipsOutput, error) {
	made, err := s.Documents.MakeSlips(ctx, actor(ctx), in.ID, in.Body.Count)
	if err != nil {
		return nil, err
	}
	k, err := s.Documents.OpenSlips(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return slipList(k.Code, made), nil
}

func (s *Server) linkSlip(ctx context.Context, in *linkSlipInput) (*slipOutput, error) {
	return s.changedSlip(ctx, in.ID, func() (registry.Slip, error) {
		return s.Documents.LinkSlip(ctx, actor(ctx), in.ID, in.Body.Slip, in.Body.Enrolment)
	})
}

func (s *Server) unlinkSlip(ctx context.Context, in *unlinkSlipInput) (*slipOutput, error) {
	return s.changedSlip(ctx, in.ID, func() (registry.Slip, error) {
		return s.Documents.UnlinkSlip(ctx, actor(ctx), in.ID, in.Body.Slip, in.Body.Reason)
	})
}

func (s *Server) voidSlip(ctx context.Context, in *voidSlipInput) (*slipOutput, error) {
	return s.changedSlip(ctx, in.ID, func() (registry.Slip, error) { return s.Documents.VoidSlip(ctx, actor(ctx), in.ID, in.Body.Slip) })
}

func (s *Server) changedSlip(ctx context.Context, class registry.ID, change func() (registry.Slip, error)) (*slipOutput, error) {
	changed, err := change()
	if err != nil {
		return nil, err
	}
	k, err := s.Documents.OpenSlips(ctx, actor(ctx), class)
	if err != nil {
		return nil, err
	}
	return &slipOutput{showSlip(k.Code, changed)}, nil
}
