package main

// benchCmd measures on the machine at hand what this program promises: one
// subcommand for each thing that is measured.
type benchCmd struct {
	Issue benchIssueCmd `cmd:"" help:"What a certificate costs: processor time, memory, and against other stacks."`
	Store benchStoreCmd `cmd:"" help:"The whole way of many people: imported, approved, issued and stored; and what it leaves to those who verify."`
}
