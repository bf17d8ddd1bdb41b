package registry

// Merge takes a second record of the same person into the one that is kept: what
// the kept record says stays, what it lacks is filled in from the other. The
// faults are warnings for whoever decides: what the two records tell apart. Two
// different ids of one kind are two people, and refused (person.merge.ids).
func (p Person) Merge(gone Person) (kept Person, doubts []Fault, err error) {
	switch {
	case p.ID == gone.ID:
		return p, nil, Fail(Invalid, "person.merge.self")
	case p.MergedInto != "" || gone.MergedInto != "":
		return p, nil, Fail(Conflict, "person.merged")
	case p.IDHash != "" && gone.IDHash != "" && p.IDHash != gone.IDHash && p.IDType == gone.IDType:
		return p, nil, Fail(Conflict, "person.merge.ids")
	}
	doubt := func(code string, a, b string) {
		if a != "" && b != "" && a != b {
			doubts = append(doubts, Fault{Code: code, Warn: true, Args: []any{a, b}})
		}
	}
	if NameKey(p.Name) != NameKey(gone.Name) {
		doubt("person.differs.name", p.Name, gone.Name)
	}
	doubt("person.differs.last4", p.IDLast4, gone.IDLast4)
	doubt("person.differs.birth", p.BirthDate.String(), gone.BirthDate.String())
	return p.filled(gone), doubts, nil
}

// TwoDocuments reports whether the two records show different ids, by the whole
// id or by its last four. They may be one person's passport and identity card,
// and as well two people's: nobody decides that alone.
func (p Person) TwoDocuments(other Person) bool {
	return p.IDHash != "" && other.IDHash != "" && p.IDHash != other.IDHash || p.IDLast4 != "" && other.IDLast4 != "" && p.IDLast4 != other.IDLast4
}

// filled is the record with what it lacks from the other.
func (p Person) filled(other Person) Person {
	if p.IDHash == "" && other.IDHash != "" {
		p.IDHash, p.IDType, p.IDLast4 = other.IDHash, other.IDType, other.IDLast4
	}
	if p.BirthDate.IsZero() {
		p.BirthDate = other.BirthDate
	}
	for _, f := range []struct{ to, from *string }{{&p.LatinName, &other.LatinName}, {&p.IDLast4, &other.IDLast4}, {&p.Phone, &other.Phone}, {&p.Email, &other.Email},
		{&p.Organization, &other.Organization}, {&p.Department, &other.Department}, {&p.Title, &other.Title}, {&p.Lang, &other.Lang}} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	return p
}

// Into is the record that was taken into another: it keeps what it said, so that
// the way back can be read, but finds nobody any more.
func (p Person) Into(kept ID) Person {
	p.MergedInto = kept
	return p
}
