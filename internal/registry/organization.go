package registry

import "unicode"

// OrgType is the nature of an organization.
type OrgType string

// The types of organization.
const (
	OrgFederation OrgType = "federation"
	OrgMovement   OrgType = "movement"
	OrgBranch     OrgType = "branch"
	OrgHospital   OrgType = "hospital"
	OrgUniversity OrgType = "university"
	OrgAssoc      OrgType = "association"
	OrgAlliance   OrgType = "alliance"
	OrgFoundation OrgType = "foundation"
	OrgGovernment OrgType = "government"
	OrgCompany    OrgType = "company"
	OrgTeam       OrgType = "team"
)

// OrgTypes lists every type of organization.
var OrgTypes = []OrgType{OrgFederation, OrgMovement, OrgBranch, OrgHospital, OrgUniversity, OrgAssoc,
	OrgAlliance, OrgFoundation, OrgGovernment, OrgCompany, OrgTeam}

// Organization is a federation, branch, hospital or other body; organizations
// form a tree, and roles are held in a subtree of it.
type Organization struct {
	ID          ID       `json:"id"`
	Parent      ID       `json:"parent,omitempty"` // "" at the top
	Code        string   `json:"code"`             // unique in the registry, 2–16 of A–Z, 0–9 and '-'
	Type        OrgType  `json:"type"`
	Name        Text     `json:"name"`
	Aliases     []string `json:"aliases,omitempty"` // former, short and foreign names, for matching
	Region      string   `json:"region,omitempty"`  // ISO 3166-2
	TZ          string   `json:"tz"`                // IANA name
	SchemeOwner bool     `json:"scheme_owner"`      // answers for credentials: the issuer of its subtree
	Dissolved   bool     `json:"dissolved"`
	Successor   ID       `json:"successor,omitempty"` // answers for its certificates once it is dissolved
	Version     int64    `json:"version"`
}

// Validate checks what must hold of every organization.
func (o Organization) Validate() error {
	if !codeWord(o.Code, 2, 16) {
		return FailField(Invalid, "code", "organization.code", o.Code)
	}
	if o.Name.In() == "" {
		return FailField(Invalid, "name", "organization.name")
	}
	for _, name := range o.Name {
		if err := plainText("name", name); err != nil {
			return err
		}
	}
	for _, name := range o.Aliases {
		if err := plainText("aliases", name); err != nil {
			return err
		}
	}
	return validZone(o.TZ)
}

// plainText refuses a name with characters that nobody sees: they would make it
// read as another's. Unlike a person's name it may hold any sign that is seen.
func plainText(field, s string) error {
	for _, r := range s {
		switch {
		case isBidi(r):
			return FailField(Invalid, field, "name.bidi", RuneLabel(r))
		case unicode.IsControl(r):
			return FailField(Invalid, field, "name.control", RuneLabel(r))
		}
	}
	return nil
}

// IssuerOf returns the body that issues for the organization at the head of
// path (itself first, then its ancestors): the nearest scheme owner.
func IssuerOf(path []Organization) (Organization, error) {
	for _, o := range path {
		if o.SchemeOwner {
			return o, nil
		}
	}
	return Organization{}, Fail(Conflict, "organization.no_issuer")
}

// Programme is a line of training owned by an organization; its code begins the
// numbers of its credentials.
type Programme struct {
	ID       ID     `json:"id"`
	Code     string `json:"code"`             // unique in the registry, 2–10 of A–Z and 0–9
	Parent   ID     `json:"parent,omitempty"` // a programme may have sub-programmes
	Owner    ID     `json:"owner"`            // organization
	Name     Text   `json:"name"`
	StartsOn Date   `json:"starts_on"`
	EndsOn   Date   `json:"ends_on"`
	Target   int    `json:"annual_target,omitempty"` // classes a year
	Version  int64  `json:"version"`
}

// Validate checks what must hold of every programme.
func (p Programme) Validate() error {
	if !upperWord(p.Code) { // no hyphen: it begins a number
		return FailField(Invalid, "code", "programme.code", p.Code)
	}
	if p.Name.In() == "" {
		return FailField(Invalid, "name", "programme.name")
	}
	return nil
}

// codeWord reports whether s is least to most characters of A–Z, 0–9 and '-'.
func codeWord(s string, least, most int) bool {
	for _, r := range s {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return len(s) >= least && len(s) <= most
}
