package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// mountStaffFiles adds the routes of staff that carry files and streams.
func (s *Server) mountStaffFiles(e *gin.Engine, api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/api/v1/imports/{id}", "showImport", "A roster file, and what committing it now would do",
		tag("imports"), s.staff, refuses(404)), s.showImport)
	huma.Register(api, operation(http.MethodPost, "/api/v1/imports/{id}/commit", "commitImport", "Take the good rows into the class",
		tag("imports"), s.staff, s.once, refuses(404), describe("Committing twice changes nothing. Up to 500 rows are taken when this answers (200); above, a job goes on (202, Location)."),
		s.alsoAnswers(http.StatusAccepted, "A job takes the rows")), s.commitImport)

	huma.Register(api, operation(http.MethodPatch, "/api/v1/imports/{id}", "editImport", "Say what the columns mean, correct cells, leave rows out",
		tag("imports"), s.staff, refuses(404, 409), describe("The uploaded file stays as it was.")), s.editImport)
	huma.Register(api, operation(http.MethodDelete, "/api/v1/imports/{id}", "discardImport", "Forget a roster file and its corrections",
		tag("imports"), s.staff, refuses(404, 409), describe("People who were enrolled from it stay."), func(op *huma.Operation) { op.DefaultStatus = http.StatusNoContent }), s.discardImport)

	e.POST("/api/v1/classes/:id/imports", s.route(s.uploadRoster))
	e.GET("/api/v1/imports/:id/rejected.xlsx", s.route(s.rejectedRows))
	e.GET("/api/v1/credentials/:number/certificate.pdf", s.route(s.staffCertificate))
	e.GET("/api/v1/jobs/:id", s.route(s.showJob))

	d := documenter{api}
	d.add(plain{method: http.MethodPost, path: "/api/v1/classes/{id}/imports", id: "uploadRoster", tag: "imports", staff: true, once: true,
		summary: "Upload a roster (XLSX; CSV in UTF-8 or GB18030) and see what taking it would do", body: uploadForm(), status: 201, schema: d.schema(importView{}),
		refuses: []int{400, 404, 409, 413, 422}, headers: []string{"Location"}})
	d.add(plain{method: http.MethodGet, path: "/api/v1/imports/{id}/rejected.xlsx", id: "rejectedRows", tag: "imports", staff: true,
		summary: "The rows that were not taken, with what is wrong, to be repaired", media: xlsxType, refuses: []int{404, 409}})
	d.add(plain{method: http.MethodGet, path: "/api/v1/credentials/{number}/certificate.pdf", id: "staffCertificate", tag: "credentials", staff: true,
		summary: "The signed certificate, byte for byte the same each time", media: "application/pdf", refuses: []int{404, 503}, headers: []string{"ETag"}})
	d.add(plain{method: http.MethodGet, path: "/api/v1/jobs/{id}", id: "showJob", tag: "jobs", staff: true, summary: "How far a long work is",
		text:   "With Accept: text/event-stream, an event \"progress\" for each change and \"done\" or \"failed\" at the end. A client that comes again with Last-Event-ID is told only what is new, and 204 where that was the end. At most six streams for an account.",
		schema: d.schema(job{}), also: []string{"text/event-stream"}, refuses: []int{404, 429}})
}

func uploadForm() *huma.RequestBody {
	file := &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, AdditionalProperties: false, Properties: map[string]*huma.Schema{
		"file":    {Type: huma.TypeString, Format: "binary", Description: "At most 10 MiB"},
		"mapping": {Type: huma.TypeString, Description: "JSON object from heading to field, where the headings are not understood"},
	}}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: file}}}
}

// staffCertificate handles GET /api/v1/credentials/{number}/certificate.pdf.
func (s *Server) staffCertificate(c *gin.Context, by registry.Actor) error {
	n, err := number(c.Param("number"))
	if err != nil {
		return err
	}
	cred, _, err := s.Issue.Credential(c.Request.Context(), by, n)
	if err != nil {
		return err
	}
	return s.sendCertificate(c, cred)
}

// holderCertificate handles GET /my/{token}/certificate.pdf.
func (s *Server) holderCertificate(c *gin.Context) error {
	h, err := s.Issue.Holder(c.Request.Context(), c.Param("token"))
	if err != nil {
		if edge.Status(err) == http.StatusNotFound {
			return s.Lookups.LinkMissed(c, registry.Fail(registry.NotFound, "holder.unknown"))
		}
		return err
	}
	if h.Credential == nil {
		return registry.Fail(registry.NotFound, "holder.no_certificate")
	}
	return s.sendCertificate(c, *h.Credential)
}

// sendCertificate answers with the issued file.
func (s *Server) sendCertificate(c *gin.Context, cred registry.Credential) error {
	file, err := s.Issue.Certificate(c.Request.Context(), cred)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "private, no-store")
	if edge.NotModified(c, `"`+cred.PDFSHA256+`"`) {
		return nil
	}
	download(c, string(cred.Number)+".pdf")
	c.Data(http.StatusOK, "application/pdf", file.Bytes())
	return nil
}
