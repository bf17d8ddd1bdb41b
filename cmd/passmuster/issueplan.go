package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/demo"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
)

// issuePlan is what is known before anything is made.
type issuePlan struct {
	base   registry.Base
	course registry.Course
	on     registry.Date  // of the last session
	named  registry.Class // the class that --class names
}

// plan checks course, base, day and approver.
func (c *issueCmd) plan(e *env, a *app, by, approver registry.Actor) (issuePlan, error) {
	var p issuePlan
	err := a.db.Read(e.ctx, func(tx *store.Tx) (err error) {
		if p.base, err = tx.Base(e.ctx, strings.ToUpper(c.Base)); err != nil {
			return err
		}
		if p.course, err = tx.ActiveCourse(e.ctx, strings.ToUpper(c.Course)); err != nil {
			return err
		}
		if c.Class != "" {
			if p.named, err = tx.ClassByCode(e.ctx, strings.ToUpper(c.Class)); err != nil {
				return err
			}
			if p.named.Course != p.course.Code || p.named.Base != p.base.Code {
				return registry.FailField(registry.Invalid, "class", "usage.class", p.named.Code)
			}
			if p.course, err = tx.Course(e.ctx, p.named.Course, p.named.CourseVersion); err != nil {
				return err
			}
		}
		return mayApprove(e, tx, p.base, by, approver)
	})
	if err != nil {
		return p, err
	}
	if p.named.ID != "" {
		p.on = p.named.EndsOn()
		return p, nil
	}
	p.on, err = c.day(p.base, a.clock.Now())
	return p, err
}

// mayApprove asks before the work what the approval will ask after it.
func mayApprove(e *env, tx *store.Tx, base registry.Base, by, approver registry.Actor) error {
	if err := access.Allow(e.ctx, tx, approver, registry.ReadClass, registry.ApproveClass, base.Host, "base", base.Code); err != nil {
		return err
	}
	switch {
	case approver.Person == "" || by.Person == "":
		return registry.Fail(registry.Forbidden, "four_eyes.no_person")
	case approver.Account == by.Account || approver.Person == by.Person:
		return registry.Fail(registry.Forbidden, "four_eyes.submitter")
	}
	return nil
}

func (c *issueCmd) day(base registry.Base, now time.Time) (registry.Date, error) {
	loc, err := registry.Zone(base.TZ)
	if err != nil {
		return registry.Date{}, err
	}
	today := registry.DateOf(now.In(loc))
	if c.Date == "" {
		return today, nil
	}
	on, err := registry.ParseDate(c.Date)
	if err != nil {
		return on, err
	}
	if on.After(today) {
		return on, registry.Fail(registry.Conflict, "class.future", c.Base, on)
	}
	if today.After(on.AddDays(registry.TooLateAfter)) {
		return on, registry.Fail(registry.Conflict, "class.too_late", c.Base, on, registry.TooLateAfter)
	}
	return on, nil
}

// writable makes the folder and tries it out.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return registry.FailField(registry.Invalid, "out", "usage.out", dir)
	}
	f, err := os.CreateTemp(dir, ".passmuster-*")
	if err != nil {
		return registry.FailField(registry.Invalid, "out", "usage.out", dir)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// class is the one that is named, the one that an earlier run of the same roster
// made, or a new one. It reports whether it was made now.
func (c *issueCmd) class(e *env, a *app, by registry.Actor, p issuePlan, roster *intake.Roster) (registry.Class, bool, error) {
	if p.named.ID != "" {
		return p.named, false, nil
	}
	if class, found, err := earlierRun(e, a, p, roster); err != nil || found {
		return class, false, err
	}
	in := training.ClassInput{Course: p.course.Code, Base: p.base.Code, Setting: "hospital", RatioReason: "recorded from a roster after the class",
		Sessions: untimed(demo.Sessions(p.course, p.on)), Trainers: []registry.ClassTrainer{{Person: by.Person, Role: "lead"}}}
	if c.Lang != "" {
		in.Languages = strings.Split(c.Lang, "+")
	}
	for _, email := range c.Trainer {
		account, err := a.byEmail(e.ctx, email)
		if err != nil {
			return registry.Class{}, false, err
		}
		in.Trainers = append(in.Trainers, registry.ClassTrainer{Person: account.Person, Role: "instructor"})
	}
	class, err := a.training.CreateClass(e.ctx, by, in)
	return class, true, err
}

// untimed takes the hours off the sessions: a roster tells the day alone, and the
// class of an evening must not count as one of the morning, nor wait for noon.
func untimed(sessions []registry.Session) []registry.Session {
	for i := range sessions {
		sessions[i].From, sessions[i].To = "", ""
	}
	return sessions
}

// earlierRun finds the class of the same course, base and day that holds exactly
// the people of the roster: the same file given again must not certify anybody
// twice, and goes on where an interrupted run stopped.
func earlierRun(e *env, a *app, p issuePlan, roster *intake.Roster) (registry.Class, bool, error) {
	var class registry.Class
	found := false
	sessions := demo.Sessions(p.course, p.on)
	stem := fmt.Sprintf("%s-%s-%s", p.base.Code, p.course.Code, strings.ReplaceAll(sessions[0].On.String(), "-", ""))
	err := a.db.Read(e.ctx, func(tx *store.Tx) error {
		for n := 1; !found; n++ {
			var err error
			if class, err = tx.ClassByCode(e.ctx, fmt.Sprintf("%s-%d", stem, n)); isNotFound(err) {
				return nil
			} else if err != nil {
				return err
			}
			if class.Status == registry.ClassCancelled {
				continue
			}
			list, err := tx.Enrolments(e.ctx, class.ID)
			if err != nil {
				return err
			}
			found = sameRoster(list, roster)
		}
		return nil
	})
	return class, found, err
}

func sameRoster(list []registry.Enrolment, roster *intake.Roster) bool {
	hashes := map[string]bool{}
	for _, e := range list {
		hashes[e.RowHash] = true
	}
	n := 0
	for _, row := range roster.Good() {
		if _, no := notPassed(row); no {
			continue
		}
		if n++; !hashes[row.Hash] {
			return false
		}
	}
	return n > 0 && n == len(list)
}
