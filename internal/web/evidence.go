package web

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

func outcomeCounts(f staff.Frame, view training.View) []staff.Count {
	var counts []staff.Count
	for _, o := range []struct {
		is   registry.Outcome
		tone ui.Tone
	}{{registry.Pass, ui.Good}, {registry.Remediate, ui.Warn}, {registry.FailedAll, ui.Bad}, {registry.Incomplete, ui.Bad}} {
		counts = append(counts, staff.Count{Label: f.P.T("decide.count." + string(o.is)), N: view.Count(o.is), Tone: o.tone})
	}
	return counts
}

// exceptions are the people to look at first: who gets no certificate, and
// whose name should be compared with a document.
func exceptions(f staff.Frame, view training.View) []staff.Exception {
	var list []staff.Exception
	for _, m := range view.Members {
		e := m.Enrolment
		if e.Status != registry.Enrolled {
			list = append(list, staff.Exception{Position: e.Position, Text: f.P.T("decide.exception.withdrawn", e.Name)})
			continue
		}
		for _, missing := range m.Outcome.Missing {
			message, _ := f.P.Error(&registry.Error{Code: "completion." + missing, Args: []any{e.Name}})
			list = append(list, staff.Exception{Position: e.Position, Text: message})
		}
		if m.Outcome.Outcome != registry.Pass {
			continue
		}
		_, doubts := registry.CleanName(e.Name)
		for _, d := range doubts {
			message, _ := f.P.Fault(d)
			list = append(list, staff.Exception{Position: e.Position, Text: f.P.T("decide.exception.name", e.Name, message)})
		}
	}
	return list
}

// denied are the people who say that it was not them.
func denied(f staff.Frame, view training.View, answers map[registry.ID]registry.Confirmation) []staff.Exception {
	var list []staff.Exception
	for _, m := range view.Members {
		if answers[m.Enrolment.ID].Answer == registry.NotMe {
			list = append(list, staff.Exception{Position: m.Enrolment.Position, Text: f.P.T("confirm.exception", m.Enrolment.Name)})
		}
	}
	return list
}

// evidence is the table of everybody's records, in roster order.
func evidence(f staff.Frame, v visitor, view training.View, answers map[registry.ID]registry.Confirmation) []staff.Evidence {
	rows := make([]staff.Evidence, len(view.Members))
	total := view.Class.Minutes()
	for i, m := range view.Members {
		e := m.Enrolment
		row := staff.Evidence{ID: e.ID, Position: e.Position, Name: e.Name, LatinName: e.LatinName, Last4: e.IDLast4, Outcome: m.Outcome.Outcome,
			Attended: f.P.T("decide.attended", m.Outcome.Minutes, total), Short: m.Outcome.Minutes < total, Withdrawn: e.Status != registry.Enrolled, Answer: answers[e.ID].Answer}
		if access.OnlyAuditor(v.actor) {
			row.Last4 = ""
		}
		row.Theory, row.TheoryOK = evidenceTheory(f, view.Course, m)
		row.Skills, row.SkillOK = evidenceSkills(f, view.Course, m)
		row.Bulk = m.Skills != nil && m.Skills.Bulk
		rows[i] = row
	}
	return rows
}

func evidenceTheory(f staff.Frame, course registry.Course, m training.Member) (string, registry.Result) {
	if course.PassMark == 0 {
		return f.P.T("decide.not_part"), registry.CheckNotNeeded
	}
	if m.Theory == nil {
		return f.P.T("decide.not_recorded"), registry.CheckCould
	}
	var scores []string
	for n := 1; n <= m.Theory.Attempt; n++ {
		if a, ok := attemptNo(n, registry.Theory, m.Attempts); ok {
			scores = append(scores, strconv.Itoa(a.Score))
		}
	}
	return strings.Join(scores, " → "), checkOf(m.Theory.Passed)
}

func evidenceSkills(f staff.Frame, course registry.Course, m training.Member) (string, registry.Result) {
	if len(course.Skills.Items) == 0 {
		return f.P.T("decide.not_part"), registry.CheckNotNeeded
	}
	if m.Skills == nil {
		return f.P.T("decide.not_recorded"), registry.CheckCould
	}
	key := "decide.skills.passed"
	if !m.Skills.Passed {
		key = "decide.skills.failed"
	}
	if m.Skills.Attempt > 1 {
		return f.P.T(key) + " · " + f.P.T("decide.attempt", m.Skills.Attempt), checkOf(m.Skills.Passed)
	}
	return f.P.T(key), checkOf(m.Skills.Passed)
}

// attemptNo is the newest revision of an attempt.
func attemptNo(n int, kind registry.AssessmentKind, attempts []registry.Assessment) (registry.Assessment, bool) {
	return registry.LastAttempt(kind, slices.DeleteFunc(slices.Clone(attempts), func(a registry.Assessment) bool { return a.Attempt != n }))
}

func checkOf(passed bool) registry.Result {
	if passed {
		return registry.CheckYes
	}
	return registry.CheckNo
}

// accountNames maps accounts to the names of those behind them. Somebody who is
// gone keeps no name; the registry's own work has one of its own.
func accountNames(ctx context.Context, tx *store.Tx, f staff.Frame, ids ...registry.ID) (map[registry.ID]string, error) {
	names := map[registry.ID]string{"": "", access.System.Account: f.P.T("decide.by.system")}
	for _, id := range ids {
		if _, known := names[id]; known {
			continue
		}
		a, err := tx.Account(ctx, id)
		switch {
		case errors.Is(err, registry.NotFound):
			names[id] = f.P.T("decide.by.gone")
		case err != nil:
			return nil, err
		default:
			names[id] = a.Name
		}
	}
	return names, nil
}

// classPeople finds who had a hand in the class and which body will answer for
// its certificates.
func (s *Server) classPeople(ctx context.Context, f staff.Frame, view training.View) (names map[registry.ID]string, issuer registry.Organization, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if names, err = accountNames(ctx, tx, f, view.Class.CreatedBy, view.Class.SubmittedBy, view.Class.ApprovedBy); err != nil {
			return err
		}
		path, err := tx.OrganizationPath(ctx, view.Base.Host)
		if err != nil {
			return err
		}
		issuer, err = registry.IssuerOf(path)
		return err
	})
	return names, issuer, err
}

// classFacts are what the approver should know of a class besides its people.
func (s *Server) classFacts(f staff.Frame, view training.View, names map[registry.ID]string, loc *time.Location) []staff.FactLine {
	class, course := view.Class, view.Course
	var trainers []string
	for _, t := range class.Trainers {
		trainers = append(trainers, f.P.T("decide.trainer", t.Name, f.P.T("decide.role."+t.Role)))
	}
	base := staff.FactLine{Name: f.P.T("result.base"), Text: f.P.Text(view.Base.Name), Soft: view.Base.Code}
	if view.Base.Status != registry.BaseAccredited {
		base.Soft = f.P.T("decide.base."+string(view.Base.Status), view.Base.Code)
	}
	facts := []staff.FactLine{
		{Name: f.P.T("result.course"), Text: f.P.Text(course.Title), Soft: f.P.T("decide.course", course.Code, strconv.Itoa(course.Version))},
		base,
		{Name: f.P.T("result.class"), Text: f.P.DateRange(class.StartsOn(), class.EndsOn()), Soft: class.Venue},
		{Name: f.P.T("decide.trainers"), Text: strings.Join(trainers, f.P.T("list.comma"))},
	}
	if class.RatioReason != "" {
		facts = append(facts, staff.FactLine{Name: f.P.T("decide.ratio"), Text: class.RatioReason})
	}
	if !class.SubmittedAt.IsZero() {
		facts = append(facts, staff.FactLine{Name: f.P.T("decide.submitted"), Text: names[class.SubmittedBy], Soft: f.P.Time(class.SubmittedAt, loc)})
	}
	switch {
	case class.Status == registry.ClassSubmitted:
		left := s.daysLeft(class, loc)
		facts = append(facts, staff.FactLine{Name: f.P.T("decide.due"), Text: f.Left(left), Tone: staff.LeftTone(left)})
	case !class.ApprovedAt.IsZero():
		facts = append(facts, staff.FactLine{Name: f.P.T("decide.approved"), Text: names[class.ApprovedBy], Soft: f.P.Time(class.ApprovedAt, loc)})
	case class.Status == registry.ClassReturned:
		facts = append(facts, staff.FactLine{Name: f.P.T("decide.returned"), Text: class.ReturnReason})
	}
	return facts
}

// previewFacts are what the certificates will say, besides each person's name.
func previewFacts(f staff.Frame, view training.View, issuer registry.Organization, today registry.Date) []staff.FactLine {
	course := view.Course
	hours := f.P.Hours(registry.AcademicHours(course.Minutes))
	if course.Practical > 0 {
		hours = f.P.T("result.hours.practical", hours, f.P.Hours(registry.AcademicHours(course.Practical)))
	}
	var first, last registry.Date
	for _, m := range view.Members {
		if m.Outcome.Outcome != registry.Pass || m.Enrolment.Status != registry.Enrolled {
			continue
		}
		until := course.ValidUntil(m.Outcome.CompletedOn)
		if first.IsZero() || until.Before(first) {
			first = until
		}
		if until.After(last) {
			last = until
		}
	}
	until := f.P.T("result.no_expiry")
	if !last.IsZero() {
		until = f.P.DateRange(first, last)
	}
	return []staff.FactLine{
		{Name: f.P.T("result.kind"), Text: f.P.T("verdict.kind." + string(course.Kind))},
		{Name: f.P.T("decide.langs"), Text: languages(f, view.Class.Languages)},
		{Name: f.P.T("result.hours"), Text: hours},
		{Name: f.P.T("result.practical"), Text: f.P.T(map[bool]string{true: "page.yes", false: "page.no"}[course.PracticalInPerson()])},
		{Name: f.P.T("result.valid_from"), Text: f.P.Date(today), Soft: f.P.T("decide.valid_from.unless")},
		{Name: f.P.T("result.valid_until"), Text: until},
		{Name: f.P.T("result.issuer"), Text: f.P.Text(issuer.Name)},
		{Name: f.P.T("decide.signatories"), Text: signatoriesLine(f, view.Class.Signatories)},
	}
}
