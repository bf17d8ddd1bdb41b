// Report reads what `go test -json` says and prints what a person wants to know:
// a line for each package, everything about a test that failed or was left out,
// and at the end how many there were of each. It exits 1 if one failed, if one
// was left out, or if there was none.
//
//	go test -json ./... | go run .ci/report.go
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// event is one line of `go test -json` (go doc test2json, go help buildjson).
type event struct{ Action, Package, Test, Output string }

type report struct {
	said                    map[string]map[string][]string // by package and test, until the test is over
	passed, failed, leftOut int
	packages                int // that failed, be it with or without a test
}

func main() {
	r := report{said: map[string]map[string][]string{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Println(lines.Text()) // not of a test: of the go command
			continue
		}
		r.add(e)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.leftOut)
	if err := lines.Err(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if r.failed+r.packages+r.leftOut > 0 || r.passed == 0 {
		os.Exit(1)
	}
}

func (r *report) add(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Print(e.Output)
	case e.Action == "output" && e.Test == "":
		if e.Output != "PASS\n" {
			fmt.Print(e.Output)
		}
	case e.Action == "output":
		if r.said[e.Package] == nil {
			r.said[e.Package] = map[string][]string{}
		}
		r.said[e.Package][e.Test] = append(r.said[e.Package][e.Test], e.Output)
	case e.Action == "fail" && e.Test == "":
		r.packages++
		for test := range r.said[e.Package] { // the program ended within them
			r.tell(e.Package, test)
		}
	case e.Test == "": // a package passed, or has no tests
	case e.Action == "pass":
		r.passed++
		delete(r.said[e.Package], e.Test)
	case e.Action == "fail":
		r.failed++
		r.tell(e.Package, e.Test)
	case e.Action == "skip":
		r.leftOut++
		r.tell(e.Package, e.Test)
	}
}

// tell prints what a test said, under the name of its package.
func (r *report) tell(pkg, test string) {
	fmt.Printf("%s: %s\n%s", pkg, test, strings.Join(r.said[pkg][test], ""))
	delete(r.said[pkg], test)
}
