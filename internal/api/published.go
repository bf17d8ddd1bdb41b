package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/keys"
	"github.com/passmuster/passmuster/internal/publish"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// How long caches may keep what is published: short for the bundle, which tells
// of revocations.
const (
	keepBundle = "public, max-age=60"
	keepKeys   = "public, max-age=300"
	keepCRL    = "public, max-age=3600"
	keepRoot   = "public, max-age=86400"
)

func (s *Server) mountPublished(e *gin.Engine, api huma.API) {
	e.GET("/trust", edge.Route(s.showTrust))
	e.GET("/bundle", edge.Route(s.showBundle))
	e.GET("/.well-known/jwks.json", edge.Route(s.showKeySet))
	e.GET("/keys/:kid", edge.Route(s.showKey))
	e.GET("/pki/:file", edge.Route(s.showPKI))
	e.GET("/credentials/:code", edge.Route(s.showBadge))
	e.GET("/my/:token/certificate.pdf", edge.Route(s.holderCertificate))

	d := documenter{api}
	d.add(plain{method: http.MethodGet, path: "/trust", id: "trust", tag: "published", summary: "Signed trust list: root, publisher, issuers and their keys",
		text: "The format is in docs/trust.md.", media: "application/cose", headers: []string{"ETag"}, answers: []int{304}, refuses: []int{404, 503}})
	d.add(plain{method: http.MethodGet, path: "/bundle", id: "bundle", tag: "published", summary: "Signed offline bundle: what is needed to check without a network",
		text: "The format is in docs/trust.md.", media: "application/cose", headers: []string{"ETag"}, answers: []int{304}, refuses: []int{404, 503}})
	d.add(plain{method: http.MethodGet, path: "/.well-known/jwks.json", id: "keySet", tag: "published", summary: "Keys that sign badges (RFC 7517)",
		schema: d.schema(badge.JWKSet{}), refuses: []int{503}})
	d.add(plain{method: http.MethodGet, path: "/keys/{kid}", id: "key", tag: "published", summary: "One key, by the kid of a token", schema: d.schema(badge.JWK{}),
		media: "application/jwk+json", refuses: []int{404}})
	d.add(plain{method: http.MethodGet, path: "/pki/{file}", id: "pki", tag: "published", summary: "root.pem: the registry's root; documents.pem: the chain that signs PDFs now; issuer.crl: revoked signers",
		media: "application/pkix-crl", also: []string{"application/x-pem-file"}, refuses: []int{404, 503}})
	d.add(plain{method: http.MethodGet, path: "/credentials/{code}", id: "badge", tag: "published", summary: "Open Badges 3.0 credential",
		text: "application/jwt is the signed VC-JWT, application/vc the same credential as JSON, without a signature.", media: "application/jwt",
		also: []string{"application/vc"}, refuses: []int{400, 404, 429, 503}})
	d.add(plain{method: http.MethodGet, path: "/my/{token}/certificate.pdf", id: "holderCertificate", tag: "published", summary: "The holder's certificate, by his private link",
		media: "application/pdf", headers: []string{"ETag"}, answers: []int{304}, refuses: []int{404, 429, 503}})
}

// showTrust handles GET /trust.
func (s *Server) showTrust(c *gin.Context) error {
	p, err := s.Publish.Trust(c.Request.Context())
	return publication(c, p, err, keepKeys)
}

// showBundle handles GET /bundle.
func (s *Server) showBundle(c *gin.Context) error {
	p, err := s.Publish.Bundle(c.Request.Context())
	return publication(c, p, err, keepBundle)
}

func publication(c *gin.Context, p store.Publication, err error, keep string) error {
	if err != nil {
		return err
	}
	edge.Public(c, keep)
	if edge.NotModified(c, fmt.Sprintf(`"%s-%d"`, p.Kind, p.Number)) {
		return nil
	}
	c.Header("Last-Modified", p.IssuedAt.UTC().Format(http.TimeFormat))
	c.Data(http.StatusOK, "application/cose", p.Body)
	return nil
}

// showKeySet handles GET /.well-known/jwks.json.
func (s *Server) showKeySet(c *gin.Context) error {
	set, err := publish.KeySet(s.Keys.RecordKeys(), s.Origin, s.Now())
	if err != nil {
		return err
	}
	edge.Public(c, keepKeys)
	c.PureJSON(http.StatusOK, set)
	return nil
}

// showKey handles GET /keys/{kid}: the record key with the thumbprint, old ones
// included. Other keys sign nothing that is checked by JWK.
func (s *Server) showKey(c *gin.Context) error {
	key, ok := s.Keys.Find(c.Param("kid"))
	if !ok || key.Use != keys.Record || !key.CompromisedAt.IsZero() {
		return registry.Fail(registry.NotFound, "key.unknown")
	}
	jwk, err := badge.JWKOf(key.Public, badge.KeyURL(s.Origin, key.KID))
	if err != nil {
		return err
	}
	edge.Public(c, keepKeys)
	c.Header("Content-Type", "application/jwk+json")
	c.PureJSON(http.StatusOK, jwk)
	return nil
}

// showPKI handles GET /pki/{file}: the root certificate, the chain that signs PDFs
// now, and the revocation lists of the registry's own CAs.
func (s *Server) showPKI(c *gin.Context) error {
	file := c.Param("file")
	if file == "root.pem" {
		edge.Public(c, keepRoot)
		c.Data(http.StatusOK, "application/x-pem-file", s.Publish.RootPEM())
		return nil
	}
	if file == "documents.pem" {
		chain := s.Publish.DocumentChainPEM()
		if chain == nil { // between the end of a certificate from outside and the next
			return registry.Fail(registry.NotFound, "route.unknown")
		}
		edge.Public(c, keepKeys)
		c.Data(http.StatusOK, "application/x-pem-file", chain)
		return nil
	}
	if !strings.HasSuffix(file, ".crl") {
		return registry.Fail(registry.NotFound, "route.unknown")
	}
	list, err := s.Publish.CRL(file)
	if edge.Status(err) == http.StatusNotFound && err != nil {
		return registry.Fail(registry.NotFound, "route.unknown")
	}
	if err != nil {
		return err
	}
	edge.Public(c, keepCRL)
	c.Data(http.StatusOK, "application/pkix-crl", list)
	return nil
}

// showBadge handles GET /credentials/{code}: who has the code may have the
// credential that the paper carries.
func (s *Server) showBadge(c *gin.Context) error {
	if err := s.Lookups.Code(c); err != nil {
		return err
	}
	code, err := registry.ParseCode(c.Param("code"))
	if err != nil {
		s.Lookups.CodeMissed(c)
		return err
	}
	cred, err := s.Issue.ByCode(c.Request.Context(), code)
	if err != nil {
		if edge.Status(err) == http.StatusNotFound {
			s.Lookups.CodeMissed(c)
		}
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
