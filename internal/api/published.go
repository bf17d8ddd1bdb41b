package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
)

func (s *Server) mountPublished(e *gin.Engine, api huma.API) {
	public(e, "/trust", s.show(func(c *gin.Context) (publish.File, error) { return s.Publish.TrustFile(c.Request.Context(), 0) }))
	public(e, "/bundle", s.show(func(c *gin.Context) (publish.File, error) { return s.Publish.BundleFile(c.Request.Context(), 0) }))
	public(e, "/trust/:version", s.show(numbered(s.Publish.TrustFile)))
	public(e, "/bundle/:version", s.show(numbered(s.Publish.BundleFile)))
	public(e, "/published.json", s.show(func(c *gin.Context) (publish.File, error) { return s.Publish.PointerFile(c.Request.Context()) }))
	public(e, "/status/:list", s.show(s.statusList))
	public(e, "/.well-known/jwks.json", s.show(func(*gin.Context) (publish.File, error) { return s.Publish.KeySetFile() }))
	public(e, "/.well-known/did.json", s.show(func(*gin.Context) (publish.File, error) { return s.Publish.DIDFile() }))
	public(e, "/keys/:kid", s.show(func(c *gin.Context) (publish.File, error) { return s.Publish.KeyFile(c.Param("kid")) }))
	public(e, "/issuers/:code", s.show(func(c *gin.Context) (publish.File, error) { return s.Publish.IssuerFile(c.Param("code")) }))
	public(e, "/pki/:file", s.show(s.pki))
	e.GET("/credentials/:code", edge.Route(s.showBadge))
	e.GET("/my/:token/certificate.pdf", edge.Route(s.holderCertificate))

	d := documenter{api}
	file := func(p plain) {
		p.method, p.tag, p.headers, p.answers = http.MethodGet, "published", append(p.headers, "ETag"), []int{http.StatusNotModified}
		d.add(p)
	}
	file(plain{path: "/trust", id: "trust", summary: "Signed trust list: root, publisher, issuers and their keys",
		text: "The format is in docs/trust.md. Content-Location names the version, whose bytes never change. 503 with Retry-After until the first is made, right after a start.", media: publish.TypeCOSE, headers: []string{"Content-Location"}, refuses: []int{503}})
	file(plain{path: "/trust/{version}", id: "trustVersion", summary: "One version of the trust list; the newest sixteen are kept", media: publish.TypeCOSE, refuses: []int{404, 503}})
	file(plain{path: "/bundle", id: "bundle", summary: "Signed offline bundle: what is needed to check without a network",
		text: "The format is in docs/trust.md. Content-Location names the version, whose bytes never change. 503 with Retry-After until the first is made, right after a start.", media: publish.TypeCOSE, headers: []string{"Content-Location"}, refuses: []int{503}})
	file(plain{path: "/bundle/{version}", id: "bundleVersion", summary: "One version of the offline bundle; the newest four are kept", media: publish.TypeCOSE, refuses: []int{404, 503}})
	file(plain{path: "/published.json", id: "published", summary: "The newest versions of trust list and bundle, and the status lists", schema: d.schema(publish.Pointer{}), refuses: []int{503}})
	file(plain{path: "/status/{list}", id: "statusList", summary: "Bitstring Status List v1.0 of Open Badges: {list} for revocation, {list}-suspension for what may be taken back",
		text:  "application/vc has an embedded proof (ecdsa-jcs-2019), application/vc+jwt and application/jwt are signed tokens. The issuer is that of the badges in the list.",
		media: publish.TypeVC, also: []string{publish.TypeVCJWT, publish.TypeJWT}, refuses: []int{404, 503}})
	file(plain{path: "/.well-known/jwks.json", id: "keySet", summary: "Keys that sign badges (RFC 7517)", schema: d.schema(badge.JWKSet{}), refuses: []int{503}})
	file(plain{path: "/.well-known/did.json", id: "did", summary: "DID document of the origin (did:web): keys of the issuers and of the publisher", schema: d.schema(badge.KeyDocument{}),
		media: "application/did+json", refuses: []int{503}})
	file(plain{path: "/keys/{kid}", id: "key", summary: "One key, by the kid of a token or by the 8 hexadecimal digits of a QR code's", schema: d.schema(badge.JWK{}), media: "application/jwk+json", refuses: []int{404}})
	file(plain{path: "/issuers/{code}", id: "issuerKeys", summary: "Keys of an issuer (controlled identifier document)", schema: d.schema(badge.KeyDocument{}),
		media: "application/cid", refuses: []int{404}})
	file(plain{path: "/pki/{file}", id: "pki", summary: "root.pem: the registry's root; documents.pem: the chain that signs PDFs now; issuer.crl: revoked signers",
		media: "application/pkix-crl", also: []string{"application/x-pem-file"}, refuses: []int{404, 503}})
	d.add(plain{method: http.MethodGet, path: "/credentials/{code}", id: "badge", tag: "published", summary: "Open Badges 3.0 credential",
		text: "application/jwt is the signed VC-JWT, application/vc the same credential as JSON, without a signature.", media: "application/jwt",
		also: []string{"application/vc"}, refuses: []int{400, 404, 429, 503}})
	d.add(plain{method: http.MethodGet, path: "/my/{token}/certificate.pdf", id: "holderCertificate", tag: "published", summary: "The holder's certificate, by his private link",
		media: "application/pdf", headers: []string{"ETag"}, answers: []int{304}, refuses: []int{404, 429, 503}})
	documentPlaces(d)
}

// documentPlaces describes the pages about bases and courses, which answer
// programs as well.
func documentPlaces(d documenter) {
	add := func(p plain) {
		p.method, p.tag, p.also, p.refuses = http.MethodGet, "published", []string{"text/html"}, append(p.refuses, http.StatusServiceUnavailable)
		d.add(p)
	}
	add(plain{path: "/bases", id: "bases", summary: "Training bases: where they are, who accredited them, and whether they are accredited today",
		text:   "Accept: application/json; a browser gets the page. lapsed is an accreditation whose last day is over.",
		query:  map[string]string{"q": "Part of a name, place or code", "org": "Code of an organization above the base", "status": "accredited, suspended, lapsed, withdrawn or candidate"},
		schema: d.schema(publicBases{})})
	add(plain{path: "/bases/{code}", id: "base", summary: "One training base, with the courses that it may hold", schema: d.schema(registry.PublicBase{}), refuses: []int{404}})
	add(plain{path: "/courses", id: "courses", summary: "Courses: what their certificates prove; the newest version of each", schema: d.schema(publicCourses{})})
	add(plain{path: "/courses/{code}", id: "course", summary: "One course, in the version that certificates name", query: map[string]string{"version": "A version; without it, the newest"},
		schema: d.schema(registry.PublicCourse{}), refuses: []int{404}})
}

type publicBases struct {
	Items []registry.PublicBase `json:"items"`
}

type publicCourses struct {
	Items []registry.PublicCourse `json:"items"`
}

// public adds a route that answers HEAD as GET, without the body: caches, and
// programs that look whether something is new, ask so.
func public(e *gin.Engine, path string, h gin.HandlerFunc) {
	e.GET(path, h)
	e.HEAD(path, h)
}

// show serves what is published: the same to everybody, on any page, from any
// cache on the way.
func (s *Server) show(of func(*gin.Context) (publish.File, error)) gin.HandlerFunc {
	return edge.Route(func(c *gin.Context) error {
		f, err := of(c)
		if err != nil {
			return err
		}
		edge.Public(c, f.Cache)
		if f.Numbered != "" {
			c.Header("Content-Location", f.Numbered)
		}
		if !f.Modified.IsZero() {
			c.Header("Last-Modified", f.Modified.UTC().Format(http.TimeFormat))
		}
		if edge.NotModified(c, f.ETag) {
			return nil
		}
		c.Header("Content-Length", strconv.Itoa(len(f.Body)))
		if c.Request.Method == http.MethodHead {
			c.Header("Content-Type", f.Type)
			c.Status(http.StatusOK)
			c.Writer.WriteHeaderNow()
			return nil
		}
		c.Data(http.StatusOK, f.Type, f.Body)
		return nil
	})
}

// numbered reads the number of a version as it is written there, and no other
// way: one version has one address.
func numbered(of func(context.Context, int64) (publish.File, error)) func(*gin.Context) (publish.File, error) {
	return func(c *gin.Context) (publish.File, error) {
		text := c.Param("version")
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
			return publish.File{}, registry.Fail(registry.NotFound, "publication.unknown")
		}
		return of(c.Request.Context(), n)
	}
}

// statusList handles GET /status/{list}.
func (s *Server) statusList(c *gin.Context) (publish.File, error) {
	media := edge.Prefers(c, publish.TypeVC, publish.TypeVCJWT, publish.TypeJWT)
	return s.Publish.StatusFile(c.Request.Context(), c.Param("list"), media)
}

// pki handles GET /pki/{file}: the root certificate, the chain that signs PDFs
// now, and the revocation lists of the registry's own CAs.
func (s *Server) pki(c *gin.Context) (publish.File, error) {
	file := c.Param("file")
	unknown := registry.Fail(registry.NotFound, "route.unknown")
	switch {
	case file == "root.pem":
		return s.Publish.RootFile(), nil
	case file == "documents.pem":
		f, ok := s.Publish.ChainFile()
		if !ok { // between the end of a certificate from outside and the next
			return f, unknown
		}
		return f, nil
	case !strings.HasSuffix(file, ".crl"):
		return publish.File{}, unknown
	}
	f, err := s.Publish.CRLFile(file)
	if err != nil && edge.Status(err) == http.StatusNotFound {
		return f, unknown
	}
	return f, err
}

// showBadge handles GET /credentials/{code}: who has the code may have the
// credential that the paper carries.
func (s *Server) showBadge(c *gin.Context) error {
	code, err := registry.ParseCode(c.Param("code"))
	if err != nil {
		return s.Lookups.Settle(c, registry.Answer{}, err)
	}
	cred, err := s.Issue.ByCode(c.Request.Context(), code)
	switch {
	case err != nil && edge.Status(err) == http.StatusNotFound:
		return s.Lookups.Settle(c, registry.Answer{}, err)
	case err != nil:
		return err
	}
	c.Header("X-Robots-Tag", "noindex")
	switch edge.Prefers(c, "application/jwt", "application/vc+jwt", "application/vc", "application/ld+json", "application/json") {
	case "application/vc", "application/ld+json", "application/json":
		return s.showBadgeJSON(c, cred)
	}
	token, err := s.Issue.Token(cred)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/jwt", []byte(token))
	return nil
}

func (s *Server) showBadgeJSON(c *gin.Context, cred registry.Credential) error {
	c.Header("Content-Type", "application/vc")
	c.PureJSON(http.StatusOK, badge.Credential(cred.Snapshot))
	return nil
}
