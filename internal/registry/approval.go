package registry

import (
	"maps"
	"slices"
	"time"
)

// The formats of what is hashed when a class is approved; docs/approval.md
// describes them for those who check an approval themselves.
const (
	ContentFormat   = "passmuster-class-1"
	StatementFormat = "passmuster-approval-1"
)

// ApprovalContent is everything about a class that an approver decides on, in
// the order in which it is hashed. Names are digests (SHA-256 over a salt that
// the registry keeps), so the content can be kept for ever and shown to whoever
// checks an approval.
type ApprovalContent struct {
	Format        string           `json:"format"`
	Class         ID               `json:"class"`
	Code          string           `json:"code"`
	Version       int64            `json:"version"`
	Course        string           `json:"course"`
	CourseVersion int              `json:"course_version"`
	Programme     string           `json:"programme"`
	Base          string           `json:"base"`
	Setting       string           `json:"setting"`
	Languages     []string         `json:"languages"`
	Sessions      []Session        `json:"sessions"`
	Trainers      []ContentTrainer `json:"trainers"`
	Signatories   string           `json:"signatories"` // digest
	Flags         []string         `json:"flags"`
	CreatedBy     ID               `json:"created_by"`
	SubmittedBy   ID               `json:"submitted_by"`
	SubmittedAt   time.Time        `json:"submitted_at"`
	People        []ContentPerson  `json:"people"` // in roster order
}

// ContentTrainer is one person who taught.
type ContentTrainer struct {
	Person ID     `json:"person"`
	Role   string `json:"role"`
}

// ContentPerson is one person of the roster, with the result.
type ContentPerson struct {
	Enrolment   ID               `json:"enrolment"`
	Position    int              `json:"position"`
	Status      EnrolmentStatus  `json:"status"`
	Identity    string           `json:"identity"` // digest of the name as printed, the Latin name and the last of the id
	Outcome     Outcome          `json:"outcome"`
	Minutes     int              `json:"minutes"`
	CompletedOn Date             `json:"completed_on"`
	Marks       []ContentAttempt `json:"marks"` // the attempts that count
}

// ContentAttempt is the attempt of its kind that counts.
type ContentAttempt struct {
	ID       ID             `json:"id"`
	Kind     AssessmentKind `json:"kind"`
	Attempt  int            `json:"attempt"`
	Revision int            `json:"revision"`
	Score    int            `json:"score"`
	Passed   bool           `json:"passed"`
	Bulk     bool           `json:"bulk"`
	Assessor ID             `json:"assessor"`
	On       Date           `json:"on"`
}

// ContentOf gathers the content of a class; salted digests what names somebody.
func ContentOf(class Class, roster []Enrolment, completions []Completion, attempts []Assessment, salted func(of ID, parts ...string) string) ApprovalContent {
	c := ApprovalContent{Format: ContentFormat, Class: class.ID, Code: class.Code, Version: class.Version, Course: class.Course, CourseVersion: class.CourseVersion,
		Programme: class.Programme, Base: class.Base, Setting: class.Setting, Languages: listed(class.Languages), Sessions: listed(class.Sessions), Trainers: []ContentTrainer{},
		Flags: listed(class.Flags), CreatedBy: class.CreatedBy, SubmittedBy: class.SubmittedBy, SubmittedAt: class.SubmittedAt.UTC(), People: make([]ContentPerson, len(roster))}
	for _, t := range class.Trainers {
		c.Trainers = append(c.Trainers, ContentTrainer{t.Person, t.Role})
	}
	var signs []string
	for _, s := range class.Signatories {
		signs = append(signs, s.Name)
		for _, lang := range slices.Sorted(maps.Keys(s.Title)) {
			signs = append(signs, lang, s.Title[lang])
		}
	}
	c.Signatories = salted(class.ID, signs...)
	at := make(map[ID]int, len(roster))
	for i, e := range roster {
		c.People[i] = ContentPerson{Enrolment: e.ID, Position: e.Position, Status: e.Status, Identity: salted(e.ID, e.Name, e.LatinName, e.IDLast4), Marks: []ContentAttempt{}}
		at[e.ID] = i
	}
	for _, done := range completions {
		if i, ok := at[done.Enrolment]; ok {
			c.People[i].Outcome, c.People[i].Minutes, c.People[i].CompletedOn = done.Outcome, done.Minutes, done.CompletedOn
		}
	}
	marks(c.People, at, attempts)
	return c
}

func marks(people []ContentPerson, at map[ID]int, attempts []Assessment) {
	of := make(map[ID][]Assessment, len(people))
	for _, a := range attempts {
		of[a.Enrolment] = append(of[a.Enrolment], a)
	}
	for enrolment, list := range of {
		i, ok := at[enrolment]
		if !ok {
			continue
		}
		for _, kind := range []AssessmentKind{Theory, Skills} {
			if a, ok := LastAttempt(kind, list); ok {
				people[i].Marks = append(people[i].Marks, ContentAttempt{ID: a.ID, Kind: a.Kind, Attempt: a.Attempt, Revision: a.Revision, Score: a.Score,
					Passed: a.Passed, Bulk: a.Bulk, Assessor: a.Assessor, On: a.On})
			}
		}
	}
}

// listed is the list, never null in JSON.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// ApprovalStatement is the decision that an approver signs: about this content,
// with these people held back. The SHA-256 of its canonical JSON is the challenge
// of the assertion, so an assertion fits one decision about one class alone.
type ApprovalStatement struct {
	Format    string `json:"format"`
	Class     string `json:"class"`          // code
	Content   string `json:"content_sha256"` // hex, of the canonical content
	Approver  ID     `json:"approver"`       // account
	People    []ID   `json:"people"`         // decided one by one after the class was; empty: the whole class
	Hold      []ID   `json:"hold"`           // enrolments held back, sorted
	ValidFrom Date   `json:"valid_from"`
}

// StatementOf is the statement of a decision.
func StatementOf(class, content string, by ID, people, hold []ID, from Date) ApprovalStatement {
	people, hold = listed(slices.Clone(people)), listed(slices.Clone(hold))
	slices.Sort(people)
	slices.Sort(hold)
	return ApprovalStatement{Format: StatementFormat, Class: class, Content: content, Approver: by, People: slices.Compact(people), Hold: slices.Compact(hold), ValidFrom: from}
}

// PasskeySignature is an assertion (WebAuthn Level 3 §5.2.2) with the public key
// that it was made by: all that is needed to check it again.
type PasskeySignature struct {
	KeyID      []byte `json:"credential_id"`
	PublicKey  []byte `json:"public_key"`         // COSE_Key
	AuthData   []byte `json:"authenticator_data"` // as signed
	ClientData []byte `json:"client_data_json"`   // as signed
	Signature  []byte `json:"signature"`
}

// ApprovalRecord is what is kept of a decision.
type ApprovalRecord struct {
	ID        ID
	Class     ID
	By        ID // account
	At        time.Time
	People    int               // who got a credential by it
	Content   string            // canonical JSON of an ApprovalContent
	Statement string            // canonical JSON of an ApprovalStatement
	Passkey   *PasskeySignature // nil: decided without one
}

// Passkey is a key of an account, made by an authenticator.
type Passkey struct {
	ID        ID
	Account   ID
	Name      string // as its owner calls it
	KeyID     []byte
	PublicKey []byte // COSE_Key
	Document  string // the credential record (WebAuthn Level 3 §4), JSON
	MadeAt    time.Time
	UsedAt    time.Time // zero: never
	RemovedAt time.Time // zero while it is in use
	Version   int64
}

// MaxPasskeys is how many passkeys an account may have.
const MaxPasskeys = 10

// Desk is where a class waits: the nearest organization on the way up from its
// base that has somebody who may decide it.
type Desk struct {
	Org    ID // "": nobody may decide it
	Own    bool
	People []Actor
}

// DeskOf finds the desk of a class: path is its organization and the ancestors,
// at lists the actors with a role in an organization itself, fits says whether
// one of them may decide (four eyes). A small base whose people all had a hand in
// the class falls so to the approvers of the parent organization.
func DeskOf(path []ID, at func(ID) ([]Actor, error), fits func(Actor) bool) (Desk, error) {
	for i, org := range path {
		all, err := at(org)
		if err != nil {
			return Desk{}, err
		}
		here := []ID{org}
		people := slices.DeleteFunc(slices.Clone(all), func(a Actor) bool { return !Can(a, ApproveClass, here) || !fits(a) })
		if len(people) > 0 {
			return Desk{Org: org, Own: i == 0, People: people}, nil
		}
	}
	return Desk{}, nil
}

// Holds reports whether the actor is one of those at the desk.
func (d Desk) Holds(a Actor) bool {
	return slices.ContainsFunc(d.People, func(p Actor) bool { return p.Account == a.Account })
}
