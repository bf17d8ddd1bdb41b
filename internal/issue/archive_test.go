package issue_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/passmuster/passmuster/internal/blobs"
	"github.com/passmuster/passmuster/internal/issue"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

func TestFilesAreArchivedBeforeTheyCount(t *testing.T) {
	w := world.New(t)
	archive, err := blobs.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.Issue.Archive = archive
	for _, c := range w.Issued(3) {
		file, err := w.Issue.Certificate(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := archive.Get(t.Context(), c.PDFSHA256); err != nil || !bytes.Equal(kept, file.Bytes()) {
			t.Errorf("%s: %d bytes archived, %v", c.Number, len(kept), err)
		}
		// A file that can no longer be rebuilt is given as it was issued.
		raw(w, `UPDATE credentials SET snapshot = replace(snapshot, '"name":"', '"name":"X') WHERE id = '`+string(c.ID)+`'`)
		again := w.NewIssue()
		if _, err := again.Certificate(t.Context(), w.Credential(c.ID)); err == nil {
			t.Errorf("%s: rebuilt from another name", c.Number)
		}
		again.Archive = archive
		if kept, err := again.Certificate(t.Context(), w.Credential(c.ID)); err != nil || !bytes.Equal(kept.Bytes(), file.Bytes()) {
			t.Errorf("%s: another file than the issued one, %v", c.Number, err)
		}
	}
}

// full is an archive that takes nothing.
type full struct{ issue.Archive }

func (full) Put(context.Context, string, []byte) error { return errors.New("no space") }

func TestNothingIsIssuedThatCannotBeArchived(t *testing.T) {
	w := world.New(t)
	w.Issue.Archive = full{}
	class := w.Submitted(3)
	out := w.Approve(class.ID)
	if out.Issued != 0 {
		t.Fatalf("%d issued", out.Issued)
	}
	archive, err := blobs.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.Issue.Archive = archive
	if err := w.Issue.SignClass(t.Context(), class.ID); err != nil {
		t.Fatal(err)
	}
	list, err := w.Issue.OfClass(t.Context(), w.By("approver"), class.ID)
	if err != nil || len(list) != 3 || list[2].State != registry.StateIssued {
		t.Errorf("%d credentials, %v", len(list), err)
	}
}
