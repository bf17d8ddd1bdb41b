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
		if e.cli.JSON {
			return errors.Join(err, e.print(c.answer(e, source, refusal)))
		}
		for _, f := range refusal.Faults {
			message, fix := e.p.Fault(f)
			place := fmt.Sprintf("%d: %s", design.Line(source, f.Field), f.Field)
			if f.Code == "design.json" { // its place is line:column
				place = f.Field
			}
			e.say("%s:%s: %s. %s", c.File, place, message, fix)
		}
	}
	if err != nil {
		return err
	}
	if e.cli.JSON {
		return e.print(map[string]any{"ok": true, "id": d.ID(), "errors": []any{}})
	}
	e.say("%s", e.p.T("designs.checked", d.ID()))
	return nil
}

// answer is the JSON document about a design that was refused.
func (c *templateCheckCmd) answer(e *env, source []byte, refusal *registry.Error) map[string]any {
	detail, fix := e.p.Error(refusal)
	faults := e.faultDocs(refusal.Faults)
	for i, f := range refusal.Faults {
		delete(faults[i], "row")
		faults[i]["line"] = design.Line(source, f.Field)
	}
	return map[string]any{"ok": false, "code": refusal.Code, "detail": detail, "fix": fix, "errors": faults}
}
