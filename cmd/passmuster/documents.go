package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/passmuster/passmuster/internal/documents"
	"github.com/passmuster/passmuster/internal/registry"
)

// documents is the service that makes files and papers of classes.
func (a *app) documents() *documents.Service {
	return &documents.Service{DB: a.db, Keys: a.ring, Now: a.clock.Now, Origin: a.origin, Demo: a.ring.Demo(), Certificate: a.issue.Certificate, Cards: a.issue.Cards}
}

type classDocumentsCmd struct {
	oneClass
	Out   string `help:"Directory to write to." required:"" type:"path"`
	Blank int    `help:"Also make so many blank claim slips, to hand out before class, and print all that wait for a person." placeholder:"N"`
}

// written is a file that the command made.
type written struct {
	File    string            `json:"file"`
	Missing []registry.Number `json:"missing,omitempty"` // certificates that could not be rebuilt
}

// Run writes what there is for the class: the signed certificates as a ZIP and
// as one print file, claim slips, the class record and an empty one.
func (c *classDocumentsCmd) Run(e *env) error {
	a, by, class, err := c.open(e)
	if err != nil {
		return err
	}
	defer a.close()
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	files, err := c.write(e, a.documents(), by, class)
	if err != nil {
		return err
	}
	return c.tell(e, files)
}

func (c *classDocumentsCmd) write(e *env, s *documents.Service, by registry.Actor, class registry.Class) ([]written, error) {
	set, err := s.Open(e.ctx, by, class.ID)
	if err != nil {
		return nil, err
	}
	lang := e.p.Lang() // of the class record and of notes; certificates and slips have their own
	files := []written{}
	add := func(name string, write func(io.Writer) error) error {
		f, err := c.file(class.Code+"-"+name, write)
		if err == nil {
			files = append(files, f)
		}
		return err
	}
	if set.HasCertificates() == nil {
		err = errors.Join(add("certificates.zip", func(w io.Writer) error { return set.WriteZIP(e.ctx, w, lang) }),
			add("print.pdf", func(w io.Writer) error { return set.WritePrint(e.ctx, w, lang) }),
			add("cards.pdf", func(w io.Writer) error { return set.WriteCards(e.ctx, w, lang) }))
	}
	err = errors.Join(err, add("record.pdf", func(w io.Writer) error { return set.WriteRecord(e.ctx, w, lang) }),
		add("record-empty.pdf", func(w io.Writer) error { return set.WriteEmptyRecord(w, lang) }))
	if err != nil {
		return files, err
	}
	return files, c.slips(e, s, by, class, add)
}

// slips writes the slips for an account that hands out private links.
func (c *classDocumentsCmd) slips(e *env, s *documents.Service, by registry.Actor, class registry.Class, add func(string, func(io.Writer) error) error) error {
	set, err := s.OpenSlips(e.ctx, by, class.ID)
	if errors.Is(err, registry.Forbidden) && c.Blank == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if err := add("slips.pdf", set.WriteSlips); err != nil && !isNotFound(err) { // nobody is enrolled yet
		return err
	}
	if c.Blank > 0 {
		if _, err := s.MakeSlips(e.ctx, by, class.ID, c.Blank); err != nil {
			return err
		}
	}
	blank, err := s.Slips(e.ctx, by, class.ID)
	if err != nil {
		return err
	}
	if err := add("slips-blank.pdf", func(w io.Writer) error { return set.WriteBlankSlips(w, blank) }); err != nil && !isNotFound(err) {
		return err
	}
	return nil
}

// file writes a file that is there whole or not at all; one in which
// certificates are missing is there, and says so.
func (c *classDocumentsCmd) file(name string, write func(io.Writer) error) (written, error) {
	out := written{File: filepath.Join(c.Out, name)}
	part := out.File + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // names, and links that open certificates
	if err != nil {
		return out, fmt.Errorf("write %s: %w", name, err)
	}
	w := bufio.NewWriterSize(f, 1<<16)
	err = write(w)
	var broken *documents.Broken
	if errors.As(err, &broken) {
		out.Missing, err = broken.Numbers, nil
	}
	if err = errors.Join(err, w.Flush(), f.Close()); err != nil {
		_ = os.Remove(part)
		return out, err
	}
	return out, os.Rename(part, out.File)
}

// tell lists the files; certificates that are missing in them make the exit code
// that of a mixed result.
func (c *classDocumentsCmd) tell(e *env, files []written) error {
	if e.cli.JSON {
		if err := e.print(files); err != nil {
			return err
		}
	}
	missing := false
	for _, f := range files {
		if !e.cli.JSON {
			e.say("%s", f.File)
		}
		for _, n := range f.Missing {
			missing = true
			if !e.cli.JSON {
				e.say("  %s  %s", n, e.p.T("documents.missing"))
			}
		}
	}
	if missing {
		return exit(exitMixed)
	}
	return nil
}
