package main

import (
	"fmt"

	"github.com/passmuster/passmuster/internal/bench"
)

type benchIssueCmd struct {
	Count   int    `help:"Certificates of a round." default:"2048"`
	Rounds  int    `help:"Rounds; the median counts." default:"5"`
	Million bool   `help:"Also make 1,000,000 on all cores."`
	Peers   string `help:"Directory of the peers' programs (internal/peers of the source)." placeholder:"DIR"`
	Check   bool   `help:"Exit with 1 if a floor is missed."`
}

// Run measures, and says what came out beside what is promised.
func (c *benchIssueCmd) Run(e *env) error {
	o := bench.Options{Count: c.Count, Rounds: c.Rounds, Million: c.Million, Peers: c.Peers}
	if !e.cli.JSON {
		o.Tell = func(line string) { _, _ = fmt.Fprintln(e.err, line) }
	}
	r, err := bench.Issue(e.ctx, o)
	if err != nil {
		return err
	}
	if e.cli.JSON {
		err = e.print(r)
	} else {
		r.Text(e.out)
	}
	if err == nil && c.Check && !r.Kept() {
		return exit(exitNo)
	}
	return err
}
