// Command go is the Go peer of `passmuster bench issue`: the same page as the
// registry's own, drawn by gofpdf with go-qrcode and signed by pdfsign.
//
// It is given a spec, one line of JSON on standard input, and then commands, one
// to a line, and answers each with one line of JSON:
//
//	round N  makes N files: {"documents":N,"cpu_us":…,"bytes":…}, of one core
//	file I   makes the I-th file: {"pdf":"base64"}
//
// Fonts, key and chain are read once. The spec has broken the text into lines and
// chosen their sizes; each line is measured once, to be centred in its place.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"syscall"
)

func main() {
	runtime.GOMAXPROCS(1)
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read spec: %w", err)
	}
	p, err := open(line)
	if err != nil {
		return err
	}
	if err := out.Encode(map[string]any{"name": "gofpdf+go-qrcode+pdfsign", "signs": "ECDSA P-256", "with": versions()}); err != nil {
		return err
	}
	for {
		var command string
		var n int
		if _, err := fmt.Fscan(in, &command, &n); err != nil {
			return nil // the bench is done
		}
		answer, err := p.answer(command, n)
		if err != nil {
			return err
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
}

func (p *peer) answer(command string, n int) (any, error) {
	if command == "file" {
		file, err := p.file(p.spec.Documents[n%len(p.spec.Documents)])
		return map[string]any{"pdf": file}, err
	}
	if command != "round" {
		return nil, fmt.Errorf("unknown command %q", command)
	}
	before, bytes := cpu(), 0
	for range n {
		file, err := p.file(p.spec.Documents[p.next%len(p.spec.Documents)])
		if err != nil {
			return nil, err
		}
		bytes += len(file)
		p.next++
	}
	return map[string]any{"documents": n, "cpu_us": cpu() - before, "bytes": bytes}, nil
}

// versions are those of Go and of what is compared.
func versions() string {
	out := runtime.Version()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return out
	}
	for _, m := range info.Deps {
		switch m.Path {
		case "github.com/jung-kurt/gofpdf", "github.com/digitorus/pdfsign":
			out += ", " + path.Base(m.Path) + " " + m.Version
		}
	}
	return out
}

// cpu is this process's processor time in microseconds.
func cpu() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return (u.Utime.Nano() + u.Stime.Nano()) / 1000
}
