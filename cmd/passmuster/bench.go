package main

import (
	"bytes"
	"encoding/json"
)

// benchCmd measures on the machine at hand what this program promises: one
// subcommand for each thing that is measured, and one for all of them.
type benchCmd struct {
	Issue  benchIssueCmd  `cmd:"" help:"What a certificate costs: processor time, memory, and against other stacks."`
	Store  benchStoreCmd  `cmd:"" help:"The whole way of many people: imported, approved, issued and stored."`
	Verify benchVerifyCmd `cmd:"" help:"How fast certificates are verified, against a bare handler."`
	Bare   benchBareCmd   `cmd:"" hidden:""`
	All    benchAllCmd    `cmd:"" help:"All of these, one after the other."`
}

type benchAllCmd struct {
	Issue  benchIssueCmd  `embed:"" prefix:"issue-"`
	Store  benchStoreCmd  `embed:"" prefix:"store-"`
	Verify benchVerifyCmd `embed:"" prefix:"verify-"`
}

// Run measures one thing after the other; JSON output is one document with a
// member for each. What went wrong with one keeps the others back.
func (c *benchAllCmd) Run(e *env) error {
	docs := map[string]json.RawMessage{}
	for _, part := range []struct {
		name string
		run  func(*env) error
	}{{"issue", c.Issue.Run}, {"store", c.Store.Run}, {"verify", c.Verify.Run}} {
		var doc bytes.Buffer
		sub := *e
		if e.cli.JSON {
			sub.out = &doc
		} else {
			e.say("bench %s", part.name)
		}
		if err := part.run(&sub); err != nil {
			return err
		}
		docs[part.name] = doc.Bytes()
	}
	if e.cli.JSON {
		return e.print(docs)
	}
	return nil
}
