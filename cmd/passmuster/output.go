package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
)

// print writes one JSON document.
func (e *env) print(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// say writes one line of text.
func (e *env) say(format string, args ...any) { sayTo(e.out, format, args...) }

// sayTo writes a line in which nothing can steer the terminal: names, paths and
// designs are other people's words.
func sayTo(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintln(w, strings.Map(harmless, fmt.Sprintf(format, args...)))
}

// harmless replaces control characters, and those that turn the direction of
// writing (Unicode UAX #9), by pictures of them.
func harmless(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r < ' ':
		return '␀' + r
	case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
		return '�'
	}
	return r
}

// faults writes a line for each fault, with how to put it right.
func (e *env) faults(list []registry.Fault) {
	for _, f := range list {
		sayTo(e.err, "  %s", intake.Line(e.p, f))
	}
}

// faultDocs are the faults for JSON output, as in the API's problem documents.
func (e *env) faultDocs(list []registry.Fault) []map[string]any {
	docs := []map[string]any{}
	for _, f := range list {
		message, fix := e.p.Fault(f)
		docs = append(docs, map[string]any{"row": f.Row, "field": f.Field, "code": f.Code, "message": message, "fix": fix, "warning": f.Warn})
	}
	return docs
}

// terminal reports whether the writer is a terminal: there a progress line is
// drawn, elsewhere output stays plain.
func (e *env) terminal() bool {
	f, ok := e.err.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progress draws "what done/total" on one line of a terminal.
func (e *env) progress(what string, done, total int) {
	if !e.terminal() || e.cli.JSON {
		return
	}
	const width = 30
	filled := width * done / max(1, total)
	bar := make([]rune, width)
	for i := range bar {
		bar[i] = '·'
		if i < filled {
			bar[i] = '█'
		}
	}
	_, _ = fmt.Fprintf(e.err, "\r%s %s %d/%d ", what, string(bar), done, total)
	if done == total {
		_, _ = fmt.Fprintln(e.err)
	}
}
