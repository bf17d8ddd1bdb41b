package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
	"github.com/passmuster/passmuster/internal/training"
	"github.com/passmuster/passmuster/templates/staff"
	"github.com/passmuster/passmuster/templates/ui"
)

const peoplePath = "/registry/people"

func (s *Server) mountPeople(e *gin.Engine) {
	get(e, peoplePath, s.staff(func(c *gin.Context, v visitor) error { return s.showPeople(c, v, nil) }))
	e.POST(peoplePath+"/export", s.staff(s.exportPeople))
	get(e, peoplePath+"/duplicates", s.staff(s.showTwins))
	get(e, peoplePath+"/:id", s.staff(func(c *gin.Context, v visitor) error { return s.showPerson(c, v, nil) }))
	e.POST(peoplePath+"/:id/name", s.staff(s.renamePerson))
	e.POST(peoplePath+"/:id/distinct", s.staff(s.partPeople))
	get(e, peoplePath+"/:id/merge", s.staff(func(c *gin.Context, v visitor) error {
		return s.showMerge(c, v, registry.ID(c.Query("with")), nil)
	}))
	e.POST(peoplePath+"/:id/merge", s.staff(s.mergePeople))
	e.POST(peoplePath+"/:id/merge/ask", s.staff(s.askMerge))
}

func personURL(id registry.ID) string { return peoplePath + "/" + string(id) }

// personFilter reads the filter of the address, or of a form that carries it.
func personFilter(value func(string) string) store.PersonFilter {
	text := func(name string) string { return strings.TrimSpace(value(name)) }
	return store.PersonFilter{Search: text("q"), Class: strings.ToUpper(text("class")), Base: text("base")}
}

// mostTwins is how many possible duplicates a page tells of.
const mostTwins = 100

// showPeople handles GET /registry/people, and shows the page again with why an
// export was refused.
func (s *Server) showPeople(c *gin.Context, v visitor, refusal error) error {
	ctx := c.Request.Context()
	cur := cursorOf(c, "q", "class", "base", "merge")
	if refusal != nil {
		cur = formCursor(c, peoplePath, "q", "class", "base")
	}
	f := personFilter(cur.values.Get)
	page := staff.People{Frame: s.frame(c, v, peoplePath), Tabs: registerTabs(edge.Printer(c), v, peoplePath), Search: f.Search, Class: f.Class, Base: f.Base,
		Filtered: f.Search+f.Class+f.Base != "" || !cur.first()}
	f.Before, f.Limit = cur.before(), pageSize+1
	list, err := s.Training.Persons(ctx, v.actor, f)
	if err != nil {
		return err
	}
	n, err := s.names(c)
	if err == nil {
		n, err = s.scope(ctx, n, v.actor, registry.ReadPerson)
	}
	if err != nil {
		return err
	}
	page.Bases = baseOptions(page.Frame, n, page.Base)
	if err := s.peopleAsides(ctx, v, cur.values.Get("merge"), &page); err != nil {
		return err
	}
	var shown int
	page.Pages, shown = cur.pages(len(list), func(i int) registry.ID { return list[i].ID })
	for _, p := range list[:shown] {
		row := personRow(p)
		if page.MergeOf != nil {
			if row.ID == page.MergeOf.ID {
				continue
			}
			row.URL = page.MergeOf.URL + "/merge?with=" + row.ID
		}
		page.Rows = append(page.Rows, row)
	}
	if registry.CanSomewhere(v.actor, registry.ExportPersonal) && page.MergeOf == nil {
		page.Export = staff.Export{URL: peoplePath + "/export", Keep: kept(cur.values), MayWhole: true, AlwaysWhole: true}
	}
	status := http.StatusOK
	if refusal != nil {
		if status, err = exportRefused(c, &page.Export, refusal); err != nil {
			return err
		}
	}
	return show(c, status, staff.PeoplePage(page))
}

// peopleAsides says whose other record is looked for, or how many pairs may be
// one person.
func (s *Server) peopleAsides(ctx context.Context, v visitor, merge string, page *staff.People) error {
	if merge != "" {
		view, err := s.Training.Person(ctx, v.actor, registry.ID(merge))
		if err != nil {
			return err
		}
		row := personRow(view.Person)
		page.MergeOf = &row
		return nil
	}
	if page.Filtered {
		return nil
	}
	twins, err := s.Training.Twins(ctx, v.actor, mostTwins)
	if err != nil {
		return err
	}
	asked, err := s.Training.AskedMerges(ctx, v.actor, mostTwins)
	page.Twins, page.Asked = len(twins), len(asked)
	return err
}

// formCursor is the first page of what a form carries along.
func formCursor(c *gin.Context, path string, keep ...string) cursor {
	cur := cursor{path: path, values: url.Values{}}
	for _, name := range keep {
		if v := strings.TrimSpace(c.PostForm(name)); v != "" {
			cur.values.Set(name, v)
		}
	}
	return cur
}

// personRow is a person as lists show him: ids masked.
func personRow(p registry.Person) staff.PersonRow {
	row := staff.PersonRow{ID: string(p.ID), URL: personURL(p.ID), Name: p.Name, Latin: p.LatinName, Last4: p.IDLast4, Phone: registry.MaskPhone(p.Phone), Org: p.Organization}
	if !p.BirthDate.IsZero() {
		row.Born = strconv.Itoa(p.BirthDate.Year)
	}
	return row
}

// exportPeople handles POST /registry/people/export.
func (s *Server) exportPeople(c *gin.Context, v visitor) error {
	f, p := personFilter(c.PostForm), edge.Printer(c)
	f.Limit = exportBatch
	out := outList{register: "people", head: []string{p.T("people.col.name"), p.T("people.latin"), p.T("people.col.id"), p.T("people.col.phone"), p.T("people.col.org")}}
	out.more = func(after registry.ID, put func(...string) error) (registry.ID, int, error) {
		f.Before = after
		list, err := s.Training.Persons(c.Request.Context(), access.Exporting(v.actor), f)
		for _, person := range list {
			row := personRow(person)
			if err == nil {
				err = put(row.Name, row.Latin, masked4(row.Last4), row.Phone, row.Org)
			}
			after = person.ID
		}
		return after, len(list), err
	}
	err := s.sendList(c, v, exportAsked(c, "people"), out)
	if isCode(err, "export.reason") {
		return s.showPeople(c, v, err)
	}
	return err
}

// masked4 is how the end of an id stands in a file.
func masked4(last4 string) string {
	if last4 == "" {
		return ""
	}
	return "****" + last4
}

// showTwins handles GET /registry/people/duplicates.
func (s *Server) showTwins(c *gin.Context, v visitor) error {
	if !registry.CanSomewhere(v.actor, registry.ReadPerson) {
		return registry.Fail(registry.Forbidden, "access.forbidden", string(registry.ReadPerson))
	}
	list, err := s.Training.Twins(c.Request.Context(), v.actor, mostTwins)
	if err != nil {
		return err
	}
	page := staff.Twins{Frame: s.frame(c, v, peoplePath)}
	if page.Asked, err = s.askedMerges(c, v, page.Frame); err != nil {
		return err
	}
	for _, t := range list {
		if slices.ContainsFunc(page.Asked, func(a staff.TwinPair) bool {
			return a.A.ID == string(t.A.ID) && a.B.ID == string(t.B.ID) || a.A.ID == string(t.B.ID) && a.B.ID == string(t.A.ID)
		}) {
			continue // told above, with who asked
		}
		pair := staff.TwinPair{A: personRow(t.A), B: personRow(t.B), Compare: personURL(t.A.ID) + "/merge?with=" + string(t.B.ID)}
		if registry.CanSomewhere(v.actor, registry.EditPerson) {
			pair.Distinct = personURL(t.A.ID) + "/distinct"
		}
		page.Pairs = append(page.Pairs, pair)
	}
	return show(c, http.StatusOK, staff.TwinsPage(page))
}

// askedMerges are the merges that wait for a second person.
func (s *Server) askedMerges(c *gin.Context, v visitor, f staff.Frame) ([]staff.TwinPair, error) {
	list, err := s.Training.AskedMerges(c.Request.Context(), v.actor, mostTwins)
	if err != nil {
		return nil, err
	}
	var pairs []staff.TwinPair
	for _, a := range list {
		told, err := s.askedText(c, v, f, a.Asked)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, staff.TwinPair{A: personRow(a.Keep), B: personRow(a.Gone), Compare: personURL(a.Keep.ID) + "/merge?with=" + string(a.Gone.ID), Told: told})
	}
	return pairs, nil
}

// askedText says who asked for a merge, when and why.
func (s *Server) askedText(c *gin.Context, v visitor, f staff.Frame, a store.PersonChange) (string, error) {
	var who map[registry.ID]string
	var loc *time.Location
	err := s.DB.Read(c.Request.Context(), func(tx *store.Tx) (err error) {
		if loc, err = deskZone(c.Request.Context(), tx, v); err != nil {
			return err
		}
		who, err = accountNames(c.Request.Context(), tx, f, a.By)
		return err
	})
	return f.P.T("people.merge.asked", who[a.By], f.P.Time(a.At, loc), a.Reason), err
}

// deskZone is where the reader's organization is, for what has no base of its own:
// a person may have been at many. UTC for an account without one.
func deskZone(ctx context.Context, tx *store.Tx, v visitor) (*time.Location, error) {
	for _, g := range v.actor.Grants {
		if g.Org == "" {
			continue
		}
		org, err := tx.Organization(ctx, g.Org)
		if err != nil {
			return nil, err
		}
		return registry.Zone(org.TZ)
	}
	return time.UTC, nil
}

// desk is that zone, for a page that reads nothing else of the store.
func (s *Server) desk(ctx context.Context, v visitor) (loc *time.Location, err error) {
	err = s.DB.Read(ctx, func(tx *store.Tx) error { loc, err = deskZone(ctx, tx, v); return err })
	return loc, err
}

// showPerson handles GET /registry/people/:id, and shows the page again with why
// another name was refused.
func (s *Server) showPerson(c *gin.Context, v visitor, refusal error) error {
	ctx, id := c.Request.Context(), registry.ID(c.Param("id"))
	view, err := s.Training.Person(ctx, v.actor, id)
	if err != nil {
		return err
	}
	if view.Person.ID != id {
		s.flash(c, ui.Info, "people.merged")
		return to(c, personURL(view.Person.ID))
	}
	page, err := s.personPage(c, v, s.frame(c, v, peoplePath), view)
	if err != nil {
		return err
	}
	status := http.StatusOK
	page.NewName, page.NewLatin = view.Person.Name, view.Person.LatinName
	if refusal != nil {
		if status, page.Wrong, err = explain(c, &page.Frame, refusal); err != nil {
			return err
		}
		page.NewName, page.NewLatin, page.Reason = c.PostForm("name"), c.PostForm("latin_name"), c.PostForm("reason")
	}
	return show(c, status, staff.PersonPage(page))
}

func (s *Server) personPage(c *gin.Context, v visitor, f staff.Frame, view training.PersonView) (staff.Person, error) {
	p := view.Person
	page := staff.Person{Frame: f, ID: string(p.ID), URL: personURL(p.ID), Name: p.Name, Version: p.Version, Facts: personFacts(f, view),
		CanEdit: view.MayEdit && registry.CanSomewhere(v.actor, registry.EditPerson) && (v.actor.Person == "" || v.actor.Person != p.ID),
		Find:    peoplePath + "?" + url.Values{"merge": {string(p.ID)}, "q": {p.Name}}.Encode()}
	for _, t := range view.Twins {
		page.Twins = append(page.Twins, personRow(t))
	}
	n, err := s.names(c)
	if err != nil {
		return page, err
	}
	page.History = s.personHistory(f, v, n, view)
	page.Changes, err = s.personChanges(c.Request.Context(), v, f, view.Changes)
	return page, err
}

func personFacts(f staff.Frame, view training.PersonView) []staff.FactLine {
	p := view.Person
	row := personRow(p)
	id := ""
	switch {
	case p.IDLast4 != "" && p.IDType != "":
		id = f.P.T("people.id.ends", f.P.T("intake.id_type."+string(p.IDType)), p.IDLast4)
	case p.IDLast4 != "":
		id = f.P.T("people.id.last4", p.IDLast4)
	}
	var teaches []string
	for _, a := range view.Trains {
		teaches = append(teaches, a.Course)
	}
	var facts []staff.FactLine
	for _, l := range []staff.FactLine{{Name: f.P.T("people.latin"), Text: p.LatinName}, {Name: f.P.T("people.id"), Text: id}, {Name: f.P.T("people.birth"), Text: row.Born},
		{Name: f.P.T("people.col.phone"), Text: row.Phone}, {Name: f.P.T("people.email"), Text: maskEmail(p.Email)},
		{Name: f.P.T("people.col.org"), Text: p.Organization, Soft: strings.TrimSpace(p.Department + " " + p.Title)},
		{Name: f.P.T("people.teaches"), Text: strings.Join(teaches, f.P.T("list.comma"))}} {
		if l.Text != "" {
			facts = append(facts, l)
		}
	}
	return facts
}

// maskEmail leaves the first letter and the host.
func maskEmail(s string) string {
	name, host, ok := strings.Cut(s, "@")
	if !ok || name == "" {
		return ""
	}
	return string([]rune(name)[:1]) + "***@" + host
}

func (s *Server) personHistory(f staff.Frame, v visitor, n names, view training.PersonView) staff.PersonHistory {
	h := staff.PersonHistory{Elsewhere: view.Elsewhere}
	for _, c := range view.Classes {
		line := staff.PersonClass{URL: "/t/classes/" + string(c.Class.ID), Code: c.Class.Code, Course: n.course(c.Class.Course, c.Class.CourseVersion), Base: n.base(c.Class.Base),
			Dates: f.P.DateRange(c.Class.StartsOn(), c.Class.EndsOn()), Outcome: c.Completion.Outcome, Withdrawn: c.Enrolment.Status != registry.Enrolled}
		if line.Outcome == "" {
			line.Outcome = registry.Pending
		}
		if c.Enrolment.Name != view.Person.Name {
			line.As = c.Enrolment.Name
		}
		h.Classes = append(h.Classes, line)
	}
	for _, c := range view.Credentials {
		h.Credentials = append(h.Credentials, staff.PersonCredential{CertificateRow: s.certificateRow(f, v, c), Code: c.Code.String()})
	}
	return h
}

func (s *Server) personChanges(ctx context.Context, v visitor, f staff.Frame, list []store.PersonChange) ([]staff.Event, error) {
	var ids []registry.ID
	for _, c := range list {
		ids = append(ids, c.By)
	}
	var who map[registry.ID]string
	var loc *time.Location
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if loc, err = deskZone(ctx, tx, v); err != nil {
			return err
		}
		who, err = accountNames(ctx, tx, f, ids...)
		return err
	})
	if err != nil {
		return nil, err
	}
	var events []staff.Event
	for _, c := range list {
		e := staff.Event{When: f.P.Time(c.At, loc), Who: by(f, who[c.By]), Why: c.Reason}
		switch {
		case c.Kind == store.ChangeName:
			e.What = f.P.T("people.change.name", c.FormerName)
		case c.Kind == store.ChangeDistinct:
			e.What = f.P.T("people.change.distinct")
		case c.Kind == store.ChangeAsk:
			e.What = f.P.T("people.change.ask")
		case c.FormerLast4 == "":
			e.What = f.P.T("people.change.merge.plain", c.FormerName)
		default:
			e.What = f.P.T("people.change.merge", c.FormerName, c.FormerLast4)
		}
		if c.Kind == store.ChangeMerge {
			e.Tone = ui.Warn
			e.Note = f.P.T("people.change.moved", f.P.T("people.n.classes", len(c.Moved.Enrolments)), f.P.T("people.n.credentials", len(c.Moved.Credentials)))
		}
		events = append(events, e)
	}
	return events, nil
}

// renamePerson handles POST /registry/people/:id/name.
func (s *Server) renamePerson(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	version, _ := strconv.ParseInt(c.PostForm("version"), 10, 64) // what is no number is no version, and so refused
	_, err := s.Training.Rename(c.Request.Context(), v.actor, id, version, c.PostForm("name"), c.PostForm("latin_name"), c.PostForm("reason"))
	if err != nil {
		return s.showPerson(c, v, err)
	}
	s.flash(c, ui.Good, "people.flash.renamed")
	return to(c, personURL(id))
}

// partPeople handles POST /registry/people/:id/distinct.
func (s *Server) partPeople(c *gin.Context, v visitor) error {
	id := registry.ID(c.Param("id"))
	if err := s.Training.Distinct(c.Request.Context(), v.actor, id, registry.ID(c.PostForm("other"))); err != nil {
		return err
	}
	s.flash(c, ui.Good, "people.flash.distinct")
	return to(c, personURL(id))
}

// showMerge handles GET /registry/people/:id/merge?with=ID: both histories and
// what will be left, before anything is done.
func (s *Server) showMerge(c *gin.Context, v visitor, gone registry.ID, refusal error) error {
	ctx, keep := c.Request.Context(), registry.ID(c.Param("id"))
	preview, err := s.Training.PreviewMerge(ctx, v.actor, keep, gone)
	if err != nil {
		return err
	}
	frame := s.frame(c, v, peoplePath)
	page := staff.Merge{Frame: frame, URL: personURL(keep) + "/merge", Swap: personURL(gone) + "/merge?with=" + string(keep), Once: newOnce(), Reason: c.PostForm("reason")}
	for _, side := range []struct {
		to   *staff.Person
		from training.PersonView
	}{{&page.Keep, preview.Keep}, {&page.Gone, preview.Gone}} {
		if *side.to, err = s.personPage(c, v, frame, side.from); err != nil {
			return err
		}
		side.to.History.Codes = true
	}
	for _, d := range preview.Doubts {
		message, _ := frame.P.Fault(d)
		page.Doubts = append(page.Doubts, message)
	}
	if preview.Refusal != nil {
		if page.Barred, _, err = refused(c, preview.Refusal); err != nil {
			return err
		}
	}
	page.Result = frame.P.T("people.merge.result.text", preview.Result.Name, frame.P.T("people.n.classes", len(preview.Keep.Classes)+len(preview.Gone.Classes)),
		frame.P.T("people.n.credentials", len(preview.Keep.Credentials)+len(preview.Gone.Credentials)))
	if err := s.mergeSecond(c, v, frame, preview, &page); err != nil {
		return err
	}
	status := http.StatusOK
	if refusal != nil {
		var told *staff.Refusal
		if told, status, err = refused(c, refusal); err != nil {
			return err
		}
		if fieldOf(refusal) == "reason" {
			page.Wrong = [2]string{told.Message, told.Fix}
		} else {
			page.Refusal = told
		}
	}
	return show(c, status, staff.MergePage(page))
}

// mergeSecond says who asked for a merge of records whose ids differ, and who can
// grant it.
func (s *Server) mergeSecond(c *gin.Context, v visitor, f staff.Frame, preview training.MergePreview, page *staff.Merge) (err error) {
	if !preview.Second || preview.Refusal != nil {
		return nil
	}
	second := &staff.MergeSecond{Own: preview.Own, MayGrant: preview.MayGrant, More: max(0, len(preview.MayGrant)-mostGrantors)}
	second.MayGrant = second.MayGrant[:len(second.MayGrant)-second.More]
	if a := preview.Asked; a != nil {
		if second.Asked, err = s.askedText(c, v, f, *a); err != nil {
			return err
		}
		if a.Person != preview.Keep.Person.ID {
			second.Turned = personURL(a.Person) + "/merge?with=" + string(a.Other)
		}
	}
	page.Second = second
	return nil
}

// mostGrantors is how many are named who can grant a merge.
const mostGrantors = 5

// askMerge handles POST /registry/people/:id/merge/ask.
func (s *Server) askMerge(c *gin.Context, v visitor) error {
	in := mergeInput(c)
	place, err := s.once(c, v, func() (string, error) {
		asked, err := s.Training.AskMerge(c.Request.Context(), v.actor, in)
		return personURL(asked.Person) + "/merge?with=" + string(asked.Other), err
	})
	if err != nil {
		return s.showMerge(c, v, in.Gone, err)
	}
	s.flash(c, ui.Good, "people.flash.asked")
	return to(c, place)
}

func mergeInput(c *gin.Context) training.MergeInput {
	in := training.MergeInput{Keep: registry.ID(c.Param("id")), Gone: registry.ID(c.PostForm("gone")), Reason: c.PostForm("reason")}
	in.KeepVersion, _ = strconv.ParseInt(c.PostForm("keep_version"), 10, 64) // as in renamePerson
	in.GoneVersion, _ = strconv.ParseInt(c.PostForm("gone_version"), 10, 64)
	return in
}

// mergePeople handles POST /registry/people/:id/merge.
func (s *Server) mergePeople(c *gin.Context, v visitor) error {
	in := mergeInput(c)
	place, err := s.once(c, v, func() (string, error) {
		kept, err := s.Training.Merge(c.Request.Context(), v.actor, in)
		return personURL(kept.ID), err
	})
	if err != nil {
		return s.showMerge(c, v, in.Gone, err)
	}
	s.flash(c, ui.Good, "people.flash.merged")
	return to(c, place)
}
