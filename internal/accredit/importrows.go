package accredit

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/intake"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// organizations takes a list of organizations. A parent may stand below its
// children in the file: rows wait for it.
func (l *lister) organizations() error {
	o := &orgLister{lister: l, code: map[string]registry.ID{}, named: map[string]registry.ID{}, seen: map[string]int{}, last: map[registry.ID]int{}}
	for _, org := range l.all {
		o.remember(org)
	}
	waiting := l.sheet.Rows
	for len(waiting) > 0 {
		var later []intake.SheetRow
		made := map[string]int{}
		for _, row := range waiting {
			if code := strings.ToUpper(row.Values["code"]); code != "" {
				made[code] = row.Line
			}
		}
		for _, row := range waiting {
			if parent := strings.ToUpper(row.Values["parent"]); parent != "" && o.code[parent] == "" && o.comes(made, row, parent) {
				later = append(later, row)
				continue
			}
			out, err := o.row(row)
			if err := l.note(row, out, err); err != nil {
				return err
			}
		}
		if len(later) == len(waiting) { // a circle: each says that its parent is not there
			return l.each(later, o.row)
		}
		waiting = later
	}
	slices.SortStableFunc(l.report.Faults, func(a, b registry.Fault) int { return cmp.Compare(a.Row, b.Row) })
	return nil
}

type orgLister struct {
	*lister
	code  map[string]registry.ID
	named map[string]registry.ID // by parent and name: for lists without codes
	seen  map[string]int         // code or name of a row → its line
	last  map[registry.ID]int    // the last number given below a parent
}

func nameIn(parent registry.ID, name string) string {
	return string(parent) + "|" + registry.NameKey(name)
}

func (o *orgLister) remember(org registry.Organization) {
	o.all[org.ID] = org
	o.code[org.Code] = org.ID
	for _, n := range org.Name {
		o.named[nameIn(org.Parent, n)] = org.ID
	}
	for _, n := range org.Aliases {
		o.named[nameIn(org.Parent, n)] = org.ID
	}
}

// comes reports that a row of the file that waits as well makes the parent.
func (o *orgLister) comes(made map[string]int, row intake.SheetRow, parent string) bool {
	line, ok := made[parent]
	return ok && line != row.Line
}

func (o *orgLister) row(row intake.SheetRow) (outcome, error) {
	v := row.Values
	parent := o.all[o.root]
	if code := strings.ToUpper(v["parent"]); code != "" {
		parent = o.all[o.code[code]]
	}
	if parent.ID == "" || !registry.Can(o.by, registry.EditOrganization, o.all.Path(parent.ID)) {
		if before, ok := o.all[o.code[strings.ToUpper(v["code"])]]; v["parent"] == "" && ok && before.Parent == "" && registry.Can(o.by, registry.EditOrganization, []registry.ID{before.ID}) {
			return o.change(before, registry.Organization{Name: textIn(v, "name")})
		}
		return 0, registry.FailField(registry.Invalid, "parent", "organization.unknown", v["parent"])
	}
	next := registry.Organization{Parent: parent.ID, Code: strings.ToUpper(v["code"]), Name: textIn(v, "name"), Aliases: listed(v["aliases"]), Region: v["region"], TZ: v["tz"]}
	if v["type"] != "" {
		t, ok := word(v["type"], "registers.type.", registry.OrgTypes)
		if !ok {
			return 0, registry.FailField(registry.Invalid, "type", "organization.type_unknown", v["type"])
		}
		next.Type = t
	}
	key := cmp.Or(next.Code, nameIn(parent.ID, next.Name.In()))
	if line := o.seen[key]; line > 0 {
		return 0, registry.FailField(registry.Conflict, "code", "register.twice", line)
	}
	o.seen[key] = row.Line
	if before, ok := o.find(next); ok {
		if next.Code != "" && before.ID == o.root { // the top of the tree itself
			next.Parent = before.Parent
		}
		return o.change(before, next)
	}
	return created, o.add(next, parent)
}

// find looks for the organization by code, or where the row has none by a name
// below its parent.
func (o *orgLister) find(next registry.Organization) (registry.Organization, bool) {
	if next.Code != "" {
		org, ok := o.all[o.code[next.Code]]
		return org, ok
	}
	for _, n := range next.Name {
		if id := o.named[nameIn(next.Parent, n)]; id != "" {
			return o.all[id], true
		}
	}
	return registry.Organization{}, false
}

func (o *orgLister) change(before, next registry.Organization) (outcome, error) {
	if !registry.Can(o.by, registry.EditOrganization, o.all.Path(before.ID)) {
		return 0, registry.FailField(registry.Conflict, "code", "organization.exists", before.Code)
	}
	after := before
	after.Name, after.Aliases = mergeText(before.Name, next.Name), union(before.Aliases, next.Aliases)
	after.Region, after.TZ, after.Type = cmp.Or(next.Region, before.Region), cmp.Or(next.TZ, before.TZ), cmp.Or(next.Type, before.Type)
	if sameText(before.Name, next.Name) && len(after.Aliases) == len(before.Aliases) && after.Region == before.Region && after.TZ == before.TZ && after.Type == before.Type {
		return unchanged, nil
	}
	if err := after.Validate(); err != nil {
		return 0, err
	}
	return updated, o.write(func() error {
		saved, err := o.s.saveOrganization(o.ctx, o.tx, o.by, before, after)
		if err == nil {
			o.remember(saved)
		}
		return err
	})
}

func (o *orgLister) add(next, parent registry.Organization) error {
	next.Type, next.TZ, next.Region = cmp.Or(next.Type, registry.OrgBranch), cmp.Or(next.TZ, parent.TZ), cmp.Or(next.Region, parent.Region)
	if next.Code == "" {
		next.Code = o.nextCode(parent)
	}
	if err := next.Validate(); err != nil {
		return err
	}
	next.ID = store.NewID()
	err := o.write(func() (err error) {
		next, err = o.s.addOrganization(o.ctx, o.tx, o.by, next)
		return err
	})
	if err == nil {
		o.remember(next)
	}
	return err
}

// nextCode gives a code to an organization whose list has none: its parent's,
// and a number.
func (o *orgLister) nextCode(parent registry.Organization) string {
	base := strings.TrimRight(parent.Code[:min(len(parent.Code), 10)], "-")
	for {
		o.last[parent.ID]++
		code := base + "-" + strconv.Itoa(o.last[parent.ID])
		if o.code[code] == "" {
			return code
		}
	}
}

// bases takes a list of training bases.
func (l *lister) bases() error {
	have := map[string]registry.Base{}
	all, err := l.tx.Bases(l.ctx)
	if err != nil {
		return err
	}
	for _, b := range all {
		have[b.Code] = b
	}
	programmes, err := l.tx.Programmes(l.ctx)
	if err != nil {
		return err
	}
	return l.each(l.sheet.Rows, func(row intake.SheetRow) (outcome, error) { return l.base(row, have, programmes) })
}

func (l *lister) base(row intake.SheetRow, have map[string]registry.Base, programmes []registry.Programme) (outcome, error) {
	v := row.Values
	host, ok := l.byCode(v["host"])
	if !ok {
		return 0, registry.FailField(registry.Invalid, "host", "organization.unknown", v["host"])
	}
	issuer, err := l.all.Issuer(host.ID)
	if err != nil {
		return 0, err
	}
	if !registry.Can(l.by, registry.AccreditBase, l.all.Path(issuer.ID)) {
		return 0, registry.FailField(registry.Invalid, "host", "organization.unknown", v["host"])
	}
	next := registry.Base{Code: strings.ToUpper(v["code"]), Host: host.ID, Accrediting: issuer.ID, Programmes: codesIn(v["programmes"]), Name: textIn(v, "name"), Campus: v["campus"],
		TZ: cmp.Or(v["tz"], host.TZ), Contact: v["contact"], Status: registry.BaseAccredited}
	if v["manikins"] != "" {
		if next.Manikins, err = strconv.Atoi(v["manikins"]); err != nil || next.Manikins < 0 {
			return 0, registry.FailField(registry.Invalid, "manikins", "register.number", v["manikins"])
		}
	}
	if next.AccreditedFrom, err = l.day(v, "from"); err != nil {
		return 0, err
	}
	if next.AccreditedUntil, err = l.day(v, "until"); err != nil {
		return 0, err
	}
	if before, ok := have[next.Code]; ok {
		return l.changeBase(before, next, v, have)
	}
	if len(next.Name) == 0 {
		next.Name = host.Name
	}
	if next.AccreditedFrom.IsZero() {
		next.AccreditedFrom = l.today
	}
	if len(next.Programmes) == 0 {
		for _, p := range programmes {
			if p.Owner == issuer.ID {
				next.Programmes = []string{p.Code}
				break
			}
		}
	}
	if err := l.checkBase(next, programmes); err != nil {
		return 0, err
	}
	have[next.Code] = next
	return created, l.write(func() error { _, err := l.s.addBase(l.ctx, l.tx, l.by, next); return err })
}

func (l *lister) checkBase(next registry.Base, programmes []registry.Programme) error {
	if err := next.Validate(); err != nil {
		return err
	}
	path := l.all.Path(next.Host)
	for _, code := range next.Programmes {
		if !slices.ContainsFunc(programmes, func(p registry.Programme) bool { return p.Code == code && slices.Contains(path, p.Owner) }) {
			return registry.FailField(registry.Invalid, "programmes", "programme.unknown", code)
		}
	}
	if len(next.Programmes) == 0 {
		return registry.FailField(registry.Invalid, "programmes", "base.no_programme")
	}
	return nil
}

// changeBase brings what a base says of itself up to date; what it is accredited
// for is changed by hand.
func (l *lister) changeBase(before, next registry.Base, v map[string]string, have map[string]registry.Base) (outcome, error) {
	if before.Host != next.Host {
		return 0, registry.FailField(registry.Conflict, "code", "base.exists", before.Code)
	}
	after := before
	after.Name, after.Campus, after.Contact = mergeText(before.Name, next.Name), cmp.Or(next.Campus, before.Campus), cmp.Or(next.Contact, before.Contact)
	if v["manikins"] != "" {
		after.Manikins = next.Manikins
	}
	if v["until"] != "" {
		after.AccreditedUntil = next.AccreditedUntil
	}
	if sameText(before.Name, next.Name) && after.Campus == before.Campus && after.Contact == before.Contact && after.Manikins == before.Manikins && after.AccreditedUntil == before.AccreditedUntil {
		return unchanged, nil
	}
	if err := after.Validate(); err != nil {
		return 0, err
	}
	return updated, l.write(func() error {
		saved, err := l.tx.SaveBase(l.ctx, after)
		if err != nil {
			return err
		}
		have[saved.Code] = saved
		a := l.s.act(l.by, "base.edit", "base", saved.ID, saved.Host, saved)
		a.Before = before
		return l.tx.Audit(l.ctx, a)
	})
}

// trainers takes a list of trainers.
func (l *lister) trainers() error {
	t := &trainerLister{lister: l, held: map[registry.ID][]registry.Accreditation{}, byHash: map[string]registry.ID{}, byEmail: map[string]registry.ID{}, byName: map[string][]registry.ID{}}
	people, err := l.tx.TrainingPeople(l.ctx)
	if err != nil {
		return err
	}
	held, err := l.tx.AllAccreditations(l.ctx)
	if err != nil {
		return err
	}
	for _, a := range held {
		t.held[a.Person] = append(t.held[a.Person], a)
	}
	for _, p := range people {
		if p.MergedInto == "" {
			t.remember(p)
		}
	}
	return l.each(l.sheet.Rows, t.row)
}

type trainerLister struct {
	*lister
	held    map[registry.ID][]registry.Accreditation
	byHash  map[string]registry.ID
	byEmail map[string]registry.ID
	byName  map[string][]registry.ID
}

func (t *trainerLister) remember(p registry.Person) {
	if p.IDHash != "" {
		t.byHash[p.IDHash] = p.ID
	}
	if p.Email != "" {
		t.byEmail[strings.ToLower(p.Email)] = p.ID
	}
	key := registry.NameKey(p.Name)
	t.byName[key] = append(t.byName[key], p.ID)
}

func (t *trainerLister) row(row intake.SheetRow) (outcome, error) {
	v := row.Values
	name, err := registry.RequireName("name", v["name"])
	if err != nil {
		return 0, err
	}
	p := registry.Person{Name: name, NameKey: registry.NameKey(name), LatinName: v["latin_name"], Email: strings.ToLower(v["email"]), Demo: t.s.Demo, Version: 1}
	if v["id"] != "" {
		if err := t.identify(&p, v); err != nil {
			return 0, err
		}
	}
	org, err := t.place("organization_code", v["organization_code"], registry.AccreditTrainer)
	if err != nil {
		return 0, err
	}
	a := registry.Accreditation{Org: org.ID, Level: "instructor", Status: registry.TrainerActive}
	if v["level"] != "" {
		level, ok := word(v["level"], "registers.trainerlevel.", []string{"assistant", "instructor", "lead", "trainer_of_trainers"})
		if !ok {
			return 0, registry.FailField(registry.Invalid, "level", "trainer.level")
		}
		a.Level = level
	}
	if a.ValidFrom, err = t.day(v, "from"); err != nil {
		return 0, err
	}
	if a.ValidUntil, err = t.day(v, "until"); err != nil {
		return 0, err
	}
	if a.ValidFrom.IsZero() {
		a.ValidFrom = t.today
	}
	courses := codesIn(v["course"])
	if len(courses) == 0 {
		return 0, registry.FailField(registry.Invalid, "course", "trainer.courses")
	}
	for _, course := range courses {
		if err := t.s.teachable(t.ctx, t.tx, t.by, course, org.ID); err != nil {
			return 0, registry.FailField(registry.Invalid, "course", "course.unknown", course)
		}
	}
	return t.take(p, a, courses)
}

func (t *trainerLister) identify(p *registry.Person, v map[string]string) error {
	kind := registry.IDTypeFromID(v["id"])
	if v["id_type"] != "" {
		k, ok := registry.IDTypeFromText(v["id_type"])
		if !ok {
			return registry.FailField(registry.Invalid, "id_type", "id.type", v["id_type"])
		}
		kind = k
	}
	id, last4, birth, err := registry.ParseID(kind, v["id"], registry.IDOptions{Demo: t.s.Demo, On: t.today})
	if err != nil {
		return err
	}
	p.IDType, p.IDLast4, p.BirthDate, p.IDHash = kind, last4, birth, t.s.Keys.IDHash(string(kind), id)
	return nil
}

// known finds the person of a row: by the keyed hash of the id, by e-mail, or by
// a name that only one trainer has.
func (t *trainerLister) known(p registry.Person) (registry.ID, error) {
	if id := t.byHash[p.IDHash]; p.IDHash != "" && id != "" {
		return id, nil
	}
	if p.IDHash != "" {
		found, err := t.tx.PersonByIDHash(t.ctx, p.IDHash)
		if err == nil {
			return found.ID, nil
		}
		return "", nil
	}
	if id := t.byEmail[p.Email]; p.Email != "" && id != "" {
		return id, nil
	}
	switch same := t.byName[p.NameKey]; {
	case len(same) == 1 && p.Email == "":
		return same[0], nil
	case len(same) > 1 && p.Email == "":
		return "", registry.FailField(registry.Conflict, "name", "register.same_name", p.Name)
	}
	return "", nil
}

func (t *trainerLister) take(p registry.Person, a registry.Accreditation, courses []string) (outcome, error) {
	id, err := t.known(p)
	if err != nil {
		return 0, err
	}
	var missing []string
	for _, c := range courses {
		if !slices.ContainsFunc(t.held[id], func(h registry.Accreditation) bool {
			return h.Course == c && h.Org == a.Org && h.Status != registry.TrainerLapsed && h.StatusOn(t.today) != registry.TrainerLapsed
		}) {
			missing = append(missing, c)
		}
	}
	if id != "" && len(missing) == 0 {
		return unchanged, nil
	}
	if !a.ValidUntil.IsZero() && a.ValidUntil.Before(a.ValidFrom) {
		return 0, registry.FailField(registry.Invalid, "until", "trainer.order")
	}
	if id == "" {
		p.ID = store.NewID()
		if err := t.write(func() error {
			if err := t.tx.AddPerson(t.ctx, p); err != nil {
				return err
			}
			return t.tx.Audit(t.ctx, t.s.act(t.by, "person.add", "person", p.ID, a.Org, nil))
		}); err != nil {
			return 0, err
		}
		t.remember(p)
		id = p.ID
	}
	for _, c := range missing {
		a.Person, a.Course = id, c
		if err := t.write(func() error { return t.s.addAccreditation(t.ctx, t.tx, t.by, a) }); err != nil {
			return 0, err
		}
		t.held[id] = append(t.held[id], a)
	}
	return created, nil
}

// accounts takes a list of people who are to have an account: each gets an
// invitation, whose link is handed to him.
func (l *lister) accounts() error {
	accounts, err := l.tx.Accounts(l.ctx)
	if err != nil {
		return err
	}
	stored, err := l.tx.Invitations(l.ctx)
	if err != nil {
		return err
	}
	has := map[string]bool{}
	key := func(who string, role registry.Role, org registry.ID) string {
		return who + "|" + string(role) + "|" + string(org)
	}
	for _, a := range accounts {
		for _, g := range a.Grants {
			has[key(a.Email, g.Role, g.Org)] = true
		}
	}
	for _, i := range stored {
		if s := i.StateAt(l.s.Now()); i.Kind == registry.InviteRole && (s == registry.InvitationOpen || s == registry.InvitationUsed) {
			has[key(cmp.Or(i.Email, registry.NameKey(i.Name)), i.Role, i.Org)] = true
		}
	}
	return l.each(l.sheet.Rows, func(row intake.SheetRow) (outcome, error) {
		i, err := l.account(row.Values)
		if err != nil {
			return 0, err
		}
		k := key(cmp.Or(i.Email, registry.NameKey(i.Name)), i.Role, i.Org)
		if has[k] {
			return unchanged, nil
		}
		has[k] = true
		return created, l.write(func() error { _, _, err := l.s.invite(l.ctx, l.tx, l.by, i); return err })
	})
}

func (l *lister) account(v map[string]string) (registry.Invitation, error) {
	i := registry.Invitation{Email: strings.ToLower(v["email"])}
	if at := strings.LastIndex(i.Email, "@"); i.Email != "" && (at < 1 || at == len(i.Email)-1 || strings.ContainsAny(i.Email, " ,;<>")) {
		return i, registry.FailField(registry.Invalid, "email", "account.email")
	}
	if v["name"] == "" && i.Email == "" {
		return i, registry.FailField(registry.Invalid, "email", "register.nobody")
	}
	if v["name"] != "" {
		name, err := registry.RequireName("name", v["name"])
		if err != nil {
			return i, err
		}
		i.Name = name
	}
	role, ok := word(v["role"], "registers.role.", registry.Roles)
	if !ok {
		return i, registry.FailField(registry.Invalid, "role", "account.role_unknown")
	}
	o, ok := l.all[l.root]
	if v["organization_code"] != "" {
		o, ok = l.byCode(v["organization_code"])
	}
	if !ok || !registry.Can(l.by, registry.ReadRegister, l.all.Path(o.ID)) {
		return i, registry.FailField(registry.Invalid, "organization_code", "organization.unknown", v["organization_code"])
	}
	if i.Role, i.Org = role, o.ID; !registry.MayGive(l.by, role, l.all.Path(o.ID)) {
		return i, registry.FailField(registry.Forbidden, "role", "account.role", string(role))
	}
	return i, nil
}
