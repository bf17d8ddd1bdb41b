package main

import (
	"path/filepath"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
)

type importCmd struct {
	acting
	File      string `arg:"" help:"Roster, XLSX or CSV." type:"existingfile"`
	Class     string `help:"Code or id of the class." required:"" placeholder:"ID"`
	DryRun    bool   `help:"Say what would happen, change nothing."`
	Partial   bool   `help:"Enrol the good rows although others are wrong."`
	Results   bool   `help:"Also record the theory and skills results that the file holds."`
	Statement string `help:"The assessor's statement for skills results." default:"Recorded from the class roster."`
}

// Run enrols the people of a roster; without --partial one wrong row keeps all
// out. The same file again changes nothing.
func (c *importCmd) Run(e *env) error {
	a, by, err := e.session(c.acting)
	if err != nil {
		return err
	}
	defer a.close()
	class, err := a.class(e, c.Class)
	if err != nil {
		return err
	}
	data, err := readRoster(c.File)
	if err != nil {
		return err
	}
	roster, err := a.training.ReadRoster(e.ctx, by, class.ID, filepath.Base(c.File), data)
	if err != nil {
		return err
	}
	report, _, err := a.training.Enrol(e.ctx, by, class.ID, roster.Rows, training.EnrolOptions{Source: "import", DryRun: c.DryRun,
		AllOrNothing: !c.Partial, Results: c.Results, Statement: c.Statement})
	if err != nil {
		return err
	}
	if e.cli.JSON {
		err = e.print(map[string]any{"class": class.Code, "enrolled": report.Enrolled, "unchanged": report.Unchanged, "rejected": report.Rejected,
			"errors": e.faultDocs(report.Faults)})
	} else {
		e.say("%s", e.p.T("import.summary", report.Enrolled, report.Unchanged, report.Rejected))
		e.faults(report.Faults)
	}
	switch {
	case err != nil || report.Rejected == 0:
		return err
	case report.Enrolled+report.Unchanged == 0:
		return exit(exitNo)
	}
	return exit(exitMixed)
}

// class finds a class by its code or its id.
func (a *app) class(e *env, key string) (registry.Class, error) {
	var class registry.Class
	err := a.db.Read(e.ctx, func(tx *store.Tx) (err error) {
		class, err = tx.ClassByCode(e.ctx, strings.ToUpper(key))
		if isNotFound(err) {
			class, err = tx.Class(e.ctx, registry.ID(key))
		}
		return err
	})
	return class, err
}
