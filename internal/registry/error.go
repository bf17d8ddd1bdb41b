package registry

import "fmt"

// Kind says what the caller can do about an error. It is an error itself, so
// errors.Is(err, registry.NotFound) holds however deeply err is wrapped.
type Kind string

func (k Kind) Error() string { return string(k) }

// The kinds of refusal; each face has one table from Kind to its own answer
// (an HTTP status, an exit code).
const (
	Invalid         Kind = "invalid"         // the input breaks a rule: correct it and send it again
	Unauthenticated Kind = "unauthenticated" // sign in first
	Forbidden       Kind = "forbidden"       // signed in, but not allowed to
	NotFound        Kind = "not_found"       // no such thing, or not yours to know of
	Gone            Kind = "gone"            // was here, and was erased for good
	Conflict        Kind = "conflict"        // the state does not allow it
	Stale           Kind = "stale"           // somebody changed it meanwhile: read again
	Precondition    Kind = "precondition"    // a header or version is missing
	TooLarge        Kind = "too_large"       // over a stated limit
	TooMany         Kind = "too_many"        // slow down
	Unavailable     Kind = "unavailable"     // could not be checked now: try again later
)

// Error is a refusal its reader can act on. Code names a message ("what is
// wrong") and, with the suffix ".fix", an advice ("how to put it right") in
// every catalogue; Args fill the message. Args never hold a secret or a full
// personal id, because both the page and the log print them.
type Error struct {
	Kind   Kind
	Code   string
	Field  string // the input field it is about, empty for the whole request
	Args   []any
	Faults []Fault // what is wrong item by item, empty for a single refusal
}

// Fault is one thing wrong with one field of one row of the input.
type Fault struct {
	Row   int    // 1-based row of the file or item of the list, 0 for none
	Field string // column heading or JSON field
	Code  string // names a message, as in Error
	Args  []any
	Warn  bool // worth a look, does not stop the row
}

func (e *Error) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("%s: %s (%s) %v", e.Kind, e.Code, e.Field, e.Args)
	}
	return fmt.Sprintf("%s: %s %v", e.Kind, e.Code, e.Args)
}

// Is reports whether the error is of the kind target.
func (e *Error) Is(target error) bool { return target == e.Kind }

// Fail makes a refusal of the kind with the message code and its arguments.
func Fail(kind Kind, code string, args ...any) error {
	return &Error{Kind: kind, Code: code, Args: args}
}

// FailField is Fail about one input field.
func FailField(kind Kind, field, code string, args ...any) error {
	return &Error{Kind: kind, Code: code, Field: field, Args: args}
}
