package store

import (
	"github.com/passmuster/passmuster/internal/registry"
)

// PrepareCopy is PrepareCredential for a credential that is stored as it stands,
// issued and with the signatures that it has: the copies that make a registry of
// invented people large. They bear the signatures of what they were copied from.
func PrepareCopy(c registry.Credential) (PreparedCredential, error) {
	row, err := fromCredential(c)
	if err != nil {
		return PreparedCredential{}, err
	}
	row.State, row.SignedAt, row.InputHash = string(c.State), micros(c.SignedAt), inputHash(c, row.Snapshot)
	row.RecordSig, row.JWTSig, row.PDFSig, row.PDFSHA256 = base64url(c.RecordSig), base64url(c.JWTSig), base64url(c.PDFSig), c.PDFSHA256
	return prepared(row), nil
}
