package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/access"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// ActKind is what an act of a recorder does.
type ActKind string

// The kinds of act.
const (
	ActAttendance ActKind = "attendance"  // one person, one session or all that have begun
	ActTheory     ActKind = "theory"      // one person's score
	ActSkills     ActKind = "skills"      // items of one person's skills sheet
	ActAllPresent ActKind = "all_present" // everybody named, where nothing is recorded
	ActAllPassed  ActKind = "all_passed"  // everybody named of whom nothing is marked, on a statement
	ActUndo       ActKind = "undo"        // takes back one of the two above
	ActEnrol      ActKind = "enrol"       // somebody who came without being on the roster
)

// Act is one thing that somebody did on a recorder. It carries a name made by
// the device, so that it is done once however often it is sent, and what the
// device saw in each place that it writes to, so that nothing is written over
// unseen.
type Act struct {
	ID         string            `json:"id" minLength:"8" maxLength:"64" doc:"Made by the device; the same act sent again changes nothing"`
	Kind       ActKind           `json:"kind" enum:"attendance,theory,skills,all_present,all_passed,undo,enrol"`
	At         time.Time         `json:"at,omitzero" doc:"When it was done, by the device's clock; left out: now"`
	Enrolment  string            `json:"enrolment,omitempty" maxLength:"80" doc:"Whom it is about; act:ID for somebody whom the act ID enrols"`
	Session    registry.ID       `json:"session,omitempty" maxLength:"64" doc:"attendance: left out, every session that has begun"`
	State      registry.Presence `json:"state,omitempty" enum:"present,late,left_early,absent"`
	Minutes    *int              `json:"minutes,omitempty" minimum:"0" maximum:"1440" doc:"Attended, for late and left_early; left out: ten fewer than the session has"`
	Score      *int              `json:"score,omitempty" doc:"theory, 0 to 100"`
	Attempt    int               `json:"attempt,omitempty" minimum:"0" maximum:"100" doc:"theory, skills: which attempt it belongs to; left out: the current one. One more than that begins a re-test"`
	Items      map[string]bool   `json:"items,omitempty" doc:"skills: item code and whether it was passed"`
	Clear      bool              `json:"clear,omitempty" doc:"Take back what is recorded there"`
	Station    registry.ID       `json:"station,omitempty" maxLength:"64" doc:"skills: where it was seen: a station of the class that watches each item, open at that time"`
	Note       string            `json:"note,omitempty" maxLength:"500" doc:"For instance what was practised before a re-test"`
	Statement  string            `json:"statement,omitempty" maxLength:"500" doc:"all_passed: the assessor's word"`
	Enrolments []string          `json:"enrolments,omitempty" maxItems:"5000" nullable:"false" doc:"all_present, all_passed: whom it is about; left out: everybody"`
	Undoes     string            `json:"undoes,omitempty" maxLength:"64" doc:"undo: the id of the act to take back"`
	Name       string            `json:"name,omitempty" maxLength:"200" doc:"enrol"`
	IDType     string            `json:"id_type,omitempty" maxLength:"20" doc:"enrol"`
	IDNumber   string            `json:"id_number,omitempty" maxLength:"60" doc:"enrol"`
	Slip       string            `json:"slip,omitempty" maxLength:"200" doc:"enrol: number or code of the blank claim slip that was handed out"`
	Seen       map[string]string `json:"seen,omitempty" doc:"What the device saw in each place: session id, score or item code, to the place's seen; left out: not compared"`
}

// What an act came to.
const (
	ActDone      = "done"
	ActUnchanged = "unchanged" // it stood there already
	ActConflict  = "conflict"  // somebody else wrote there meanwhile; nothing was changed
	ActRefused   = "refused"
)

// ActResult is what an act came to, with what stands now in the places that it
// is about.
type ActResult struct {
	ID        string          `json:"id"`
	Result    string          `json:"result" enum:"done,unchanged,conflict,refused"`
	Enrolment registry.ID     `json:"enrolment,omitempty" doc:"enrol: the new enrolment"`
	Cells     map[string]Cell `json:"cells,omitempty" doc:"By place: a:ENROLMENT:SESSION, t:ENROLMENT: or s:ENROLMENT:ITEM"`
	Count     int             `json:"count,omitempty" doc:"Acts on many: people whom it changed"`
	Left      int             `json:"left,omitempty" doc:"Acts on many: people left as they are"`
	Again     bool            `json:"again,omitempty" doc:"The act was sent before; nothing was done this time"`
	Clock     bool            `json:"clock,omitempty" doc:"The device's clock cannot be right (before the class, or ahead of the server): the server's time was taken"`
	Code      string          `json:"code,omitempty" doc:"Why it was refused, or what else to know"`
	Message   string          `json:"message,omitempty"`
	Fix       string          `json:"fix,omitempty"`

	Refusal *registry.Error `json:"-"` // behind Code, for a face to tell in the reader's language
}

// Cell is what stands in one place of the record.
type Cell struct {
	Seen    string    `json:"seen" doc:"Send it back with what is written over it"`
	Value   string    `json:"value" doc:"present, late, left_early, absent; a score; pass or fail; empty: nothing"`
	Minutes int       `json:"minutes,omitempty" doc:"Attended"`
	Attempt int       `json:"attempt,omitempty"`
	By      string    `json:"by,omitempty" doc:"Who recorded it"`
	At      time.Time `json:"at,omitzero"`
	Bulk    bool      `json:"bulk,omitempty" doc:"Recorded for many at once"`
}

// MaxActs is how many acts are taken at a time.
const MaxActs = 500

// Record does the acts in their order and says of each what it came to. An act
// that is refused, or that meets what somebody else wrote, changes nothing and
// keeps no other from being done.
func (s *Service) Record(ctx context.Context, by registry.Actor, class registry.ID, acts []Act) ([]ActResult, error) {
	if len(acts) > MaxActs {
		return nil, registry.Fail(registry.TooLarge, "act.many", MaxActs)
	}
	if len(acts) == 0 { // still tells who may not look
		_, err := s.recordActs(ctx, by, class, nil)
		return []ActResult{}, err
	}
	var results []ActResult
	for len(acts) > 0 {
		n := 1
		if acts[0].Kind == ActEnrol {
			result, err := s.enrolAct(ctx, by, class, acts[0])
			if err != nil {
				return nil, err
			}
			results = append(results, result)
		} else {
			for n < len(acts) && acts[n].Kind != ActEnrol {
				n++
			}
			some, err := s.recordActs(ctx, by, class, acts[:n])
			if err != nil {
				return nil, err
			}
			results = append(results, some...)
		}
		acts = acts[n:]
	}
	return results, nil
}

// recordActs does acts of which none enrols, in one transaction.
func (s *Service) recordActs(ctx context.Context, by registry.Actor, id registry.ID, acts []Act) ([]ActResult, error) {
	var results []ActResult
	err := s.DB.Tx(ctx, func(tx *store.Tx) error {
		results = make([]ActResult, 0, len(acts))
		r, err := s.openRecorder(ctx, tx, by, id)
		if err != nil {
			return err
		}
		for _, a := range acts {
			result, err := r.act(a)
			if err != nil {
				return err
			}
			results = append(results, result)
		}
		return r.finish()
	})
	return results, err
}

// act does one act, or returns what it came to before.
func (r *recorder) act(a Act) (ActResult, error) {
	if stored, done, err := storedAct(r.ctx, r.tx, r.class.ID, a); err != nil || done {
		return stored, err
	}
	var wrong bool
	a.At, wrong = r.when(a.At)
	out, err := r.do(a)
	var refusal *registry.Error
	switch {
	case errors.As(err, &refusal):
		return refusedAct(a, refusal), nil
	case err != nil:
		return ActResult{}, err
	}
	out.ID, out.Clock = a.ID, wrong
	if out.Result == ActDone {
		r.done[string(a.Kind)]++
	}
	if out.Result == ActConflict {
		return out, nil
	}
	return out, r.keep(a, out)
}

func (r *recorder) do(a Act) (ActResult, error) {
	if err := a.fault(); err != nil {
		return ActResult{}, err
	}
	if err := r.class.Recordable(); err != nil {
		return ActResult{}, err
	}
	switch a.Kind {
	case ActAttendance, ActAllPresent:
		if err := r.may(registry.RecordAttendance); err != nil {
			return ActResult{}, err
		}
	case ActUndo: // asked with what it takes back
	default:
		if err := r.mayAssess(); err != nil {
			return ActResult{}, err
		}
	}
	switch a.Kind {
	case ActAttendance:
		return r.attendanceAct(a)
	case ActTheory:
		return r.theoryAct(a)
	case ActSkills:
		return r.skillsAct(a)
	case ActAllPresent:
		return r.allPresent(a)
	case ActAllPassed:
		return r.allPassed(a)
	}
	return r.undo(a)
}

// fault refuses an act that no recorder can have made.
func (a Act) fault() error {
	switch a.Kind {
	case ActAttendance, ActTheory, ActSkills, ActAllPresent, ActAllPassed, ActUndo, ActEnrol:
	default:
		return registry.FailField(registry.Invalid, "kind", "act.kind", string(a.Kind))
	}
	if len(a.ID) < 8 || len(a.ID) > 64 || strings.ContainsFunc(a.ID, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return registry.FailField(registry.Invalid, "id", "act.id")
	}
	return nil
}

func refusedAct(a Act, refusal *registry.Error) ActResult {
	return ActResult{ID: a.ID, Result: ActRefused, Code: refusal.Code, Refusal: refusal}
}

// storedAct is what the act came to when it was sent before.
func storedAct(ctx context.Context, tx *store.Tx, class registry.ID, a Act) (ActResult, bool, error) {
	stored, err := tx.RecorderAct(ctx, class, a.ID)
	switch {
	case isNotFound(err):
		return ActResult{}, false, nil
	case err != nil:
		return ActResult{}, false, err
	case stored.BodySHA != a.sum():
		return refusedAct(a, &registry.Error{Kind: registry.Invalid, Code: "act.reused"}), true, nil
	}
	out, err := resultOf(stored)
	out.Again = true
	return out, true, err
}

// sum tells whether two acts are one. What the device saw does not count: it
// learns more between two tries.
func (a Act) sum() string {
	a.Seen, a.At = nil, time.Time{}
	b, _ := json.Marshal(a) // plain values alone
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// keep remembers what the act came to, for when it is sent again.
func (r *recorder) keep(a Act, out ActResult) error {
	b, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("write act %s: %w", a.ID, err)
	}
	r.kept = true
	return r.tx.AddRecorderAct(r.ctx, store.RecorderAct{ID: a.ID, Class: r.class.ID, Kind: string(a.Kind), BodySHA: a.sum(), Result: b,
		Undoes: a.Undoes, By: r.by.Account, ActedAt: a.At, At: r.now})
}

// enrolAct takes somebody into the class who was written down by a device, and
// links the slip that was handed out. Sent again it finds the same person.
func (s *Service) enrolAct(ctx context.Context, by registry.Actor, id registry.ID, a Act) (ActResult, error) {
	var out ActResult
	var done bool
	err := s.DB.Read(ctx, func(tx *store.Tx) error {
		class, _, err := access.Class(ctx, tx, by, registry.ReadClass, id)
		if err != nil {
			return err
		}
		out, done, err = storedAct(ctx, tx, class.ID, a)
		return err
	})
	if err != nil || done {
		return out, err
	}
	e, err := s.enrolOne(ctx, by, id, a)
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		return refusedAct(a, refusal), nil
	}
	if err != nil {
		return out, err
	}
	err = s.DB.Tx(ctx, func(tx *store.Tx) error {
		r, err := s.openRecorder(ctx, tx, by, id)
		if err != nil {
			return err
		}
		out = ActResult{ID: a.ID, Result: ActDone, Enrolment: e.Enrolment}
		if !e.New {
			out.Result = ActUnchanged
		}
		a.At, out.Clock = r.when(a.At)
		if err := r.linkSlip(a.Slip, e.Enrolment, &out); err != nil {
			return err
		}
		if err := r.keep(a, out); err != nil {
			return err
		}
		r.done[string(a.Kind)]++
		return r.finish()
	})
	return out, err
}

// enrolOne enrols the one person of the act by the rules of a roster file.
func (s *Service) enrolOne(ctx context.Context, by registry.Actor, id registry.ID, a Act) (Enrolled, error) {
	if err := a.fault(); err != nil {
		return Enrolled{}, err
	}
	if strings.TrimSpace(a.Name) == "" {
		return Enrolled{}, registry.FailField(registry.Invalid, "name", "name.empty")
	}
	row := map[string]string{"name": a.Name}
	for field, v := range map[string]string{"id_type": a.IDType, "id": a.IDNumber} {
		if v = strings.TrimSpace(v); v != "" {
			row[field] = v
		}
	}
	roster, err := s.ReadRows(ctx, by, id, []map[string]string{row})
	if err != nil {
		return Enrolled{}, err
	}
	// Two people of one name without an id are two, and the same act is one.
	sum := sha256.Sum256([]byte("act " + a.ID))
	roster.Rows[0].Hash = hex.EncodeToString(sum[:])
	report, _, err := s.Enrol(ctx, by, id, roster.Rows, EnrolOptions{Source: "manual"})
	if err != nil {
		return Enrolled{}, err
	}
	if len(report.People) == 0 {
		for _, f := range report.Faults {
			if !f.Warn {
				return Enrolled{}, &registry.Error{Kind: registry.Invalid, Field: f.Field, Code: f.Code, Args: f.Args}
			}
		}
		return Enrolled{}, registry.FailField(registry.Invalid, "name", "name.empty")
	}
	return report.People[0], nil
}

// linkSlip gives the slip that was handed out to the person. A slip that cannot
// be given leaves the person enrolled, and says why.
func (r *recorder) linkSlip(typed string, enrolment registry.ID, out *ActResult) error {
	if strings.TrimSpace(typed) == "" {
		return nil
	}
	err := r.link(strings.TrimSpace(typed), enrolment)
	var refusal *registry.Error
	if errors.As(err, &refusal) {
		out.Code, out.Refusal = refusal.Code, refusal
		return nil
	}
	return err
}

func (r *recorder) link(typed string, enrolment registry.ID) error {
	n, ok := registry.SlipNumber(typed, r.class.Code)
	if !ok {
		return registry.FailField(registry.Invalid, "slip", "slip.unknown", typed)
	}
	before, err := r.tx.Slip(r.ctx, r.class.ID, n)
	if isNotFound(err) {
		return registry.FailField(registry.Invalid, "slip", "slip.unknown", typed)
	}
	if err != nil {
		return err
	}
	e, err := r.tx.Enrolment(r.ctx, enrolment)
	if err != nil {
		return err
	}
	slip, err := before.Link(e, r.by.Account, r.now)
	if err != nil || slip == before {
		return err
	}
	_, err = r.tx.SaveSlip(r.ctx, slip)
	return err
}
