package testkit

import (
	"os"
	"strings"
	"testing"
)

// Table reads the first Markdown table under a heading of a document, so that a
// test can hold the program to what the document says. Each row maps a column's
// heading to its cell, both without back-quotes.
func Table(t testing.TB, file, heading string) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s has no heading %q", file, heading)
	}
	var head []string
	var rows []map[string]string
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "|") {
			if head != nil {
				break
			}
			continue
		}
		switch cells := cellsOf(line); {
		case head == nil:
			head = cells
		case strings.Trim(strings.Join(cells, ""), "-: ") == "":
		case len(cells) != len(head):
			t.Fatalf("%s, %s: %d cells under %d headings: %s", file, heading, len(cells), len(head), line)
		default:
			row := map[string]string{}
			for i, c := range cells {
				row[head[i]] = c
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no table under %q", file, heading)
	}
	return rows
}

func cellsOf(line string) []string {
	cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
	for i, c := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(c, "`", ""))
	}
	return cells
}

// Match reports whether the row of a truth table covers the evidence: each of
// its cells that evidence names is "·" (anything) or holds the value, alone or
// in a list with commas.
func Match(row, evidence map[string]string) bool {
	for column, value := range evidence {
		cell := row[column]
		if cell == "·" {
			continue
		}
		found := false
		for one := range strings.SplitSeq(cell, ",") {
			found = found || strings.TrimSpace(one) == value
		}
		if !found {
			return false
		}
	}
	return true
}
