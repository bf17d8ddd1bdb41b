package registry

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ReportKind is what somebody says is wrong.
type ReportKind string

// The kinds of report.
const (
	ReportPaper    ReportKind = "paper"    // paper or file says something else than the registry
	ReportPerson   ReportKind = "person"   // somebody else's certificate was shown
	ReportData     ReportKind = "data"     // a name, a date or a course is wrong
	ReportTraining ReportKind = "training" // the training was not as the certificate says
	ReportService  ReportKind = "service"  // a page, a code or a check does not work
	ReportOther    ReportKind = "other"
)

// ReportKinds lists every kind, in the order in which a form offers them.
var ReportKinds = []ReportKind{ReportPaper, ReportPerson, ReportData, ReportTraining, ReportService, ReportOther}

// ReportErasure is a holder's wish that his data be erased. It is sent from his own
// page alone, so no form offers it.
const ReportErasure ReportKind = "erasure"

// ReportOutcome is what an answer to a report came to.
type ReportOutcome string

// The outcomes.
const (
	ReportHolds     ReportOutcome = "holds"     // looked into: the registry is right
	ReportCorrected ReportOutcome = "corrected" // it was wrong, and is put right
	ReportStopped   ReportOutcome = "stopped"   // the certificate is suspended or revoked
	ReportNotOurs   ReportOutcome = "not_ours"  // nothing of this registry
)

// The outcomes of a wish to be erased.
const (
	ReportErased    ReportOutcome = "erased"    // the erasure itself is the answer: nobody else gives this one
	ReportDeclined  ReportOutcome = "declined"  // for a reason that the answer tells
	ReportWithdrawn ReportOutcome = "withdrawn" // the holder no longer wishes it
)

// Outcomes lists what somebody may answer, in the order in which a form offers
// them.
func (r Report) Outcomes() []ReportOutcome {
	if r.Kind == ReportErasure {
		return []ReportOutcome{ReportDeclined, ReportWithdrawn}
	}
	return []ReportOutcome{ReportHolds, ReportCorrected, ReportStopped, ReportNotOurs}
}

// Limits of a report, in characters, and its times.
const (
	ReportTextMost    = 1000
	ReportContactMost = 200
	ReportWithin      = 5   // working days until an answer is due
	ReportKeptDays    = 180 // after the answer; then what the reporter wrote is erased
	ReportKept        = ReportKeptDays * 24 * time.Hour
)

// Report is a problem that somebody told of, without an account. Text and
// Contact are the reporter's own words: they can be erased, and no public page
// but his private link shows them.
type Report struct {
	ID         ID
	Org        ID     // who owns it: answers for it, with those above
	Credential ID     // "" where none was found
	About      string // the code or number that was typed, "" for none
	Kind       ReportKind
	Text       string
	Contact    string
	Lang       string // of the reporter's page
	MadeAt     time.Time
	DueOn      Date          // in the owner's zone, inclusive
	Outcome    ReportOutcome // "" while it waits
	Answer     string        // shown to the reporter
	AnsweredBy ID            // account
	AnsweredAt time.Time
	ErasedAt   time.Time // when the reporter's words were erased; zero: they are there
	Version    int64
}

// Validate checks what a reporter wrote.
func (r Report) Validate() error {
	switch {
	case !slices.Contains(ReportKinds, r.Kind):
		return FailField(Invalid, "kind", "report.kind")
	case strings.TrimSpace(r.Text) == "":
		return FailField(Invalid, "text", "report.text")
	case utf8.RuneCountInString(r.Text) > ReportTextMost:
		return FailField(Invalid, "text", "report.long", ReportTextMost)
	case utf8.RuneCountInString(r.Contact) > ReportContactMost:
		return FailField(Invalid, "contact", "report.long", ReportContactMost)
	}
	return nil
}

// OfIssuer reports whether the report is for the issuer and not for the base
// that it may be about: who is complained of does not answer.
func (r Report) OfIssuer() bool { return r.Kind == ReportTraining || r.Kind == ReportService }

// Answered gives the report its answer, once.
func (r Report) Answered(by Actor, outcome ReportOutcome, answer string, now time.Time) (Report, error) {
	answer = strings.TrimSpace(answer)
	switch {
	case r.Outcome != "":
		return r, Fail(Conflict, "report.answered")
	case !slices.Contains(r.Outcomes(), outcome):
		return r, FailField(Invalid, "outcome", "report.outcome")
	case answer == "":
		return r, FailField(Invalid, "answer", "report.answer")
	case utf8.RuneCountInString(answer) > ReportTextMost:
		return r, FailField(Invalid, "answer", "report.long", ReportTextMost)
	}
	r.Outcome, r.Answer, r.AnsweredBy, r.AnsweredAt = outcome, answer, by.Account, now
	return r, nil
}

// Granted answers the wish to be erased by the erasure.
func (r Report) Granted(by Actor, now time.Time) Report {
	r.Outcome, r.AnsweredBy, r.AnsweredAt = ReportErased, by.Account, now
	return r
}

// TakenBack ends a wish to be erased that its holder no longer has.
func (r Report) TakenBack(now time.Time) (Report, error) {
	if r.Outcome != "" {
		return r, Fail(Conflict, "report.answered")
	}
	r.Outcome, r.AnsweredAt = ReportWithdrawn, now
	return r, nil
}

// Erased takes the reporter's words out; what was answered stays.
func (r Report) Erased(now time.Time) Report {
	r.Text, r.Contact, r.About = "", "", ""
	if r.ErasedAt.IsZero() {
		r.ErasedAt = now
	}
	return r
}

// Overdue reports whether the answer is late on the day.
func (r Report) Overdue(today Date) bool { return r.Outcome == "" && today.After(r.DueOn) }

// WorkingDaysAfter is the day that many Mondays to Fridays after d. Holidays are
// not known here.
func WorkingDaysAfter(d Date, n int) Date {
	end := d
	for workingDays(d, end) < n {
		end = end.AddDays(1)
	}
	return end
}
