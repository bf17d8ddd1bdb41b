package training

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Room is a class as somebody sees it who is about to join: enough to know that
// it is the right one.
type Room struct {
	Class  registry.Class
	Course registry.Course
	Base   registry.Base
	Ticket string // to be sent with the form; "" where the slip's secret is the way in
	Key    string // what the form is kept by on the phone: nobody's secret
	AskID  bool   // the course proves a skill, so its certificate names an id
	FullID bool   // and the whole number is needed

	org registry.ID
}

// Pass is the way in that somebody holds: the ticket of a form that a code
// opened, or the secret of a blank slip.
type Pass struct{ Ticket, Slip string }

// SelfInput is what somebody writes about himself.
type SelfInput struct {
	Key    string // of the form, at least 16 characters: the same form sent again gets the same answer
	Name   string
	IDType string
	ID     string // whole number, or its last four characters where the course allows
	Phone  string
	Lang   string // of the page
	Other  bool   // "somebody else of that name": said after the question was asked
	Agreed string // the name as it was shown before; another one is shown first
}

// Joined is a place on the list.
type Joined struct {
	Position int
	Name     string
	Token    string // of the private page
	Again    bool   // the form was sent before
}

// EnterJoin reads a code from the trainer's screen and gives the ticket for the
// form. A code whose time is over is "join.changed", one that never was is
// NotFound.
func (s *Service) EnterJoin(ctx context.Context, typed string) (Room, error) {
	code, id, ok := registry.ParseJoinCode(typed)
	if !ok {
		return Room{}, registry.Fail(registry.NotFound, "join.unknown")
	}
	back, ours := s.slotOf(code, id, registry.JoinPast)
	if !ours {
		return Room{}, registry.Fail(registry.NotFound, "join.unknown")
	}
	var r Room
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		door, err := tx.DoorByRoom(ctx, id)
		if isNotFound(err) {
			return registry.Fail(registry.NotFound, "join.unknown")
		}
		if err != nil {
			return err
		}
		if r, err = s.room(ctx, tx, door.Class); err != nil {
			return err
		}
		r.Key = id
		if err := s.letsIn(r.Class, door); err != nil {
			return err
		}
		if back >= registry.JoinKept {
			return registry.Fail(registry.Conflict, "join.changed")
		}
		r.Ticket = s.ticket(id, s.Now().Add(registry.JoinTicket))
		return nil
	})
	return r, err
}

// JoinRoom returns the class that a pass leads to, whether or not it still lets
// anybody in; the pass itself has to be ours.
func (s *Service) JoinRoom(ctx context.Context, p Pass) (Room, error) {
	var r Room
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		r, _, err = s.admitted(ctx, tx, p)
		var refusal *registry.Error
		if r.Class.ID != "" && errors.As(err, &refusal) {
			err = nil
		}
		return err
	})
	return r, err
}

// admitted finds the class of a pass. A refusal comes with the room, so that
// somebody whose form was answered before still finds his place.
func (s *Service) admitted(ctx context.Context, tx *store.Tx, p Pass) (Room, registry.Slip, error) {
	if p.Slip != "" {
		return s.bySlip(ctx, tx, p.Slip)
	}
	id, until, ok := s.readTicket(p.Ticket)
	if !ok {
		return Room{}, registry.Slip{}, registry.Fail(registry.NotFound, "join.unknown")
	}
	door, err := tx.DoorByRoom(ctx, id)
	if err != nil {
		return Room{}, registry.Slip{}, err
	}
	r, err := s.room(ctx, tx, door.Class)
	if err != nil {
		return r, registry.Slip{}, err
	}
	r.Key, r.Ticket = id, p.Ticket
	if err := s.letsIn(r.Class, door); err != nil {
		return r, registry.Slip{}, err
	}
	if !s.Now().Before(until) {
		return r, registry.Slip{}, registry.Fail(registry.Conflict, "join.changed")
	}
	return r, registry.Slip{}, nil
}

// bySlip lets in who holds a paper slip that waits for its person, as long as
// the class takes records: he may have no network before he is at home.
func (s *Service) bySlip(ctx context.Context, tx *store.Tx, token string) (Room, registry.Slip, error) {
	slip, err := tx.SlipByToken(ctx, access.TokenHash(token))
	if err != nil {
		return Room{}, slip, err
	}
	r, err := s.room(ctx, tx, slip.Class)
	if err != nil {
		return r, slip, err
	}
	r.Key = "slip"
	switch {
	case !slip.VoidAt.IsZero():
		return r, slip, registry.Fail(registry.Conflict, "slip.void", slip.Number)
	case slip.Enrolment != "":
		return r, slip, registry.Fail(registry.Conflict, "slip.linked", slip.Number)
	case r.Class.Recordable() != nil:
		return r, slip, registry.Fail(registry.Conflict, "join.closed")
	}
	return r, slip, nil
}

func (s *Service) letsIn(class registry.Class, d registry.Door) error {
	switch {
	case class.Recordable() != nil, !d.ClosedAt.IsZero():
		return registry.Fail(registry.Conflict, "join.closed")
	case !d.OpenAt(s.Now()):
		return registry.Fail(registry.Conflict, "join.late", registry.JoinAfterClass)
	}
	return nil
}

func (s *Service) room(ctx context.Context, tx *store.Tx, id registry.ID) (r Room, err error) {
	if r.Class, err = tx.Class(ctx, id); err != nil {
		return r, err
	}
	if r.org, err = tx.ClassOrg(ctx, id); err != nil {
		return r, err
	}
	if r.Course, err = tx.Course(ctx, r.Class.Course, r.Class.CourseVersion); err != nil {
		return r, err
	}
	r.FullID = r.Course.RequireID
	r.AskID = r.FullID || r.Course.Kind == registry.Competence
	r.Base, err = tx.Base(ctx, r.Class.Base)
	return r, err
}

// PrintedName is a name as a certificate would show it, with what is wrong and
// what to look at; "" where it cannot be printed.
func (s *Service) PrintedName(name string) (string, []registry.Fault) {
	table, override := intake.TableOf([]map[string]string{{string(intake.FieldName): name}})
	roster, err := intake.ReadRoster(table, intake.Options{Uncovered: s.Uncovered, Override: override})
	if err != nil || len(roster.Rows) != 1 {
		return "", []registry.Fault{{Field: "name", Code: "name.empty"}}
	}
	return roster.Rows[0].Name, roster.Rows[0].Faults
}

// JoinSelf puts somebody on the list by his own word, unconfirmed until the
// head-count. The refusals are Invalid "join.wrong" with a fault for each field,
// and Conflict "join.preview" (the name is shown first, as it will be printed),
// "join.same_name" (the question whether he is on the list already, with the
// number), "join.already" (he is, by his full id), "join.struck", "join.full",
// "join.closed", "join.late", "join.changed". None tells anything about another
// than that number, and another's link is never given.
func (s *Service) JoinSelf(ctx context.Context, p Pass, in SelfInput) (Joined, error) {
	var out Joined
	if len(in.Key) < 16 {
		return out, registry.Fail(registry.Invalid, "join.key")
	}
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		r, slip, refusal := s.admitted(ctx, tx, p)
		if r.Class.ID == "" {
			return refusal
		}
		again, err := s.answered(ctx, tx, r, in)
		if err != nil || again.Token != "" {
			out = again
			return err
		}
		if refusal != nil {
			return refusal
		}
		e := entry{s: s, tx: tx, room: r, in: in}
		if err := e.read(); err != nil {
			return err
		}
		if err := e.place(ctx); err != nil {
			return err
		}
		if err := e.keep(ctx, slip); err != nil {
			return err
		}
		out = Joined{Position: e.made.Position, Name: e.made.Name, Token: access.HolderToken(s.Keys, e.made.ID, 1)}
		return nil
	})
	return out, err
}

// answered finds the row that the same form made before: a line may break
// after the row was stored. Key and name are both asked for.
func (s *Service) answered(ctx context.Context, tx *store.Tx, r Room, in SelfInput) (Joined, error) {
	entry, err := tx.SelfEntryByKey(ctx, access.TokenHash(in.Key))
	if isNotFound(err) {
		return Joined{}, nil
	}
	if err != nil {
		return Joined{}, err
	}
	e, err := tx.Enrolment(ctx, entry.Enrolment)
	if err != nil {
		return Joined{}, err
	}
	if e.Class != r.Class.ID || registry.NameKey(e.Name) != registry.NameKey(in.Name) {
		return Joined{}, registry.Fail(registry.Conflict, "join.key")
	}
	return Joined{Position: e.Position, Name: e.Name, Token: access.HolderToken(s.Keys, e.ID, 1), Again: true}, nil
}

// entry is one form on its way to the list.
type entry struct {
	s     *Service
	tx    *store.Tx
	room  Room
	in    SelfInput
	row   intake.Row
	list  []registry.Enrolment
	known bool // the person is registered
	who   registry.Person
	doubt string
	made  registry.Enrolment
}

// last4 is the end of an id that somebody gave instead of the whole.
func (e *entry) last4() string {
	id := strings.ToUpper(strings.Join(strings.Fields(e.in.ID), ""))
	if e.room.FullID || len(id) != 4 {
		return ""
	}
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return ""
		}
	}
	return id
}

// read reads the form by the rules of a roster.
func (e *entry) read() error {
	fields := map[string]string{string(intake.FieldName): e.in.Name, string(intake.FieldPhone): e.in.Phone}
	end := e.last4()
	if end == "" {
		fields[string(intake.FieldIDType)], fields[string(intake.FieldID)] = e.in.IDType, e.in.ID
	}
	table, override := intake.TableOf([]map[string]string{fields})
	o := e.s.optionsFor(e.room.Course, e.room.Class.StartsOn())
	o.Override = override
	roster, err := intake.ReadRoster(table, o)
	if err != nil || len(roster.Rows) != 1 { // nothing but blanks
		return e.wrong(registry.Fault{Field: "name", Code: "name.empty"})
	}
	e.row = roster.Rows[0]
	if end != "" {
		e.row.IDLast4, e.row.IDType = end, e.idType()
	}
	return e.judge(end)
}

// idType is the kind that was chosen, "" for none.
func (e *entry) idType() registry.IDType {
	t, _ := registry.IDTypeFromText(e.in.IDType)
	return t
}

// judge refuses what has to be put right, then shows the name as it will be
// printed where that is not what was typed, or where there is a doubt.
func (e *entry) judge(end string) error {
	var wrong []registry.Fault
	doubts := false
	for _, f := range e.row.Faults {
		switch {
		case strings.HasPrefix(f.Code, "phone."): // the way back to a lost page: worth a second look
			f.Warn = false
			wrong = append(wrong, f)
		case !f.Warn:
			wrong = append(wrong, f)
		case strings.HasPrefix(f.Code, "name."):
			doubts = true
		}
	}
	if e.room.FullID && len([]rune(e.row.ID)) == 4 { // a habit of other forms
		wrong = append(wrong, registry.Fault{Field: "id", Code: "join.id_whole"})
	}
	if e.room.AskID && e.row.ID == "" && end == "" && len(wrong) == 0 {
		wrong = append(wrong, registry.Fault{Field: "id", Code: "join.id_needed"})
	}
	if len(wrong) > 0 {
		return e.wrong(wrong...)
	}
	if (doubts || e.row.Name != strings.TrimSpace(e.in.Name)) && e.in.Agreed != e.row.Name {
		return &registry.Error{Kind: registry.Conflict, Code: "join.preview", Args: []any{e.row.Name}, Faults: e.row.Faults}
	}
	return nil
}

func (e *entry) wrong(faults ...registry.Fault) error {
	return &registry.Error{Kind: registry.Invalid, Code: "join.wrong", Args: []any{len(faults)}, Faults: faults}
}

// place finds out whether there is room, and whether somebody is there already.
func (e *entry) place(ctx context.Context) (err error) {
	if e.list, err = e.tx.Enrolments(ctx, e.room.Class.ID); err != nil {
		return err
	}
	taken, waiting := 0, 0
	for _, o := range e.list {
		if o.Status != registry.Withdrawn {
			taken++
		}
		if o.Status == registry.Unconfirmed {
			waiting++
		}
	}
	if e.who, e.known, err = e.person(ctx); err != nil {
		return err
	}
	if err := e.twin(); err != nil {
		return err
	}
	if taken >= e.room.Class.Places() || waiting >= registry.JoinWaiting {
		return registry.Fail(registry.Conflict, "join.full")
	}
	return nil
}

// person finds who is registered by the full id. An id that belongs to another
// name is nobody's business here: the row is taken without it, and the trainer
// looks at the document.
func (e *entry) person(ctx context.Context) (registry.Person, bool, error) {
	row := e.row
	p := registry.Person{ID: store.NewID(), Name: row.Name, NameKey: registry.NameKey(row.Name), IDType: row.IDType, IDLast4: row.IDLast4,
		BirthDate: row.BirthDate, Phone: row.Phone, Lang: e.in.Lang, Demo: e.s.Demo, Version: 1}
	if row.ID == "" {
		return p, false, nil
	}
	p.IDHash = e.s.Keys.IDHash(string(row.IDType), row.ID)
	found, err := e.tx.PersonByIDHash(ctx, p.IDHash)
	switch {
	case isNotFound(err):
		return p, false, nil
	case err != nil:
		return p, false, err
	case registry.NameKey(found.Name) != p.NameKey:
		p.IDHash, e.doubt = "", registry.DoubtID
		return p, false, nil
	}
	return found, true, nil
}

// twin asks about somebody of the same id or name who is on the list.
func (e *entry) twin() error {
	for _, t := range e.room.Class.Trainers {
		if e.known && t.Person == e.who.ID {
			return registry.Fail(registry.Conflict, "join.trainer")
		}
	}
	key := registry.NameKey(e.row.Name)
	namesake := 0
	for _, o := range e.list {
		switch {
		case e.known && o.Person == e.who.ID && o.Status == registry.Withdrawn:
			return registry.Fail(registry.Conflict, "join.struck")
		case e.known && o.Person == e.who.ID:
			return registry.Fail(registry.Conflict, "join.already", o.Position)
		case o.Status != registry.Withdrawn && registry.NameKey(o.Name) == key && namesake == 0:
			namesake = o.Position
		}
	}
	switch {
	case namesake == 0:
		return nil
	case !e.in.Other:
		return registry.Fail(registry.Conflict, "join.same_name", namesake)
	case e.row.IDLast4 == "" && e.row.Phone == "": // two rows that nothing tells apart
		return e.wrong(registry.Fault{Field: "phone", Code: "join.tell_apart"})
	case e.doubt == "":
		e.doubt = registry.DoubtName
	}
	return nil
}

// keep stores person, row and entry, and links the slip that let him in.
func (e *entry) keep(ctx context.Context, slip registry.Slip) error {
	if !e.known {
		if err := e.tx.AddPerson(ctx, e.who); err != nil {
			return err
		}
	}
	position := 0
	for _, o := range e.list {
		position = max(position, o.Position)
	}
	e.made = registry.Enrolment{ID: store.NewID(), Class: e.room.Class.ID, Person: e.who.ID, Position: position + 1, Name: e.row.Name, IDLast4: e.row.IDLast4,
		Source: "self", RowHash: e.row.Hash, Status: registry.Unconfirmed, Version: 1}
	if err := e.tx.AddEnrolment(ctx, e.made, access.TokenHash(access.HolderToken(e.s.Keys, e.made.ID, 1))); err != nil {
		return err
	}
	now := e.s.Now()
	made := registry.SelfEntry{Enrolment: e.made.ID, Class: e.room.Class.ID, Doubt: e.doubt, At: now}
	if err := e.tx.AddSelfEntry(ctx, made, access.TokenHash(e.in.Key)); err != nil {
		return err
	}
	if slip.ID != "" {
		if err := e.linkSlip(ctx, slip, now); err != nil {
			return err
		}
	}
	return e.tx.Audit(ctx, store.Act{Action: "join.self", ObjectType: "enrolment", Object: e.made.ID, Org: e.room.org, After: e.made, At: now,
		Detail: map[string]string{"class": e.room.Class.Code, "doubt": e.doubt}})
}

// linkSlip gives the slip to the row. A slip is linked to people who are
// enrolled; this one waits with its row, and leads nowhere if it is struck out.
func (e *entry) linkSlip(ctx context.Context, slip registry.Slip, now time.Time) error {
	sure := e.made
	sure.Status = registry.Enrolled
	linked, err := slip.Link(sure, "", now)
	if err != nil {
		return err
	}
	_, err = e.tx.SaveSlip(ctx, linked)
	return err
}
