package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/passmuster/passmuster/internal/design"
	"github.com/passmuster/passmuster/internal/registry"
)

type templateCmd struct {
	Check templateCheckCmd `cmd:"" help:"Try a design with the names that are hardest to print."`
}

type templateCheckCmd struct {
	File string `arg:"" help:"The file of the design (docs/templates.md)." type:"existingfile"`
}

// Run tries a design as it would be tried before it is stored: each kind that it
// is for, each pair of languages. What is wrong is told with its line.
func (c *templateCheckCmd) Run(e *env) error {
	source, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("read design: %w", err)
	}
	d, err := (&design.Service{Now: time.Now}).Check(source)
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		for _, f := range refusal.Faults {
			message, fix := e.p.Fault(f)
			e.say("%s:%d: %s: %s. %s", c.File, design.Line(source, f.Field), f.Field, message, fix)
		}
	}
	if err != nil {
		return err
	}
	e.say("%s", e.p.T("designs.checked", d.ID()))
	return nil
}
