package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/passmuster/passmuster/internal/bench"
)

type benchIssueCmd struct {
	Count   int    `help:"Certificates of a round." default:"2040"`
	Rounds  int    `help:"Rounds; the median counts." default:"5"`
	Million bool   `help:"Also make 1,000,000 on all cores."`
	Peers   string `help:"The peers' programs: auto (in this source tree, if it is one), none, or their directory." default:"auto" placeholder:"auto|none|DIR"`
	Files   string `help:"Write some pages by everybody into this directory, to be looked at." placeholder:"DIR"`
	Check   bool   `help:"Exit with 1 if a floor is missed, with 3 if a peer could not run."`
}

// Run measures, and says what came out beside what is promised.
func (c *benchIssueCmd) Run(e *env) error {
	o := bench.Options{Count: c.Count, Rounds: c.Rounds, Million: c.Million, Peers: peersDir(c.Peers), Files: c.Files}
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
	switch {
	case err != nil || !c.Check:
		return err
	case !r.Kept():
		return exit(exitNo)
	case !r.Complete():
		return exit(exitUnknown)
	}
	return nil
}

// peersDir finds the peers' programs; empty for none. They are no part of the
// program, so it has them only where its source is.
func peersDir(setting string) string {
	switch setting {
	case "none":
		return ""
	case "auto":
	default:
		return setting
	}
	dir, err := os.Getwd()
	for err == nil {
		peers := filepath.Join(dir, "internal", "peers")
		if _, err := os.Stat(filepath.Join(peers, "go", "go.mod")); err == nil {
			return peers
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	return ""
}
