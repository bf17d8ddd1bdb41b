package registry

import "time"

// CredentialKind says what a credential proves.
type CredentialKind string

// The kinds of credential.
const (
	Competence CredentialKind = "competence" // theory and skills were assessed
	Attendance CredentialKind = "attendance" // was there; proves no skill
	Instructor CredentialKind = "instructor" // may teach the course
	Honour     CredentialKind = "honour"     // thanks; proves no skill
)

// Snapshot freezes every string that a credential prints or signs, at the
// moment of issue. Certificate, QR record, badge and every answer are made from
// it and from nothing else, so a later change of a course's title or a base's
// name never rewrites what was issued. Stored as canonical JSON (RFC 8785).
type Snapshot struct {
	Format      int            `json:"v"` // 1
	Number      Number         `json:"number"`
	Code        Code           `json:"code"`
	Kind        CredentialKind `json:"kind"`
	Subject     string         `json:"subject"` // urn:uuid of this credential's subject, random, never a person's id
	Name        string         `json:"name"`    // as on the identity document, NFC
	LatinName   string         `json:"latin_name,omitempty"`
	IDLast4     string         `json:"id_last4,omitempty"`
	Programme   CodeName       `json:"programme"`
	Course      CourseName     `json:"course"`
	Class       ClassDates     `json:"class"`
	Minutes     int            `json:"minutes"`           // teaching time; printed as academic hours of 45 minutes
	Practical   int            `json:"practical_minutes"` // part of Minutes spent in practice
	InPerson    bool           `json:"practical_assessed"`
	Theory      bool           `json:"theory_passed"`
	Credits     string         `json:"credits,omitempty"` // the CME line, ready to print
	Base        BaseName       `json:"base"`
	Issuer      CodeName       `json:"issuer"`
	Signatories []Signatory    `json:"signatories"`
	CompletedOn Date           `json:"completed_on"`
	IssuedOn    Date           `json:"issued_on"`   // civil date in the base's zone
	IssuedAt    time.Time      `json:"issued_at"`   // UTC, whole seconds
	ValidFrom   Date           `json:"valid_from"`  // inclusive
	ValidUntil  Date           `json:"valid_until"` // inclusive; zero: no expiry
	StartsAt    time.Time      `json:"starts_at"`   // UTC instant of ValidFrom's first second
	ExpiresAt   time.Time      `json:"expires_at"`  // UTC instant after ValidUntil's last second; zero: never
	Languages   []string       `json:"languages"`   // primary first: ["zh","en"], ["ru","en"]
	Origin      string         `json:"origin"`      // of the printed links, "https://verify.example"
	Salt        string         `json:"salt"`        // 32 random bytes, base64url: makes the ledger leaf unguessable
	Template    string         `json:"template"`    // template id, "competence-1-zh-en"
	Hashes      SnapshotHashes `json:"hashes"`
	RecordKey   string         `json:"record_key"` // kid (RFC 7638) that signs the QR record and the VC-JWT
	Status      StatusEntry    `json:"status"`
	Demo        bool           `json:"demo,omitempty"`
}

// SnapshotHashes name, by hex SHA-256, what the certificate was made with.
type SnapshotHashes struct {
	Prefix string `json:"prefix"` // the compiled constant first part of the file: art, fonts, logo
	Chain  string `json:"chain"`  // the signing certificate and its issuers, DER, leaf first
}

// CodeName is a code with its names at the time.
type CodeName struct {
	Code string `json:"code"`
	Name Text   `json:"name"`
}

// CourseName names one version of a course.
type CourseName struct {
	Code    string `json:"code"`
	Version int    `json:"version"`
	Title   Text   `json:"title"`
}

// ClassDates names the class and its first and last day.
type ClassDates struct {
	Code     string `json:"code"`
	StartsOn Date   `json:"starts_on"`
	EndsOn   Date   `json:"ends_on"`
}

// BaseName is the base as it prints itself, with the zone its dates are in.
type BaseName struct {
	Code   string `json:"code"`
	Name   Text   `json:"name"`
	TZ     string `json:"tz"`         // IANA name
	Offset int    `json:"utc_offset"` // minutes east of UTC at the end of validity (at issue where there is none)
}

// Signatory signs on paper: a name as it is, and the office held.
type Signatory struct {
	Name  string `json:"name"`
	Title Text   `json:"title"`
	From  Date   `json:"from,omitzero"`  // the term of office, inclusive
	Until Date   `json:"until,omitzero"` // zero: open-ended
}

// StatusEntry places a credential in a Bitstring Status List.
type StatusEntry struct {
	List  int `json:"list"`
	Index int `json:"index"`
}

// AcademicHours counts minutes in hours of 45 minutes, as certificates print
// them, with at most one decimal: 180 is 4, 100 is 2.2.
func AcademicHours(minutes int) float64 {
	return float64((minutes*10+22)/45) / 10
}
