// Package badge makes Open Badges 3.0 credentials of snapshots and signs them
// as VC-JWT: the credential.jwt inside a certificate, and what
// GET /credentials/{code} answers.
//
// It promises that one snapshot has one token: the signing input is canonical
// (RFC 8785), so that the token is built again from the stored 64-byte
// signature. Nothing in it is computed from a clock, a catalogue or a setting.
package badge

import (
	"net/url"
	"strconv"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// The JSON-LD contexts of every credential, in the order that the Open Badges
// 3.0 schema demands.
const (
	ContextVC = "https://www.w3.org/ns/credentials/v2"
	ContextOB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
)

// AchievementCredential is an Open Badges 3.0 OpenBadgeCredential (spec §B.1.1)
// on the Verifiable Credentials Data Model 2.0. Fields that the official schema
// wants as arrays are arrays, also with one element.
type AchievementCredential struct {
	Context      []string  `json:"@context"`
	ID           string    `json:"id"`
	Type         []string  `json:"type"`
	Name         string    `json:"name"`
	Issuer       Profile   `json:"issuer"`
	ValidFrom    time.Time `json:"validFrom"`
	ValidUntil   time.Time `json:"validUntil,omitzero"`
	AwardedDate  time.Time `json:"awardedDate"`
	Subject      Subject   `json:"credentialSubject"`
	StatusMethod Status    `json:"credentialStatus"`
}

// Profile names an organization (spec §B.1.16).
type Profile struct {
	ID   string   `json:"id"`
	Type []string `json:"type"`
	Name string   `json:"name"`
}

// Subject says who achieved what (AchievementSubject, spec §B.1.5).
type Subject struct {
	ID            string      `json:"id"` // urn:uuid, random, of this credential alone
	Type          []string    `json:"type"`
	Identifier    []Identity  `json:"identifier"`
	LicenseNumber string      `json:"licenseNumber"` // the public credential number
	Narrative     string      `json:"narrative"`
	Source        Profile     `json:"source"` // the training base
	Achievement   Achievement `json:"achievement"`
}

// Identity is a name in the clear (IdentityObject, spec §B.1.13). It is never a
// hash: with a published salt, a hash of a name or number can be guessed.
type Identity struct {
	Type   string `json:"type"`
	Hashed bool   `json:"hashed"`
	Value  string `json:"identityHash"` // the standard's word for the value, hashed or not
	Kind   string `json:"identityType"`
}

// Achievement is one version of a course (spec §B.1.2).
type Achievement struct {
	ID          string   `json:"id"`
	Type        []string `json:"type"`
	Kind        string   `json:"achievementType"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Criteria    Criteria `json:"criteria"`
	HumanCode   string   `json:"humanCode"`
	InLanguage  string   `json:"inLanguage"`
	Version     string   `json:"version"`
}

// Criteria tells what had to be done for the achievement (spec §B.1.9).
type Criteria struct {
	Narrative string `json:"narrative"`
}

// Status places the credential in a status list (BitstringStatusListEntry,
// Bitstring Status List v1.0 §2.1).
type Status struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	Index   string `json:"statusListIndex"`
	List    string `json:"statusListCredential"`
}

// Revocation is the purpose of the one status entry. Open Badges 3.0 allows a
// single credentialStatus (its schema wants an object; a set is planned for
// 3.1), so there is none beside it for suspension: the list's bit means "do not
// accept", and the registry's own answers tell the two apart.
const Revocation = "revocation"

// Credential makes the Open Badges credential of a snapshot, without a proof.
func Credential(s registry.Snapshot) AchievementCredential {
	title := s.Course.Title.In(s.Languages...)
	if s.Demo {
		title = demoMark + title
	}
	return AchievementCredential{
		Context:      []string{ContextVC, ContextOB},
		ID:           CredentialURL(s.Origin, s.Code),
		Type:         []string{"VerifiableCredential", "OpenBadgeCredential"},
		Name:         title,
		Issuer:       profile(IssuerURL(s.Origin, s.Issuer.Code), s.Issuer.Name, s.Languages),
		ValidFrom:    s.StartsAt.UTC().Truncate(time.Second),
		ValidUntil:   s.ExpiresAt.UTC().Truncate(time.Second),
		AwardedDate:  s.IssuedAt.UTC().Truncate(time.Second),
		Subject:      subject(s, title),
		StatusMethod: status(s),
	}
}

func profile(id string, name registry.Text, languages []string) Profile {
	return Profile{ID: id, Type: []string{"Profile"}, Name: name.In(languages...)}
}

func subject(s registry.Snapshot, title string) Subject {
	w := wordsOf(s.Languages)
	names := []Identity{{Type: "IdentityObject", Value: s.Name, Kind: "name"}}
	if s.LatinName != "" && s.LatinName != s.Name {
		names = append(names, Identity{Type: "IdentityObject", Value: s.LatinName, Kind: "ext:latinName"})
	}
	return Subject{
		ID: s.Subject, Type: []string{"AchievementSubject"}, Identifier: names,
		LicenseNumber: string(s.Number), Narrative: w.narrative(s),
		Source: profile(BaseURL(s.Origin, s.Base.Code), s.Base.Name, s.Languages),
		Achievement: Achievement{
			ID: CourseURL(s.Origin, s.Course.Code, s.Course.Version), Type: []string{"Achievement"},
			Kind: achievementType(s.Kind), Name: title, Description: description(s),
			Criteria:  Criteria{Narrative: w.criteria(s.Kind)},
			HumanCode: s.Course.Code, InLanguage: w.tag, Version: strconv.Itoa(s.Course.Version),
		},
	}
}

// achievementType maps the kind to the standard's words (spec §B.3.1).
func achievementType(k registry.CredentialKind) string {
	switch k {
	case registry.Competence, registry.Instructor:
		return "Certification"
	case registry.Honour:
		return "Award"
	}
	return "CertificateOfCompletion"
}

// description is the title in every language of the certificate, and the
// programme.
func description(s registry.Snapshot) string {
	d := ""
	for _, l := range s.Languages {
		if t := s.Course.Title[l]; t != "" {
			d += t + " · "
		}
	}
	return d + s.Programme.Name.In(s.Languages...)
}

func status(s registry.Snapshot) Status {
	list, index := StatusListURL(s.Origin, s.Status.List), strconv.Itoa(s.Status.Index)
	return Status{ID: list + "#" + index, Type: "BitstringStatusListEntry", Purpose: Revocation, Index: index, List: list}
}

// CredentialURL is the id of a credential, where it is served.
func CredentialURL(origin string, code registry.Code) string {
	return origin + "/credentials/" + url.PathEscape(string(code))
}

// IssuerURL is the id of an issuer.
func IssuerURL(origin, code string) string { return origin + "/issuers/" + url.PathEscape(code) }

// BaseURL is the id of a training base.
func BaseURL(origin, code string) string { return origin + "/bases/" + url.PathEscape(code) }

// CourseURL is the id of one version of a course.
func CourseURL(origin, code string, version int) string {
	return origin + "/courses/" + url.PathEscape(code) + "/" + strconv.Itoa(version)
}

// StatusListURL is the id of a status list, where it is served.
func StatusListURL(origin string, list int) string { return origin + "/status/" + strconv.Itoa(list) }

// KeyURL is the kid of a JWT: where the key is served as one JWK (RFC 7517).
func KeyURL(origin, kid string) string { return origin + "/keys/" + url.PathEscape(kid) }
