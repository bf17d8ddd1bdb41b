package registry

import "slices"

// Role is what somebody may do in a subtree of organizations.
type Role string

// The roles.
const (
	RoleTrainer     Role = "trainer"
	RoleCoordinator Role = "coordinator"
	RoleBaseManager Role = "base_manager"
	RoleApprover    Role = "approver"
	RoleRegion      Role = "region"
	RoleFederation  Role = "federation"
	RoleHospital    Role = "hospital"
	RoleAuditor     Role = "auditor"
)

// Roles lists every role.
var Roles = []Role{RoleTrainer, RoleCoordinator, RoleBaseManager, RoleApprover, RoleRegion, RoleFederation, RoleHospital, RoleAuditor}

// Grant gives a role in an organization and everything below it.
type Grant struct {
	Role Role `json:"role"`
	Org  ID   `json:"org"`
}

// Actor is who acts: an account, the person behind it, and the account's roles.
type Actor struct {
	Account ID      `json:"account"`
	Person  ID      `json:"person,omitempty"`
	Name    string  `json:"name,omitempty"`
	Grants  []Grant `json:"grants,omitempty"`
}

// same reports whether the two are one account, or accounts of one person.
func (a Actor) same(b Actor) bool {
	return a.Account == b.Account || a.Person != "" && a.Person == b.Person
}

// Action is something that needs a permission.
type Action string

// The actions of the main job; each is guarded by Can and by nothing else.
const (
	ReadClass        Action = "class.read"
	CreateClass      Action = "class.create"
	EnrolPerson      Action = "class.enrol"
	RecordAttendance Action = "class.attendance"
	RecordResults    Action = "class.results"
	SubmitClass      Action = "class.submit"
	ApproveClass     Action = "class.approve" // and return; four eyes come on top
	CancelClass      Action = "class.cancel"
	OverrideDeadline Action = "class.override" // ratio and 30-day limits
	ReadCredential   Action = "credential.read"
	SuspendAction    Action = "credential.suspend"
	RevokeAction     Action = "credential.revoke"
	ReadPerson       Action = "person.read"
	AccreditBase     Action = "base.accredit"
	AccreditTrainer  Action = "trainer.accredit"
	EditCourse       Action = "course.edit"
	EditOrganization Action = "organization.edit"
	ReadTemplate     Action = "template.read"
	EditTemplate     Action = "template.edit" // designs, logo, seal and signatories of an issuer
	ManageAccounts   Action = "account.manage"
	ReadRegister     Action = "register.read"   // organizations, bases, courses
	EditBase         Action = "base.edit"       // what a base says of itself: contact, campus, manikins
	ProposeTrainer   Action = "trainer.propose" // a candidate, whom somebody else accredits
	InviteAccount    Action = "account.invite"  // roles as far as MayGive lets
	ReadAudit        Action = "audit.read"
	ReadOwnAudit     Action = "audit.read.own" // one's own acts alone
	EditPerson       Action = "person.edit"    // another name, two records of one person
	ExportPersonal   Action = "person.export"  // lists with whole names; with a reason, and noted
	RetryIssue       Action = "issue.retry"
	CheckList        Action = "list.check"    // whole lists, by number and name as well
	HandleReport     Action = "report.handle" // read, answer and erase what people told of
)

var permissions = map[Action][]Role{
	ReadClass:        {RoleTrainer, RoleCoordinator, RoleBaseManager, RoleApprover, RoleRegion, RoleFederation, RoleAuditor},
	CreateClass:      {RoleTrainer, RoleCoordinator, RoleBaseManager, RoleRegion, RoleFederation},
	EnrolPerson:      {RoleTrainer, RoleCoordinator, RoleBaseManager, RoleRegion, RoleFederation},
	RecordAttendance: {RoleTrainer, RoleCoordinator},
	RecordResults:    {RoleTrainer},
	SubmitClass:      {RoleTrainer, RoleBaseManager, RoleRegion, RoleFederation},
	ApproveClass:     {RoleApprover, RoleRegion, RoleFederation},
	CancelClass:      {RoleTrainer, RoleBaseManager, RoleRegion, RoleFederation},
	OverrideDeadline: {RoleRegion, RoleFederation},
	ReadCredential:   {RoleTrainer, RoleCoordinator, RoleBaseManager, RoleApprover, RoleRegion, RoleFederation, RoleAuditor},
	SuspendAction:    {RoleApprover, RoleRegion, RoleFederation},
	RevokeAction:     {RoleApprover, RoleRegion, RoleFederation},
	ReadPerson:       {RoleTrainer, RoleCoordinator, RoleBaseManager, RoleApprover, RoleRegion, RoleFederation},
	AccreditBase:     {RoleFederation},
	AccreditTrainer:  {RoleRegion, RoleFederation},
	EditCourse:       {RoleFederation},
	EditOrganization: {RoleFederation},
	ReadTemplate:     {RoleBaseManager, RoleApprover, RoleRegion, RoleFederation, RoleAuditor},
	EditTemplate:     {RoleFederation},
	ManageAccounts:   {RoleFederation},
	ReadRegister:     {RoleTrainer, RoleCoordinator, RoleBaseManager, RoleApprover, RoleRegion, RoleFederation, RoleAuditor},
	EditBase:         {RoleBaseManager, RoleFederation},
	ProposeTrainer:   {RoleBaseManager, RoleRegion, RoleFederation},
	InviteAccount:    {RoleBaseManager, RoleRegion, RoleFederation},
	ReadAudit:        {RoleBaseManager, RoleApprover, RoleRegion, RoleFederation, RoleAuditor},
	ReadOwnAudit:     {RoleTrainer, RoleCoordinator},
	EditPerson:       {RoleApprover, RoleRegion, RoleFederation},
	ExportPersonal:   {RoleBaseManager, RoleRegion, RoleFederation},
	RetryIssue:       {RoleBaseManager, RoleApprover, RoleRegion, RoleFederation},
	CheckList:        {RoleHospital, RoleBaseManager, RoleRegion, RoleFederation},
	HandleReport:     {RoleApprover, RoleRegion, RoleFederation},
}

// Can reports whether the actor may do the action on a thing that belongs to
// the organization at the head of path (itself first, then its ancestors). It
// is the only place that turns roles into permissions.
func Can(a Actor, act Action, path []ID) bool {
	for _, g := range a.Grants {
		if slices.Contains(permissions[act], g.Role) && slices.Contains(path, g.Org) {
			return true
		}
	}
	return false
}

// Holds reports whether the actor has the role at the head of the path or above.
func Holds(a Actor, role Role, path []ID) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == role && slices.Contains(path, g.Org) })
}

// Only is the actor with no roles but those that permit the act: what he reads is
// then just where he may do it.
func (a Actor) Only(act Action) Actor {
	a.Grants = slices.DeleteFunc(slices.Clone(a.Grants), func(g Grant) bool { return !slices.Contains(permissions[act], g.Role) })
	return a
}

// CanSomewhere reports whether the actor may do the action in any organization,
// to decide what a menu offers.
func CanSomewhere(a Actor, act Action) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return slices.Contains(permissions[act], g.Role) })
}

// ScopesFor lists the organizations in whose subtrees the actor may do the
// action.
func ScopesFor(a Actor, act Action) []ID {
	var orgs []ID
	for _, g := range a.Grants {
		if slices.Contains(permissions[act], g.Role) && !slices.Contains(orgs, g.Org) {
			orgs = append(orgs, g.Org)
		}
	}
	return orgs
}

// AccountStatus is the state of an account.
type AccountStatus string

// The states of an account.
const (
	AccountActive   AccountStatus = "active"
	AccountDisabled AccountStatus = "disabled"
)

// Account lets somebody sign in.
type Account struct {
	ID       ID            `json:"id"`
	Email    string        `json:"email"` // lower case, unique
	Name     string        `json:"name"`
	Person   ID            `json:"person,omitempty"` // four eyes count persons, not accounts
	Password string        `json:"-"`                // argon2id, PHC string format
	Lang     string        `json:"lang,omitempty"`
	Status   AccountStatus `json:"status"`
	Epoch    int64         `json:"-"` // raised to end every session and token
	Grants   []Grant       `json:"grants"`
	Version  int64         `json:"version"`
}

// Actor is the account as the one who acts.
func (a Account) Actor() Actor {
	return Actor{Account: a.ID, Person: a.Person, Name: a.Name, Grants: a.Grants}
}
