package config

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
)

// Logger writes one JSON line per event to w.
func (s Settings) Logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.Log)) // kong has checked it
	return slog.New(nameless{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})})
}

// nameless keeps the addresses of visitors out of the log: errors of the network
// are written without them. It looks for errors itself, because what every request
// writes has none, and ReplaceAttr would be called for each of its attributes.
type nameless struct{ slog.Handler }

func (h nameless) Handle(ctx context.Context, r slog.Record) error {
	if hasErrors(r.Attrs) {
		clean := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
		r.Attrs(func(a slog.Attr) bool {
			clean.AddAttrs(withoutAddresses(a))
			return true
		})
		r = clean
	}
	return h.Handler.Handle(ctx, r)
}

func (h nameless) WithAttrs(list []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(list))
	for i, a := range list {
		clean[i] = withoutAddresses(a)
	}
	return nameless{h.Handler.WithAttrs(clean)}
}

func (h nameless) WithGroup(name string) slog.Handler { return nameless{h.Handler.WithGroup(name)} }

// hasErrors reports whether one of the attributes may be an error.
func hasErrors(attrs func(func(slog.Attr) bool)) (found bool) {
	attrs(func(a slog.Attr) bool {
		switch a.Value.Kind() {
		case slog.KindAny, slog.KindGroup, slog.KindLogValuer:
			found = true
		}
		return !found
	})
	return found
}

// withoutAddresses is the attribute without the addresses in its errors.
func withoutAddresses(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	if a.Value.Kind() == slog.KindGroup {
		var members []slog.Attr
		for _, m := range a.Value.Group() {
			members = append(members, withoutAddresses(m))
		}
		a.Value = slog.GroupValue(members...)
	}
	if a.Value.Kind() != slog.KindAny {
		return a
	}
	err, ok := a.Value.Any().(error)
	if !ok || err == nil {
		return a
	}
	text := err.Error()
	for _, op := range networkErrors(err) {
		if op.Err != nil {
			text = strings.ReplaceAll(text, op.Error(), op.Op+": "+op.Err.Error())
		}
	}
	a.Value = slog.StringValue(text)
	return a
}

// networkErrors are those that err wraps, the outer ones first.
func networkErrors(err error) (list []*net.OpError) {
	if op, ok := err.(*net.OpError); ok && op != nil {
		list = append(list, op)
	}
	switch w := err.(type) {
	case interface{ Unwrap() error }:
		if inner := w.Unwrap(); inner != nil {
			list = append(list, networkErrors(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range w.Unwrap() {
			list = append(list, networkErrors(inner)...)
		}
	}
	return list
}
