package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/message"

	"github.com/passmuster/passmuster/internal/registry"
)

// Printer writes for readers of one language.
type Printer struct {
	lang    Lang
	texts   catalogue
	numbers *message.Printer
}

// printers are made once: one may be used by many at a time.
var printers = sync.OnceValue(func() map[Lang]*Printer {
	made := map[Lang]*Printer{}
	for _, l := range Langs {
		made[l] = &Printer{lang: l, texts: catalogues()[l], numbers: message.NewPrinter(l.tag())}
	}
	return made
})

// For returns the printer of the language, of English for one we do not speak.
func For(l Lang) *Printer {
	if p, ok := printers()[l]; ok {
		return p
	}
	return printers()[English]
}

// Lang is the language that the printer writes.
func (p *Printer) Lang() Lang { return p.lang }

// HTMLLang is the value of a lang attribute: "zh-CN", "en", "ru".
func (p *Printer) HTMLLang() string { return p.lang.HTML() }

// Has reports whether the catalogue knows the key.
func (p *Printer) Has(key string) bool { _, ok := p.texts[key]; return ok }

// T returns the text of the key with {0}, {1} … filled from args. Where the text
// has plural forms, the first number among args chooses. Numbers, dates, times
// and registry.Text are written in the reader's language, so a year goes in as
// a string. An unknown key is returned as it is.
func (p *Printer) T(key string, args ...any) string {
	t, ok := p.texts[key]
	if !ok {
		return key
	}
	return p.fill(p.form(t, args), args)
}

// Texts returns every message whose key begins with one of the prefixes, with
// its placeholders, for a script that fills them itself. Of plural forms it takes
// the one for most numbers.
func (p *Printer) Texts(prefixes ...string) map[string]string {
	out := map[string]string{}
	for key, t := range p.texts {
		for _, prefix := range prefixes {
			if strings.HasPrefix(key, prefix) {
				out[key] = t["other"]
			}
		}
	}
	return out
}

// fill replaces {n} by the n-th argument. A placeholder without an argument
// stays, so that the mistake is seen.
func (p *Printer) fill(s string, args []any) string {
	if strings.IndexByte(s, '{') < 0 {
		return s
	}
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], '}')
		if end < 0 {
			break
		}
		b.WriteString(s[:open])
		n, err := strconv.Atoi(s[open+1 : open+end])
		if err == nil && n >= 0 && n < len(args) {
			b.WriteString(p.arg(args[n]))
		} else {
			b.WriteString(s[open : open+end+1])
		}
		s = s[open+end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// arg writes one argument of a message.
func (p *Printer) arg(a any) string {
	switch v := a.(type) {
	case string:
		return v
	case registry.Date:
		return p.Date(v)
	case *registry.Date:
		if v != nil {
			return p.Date(*v)
		}
		return ""
	case time.Time:
		return p.Time(v, nil)
	case registry.Text:
		return p.Text(v)
	case []string:
		return strings.Join(v, p.T("list.comma"))
	}
	if s, ok := p.numeral(a); ok {
		return s
	}
	return fmt.Sprint(a)
}

// Text returns the text in the reader's language, or in the next best.
func (p *Printer) Text(t registry.Text) string { return t.In(string(p.lang)) }

// Error returns what is wrong and how to put it right.
func (p *Printer) Error(e *registry.Error) (message, fix string) {
	return p.T("error."+e.Code, e.Args...), p.T("error."+e.Code+".fix", e.Args...)
}

// Fault returns what is wrong with one field and how to put it right.
func (p *Printer) Fault(f registry.Fault) (message, fix string) {
	return p.T("error."+f.Code, f.Args...), p.T("error."+f.Code+".fix", f.Args...)
}

// Reason returns why an answer is what it is and what to do next.
func (p *Printer) Reason(r registry.Reason) (message, next string) {
	return p.T("reason."+r.Code, r.Args...), p.T("reason."+r.Code+".next", r.Args...)
}
