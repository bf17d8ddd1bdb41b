package registry

import "strings"

const (
	// MaxSignatories is how many people can sign on one certificate.
	MaxSignatories = 3
	// maxOffices is how many terms of office a list of signatories keeps: those
	// of predecessors and successors stand in it as well.
	maxOffices = 12
)

// InOffice reports whether the term of office covers the day; without a term it
// covers every day.
func (s Signatory) InOffice(on Date) bool {
	return !on.Before(s.From) && (s.Until.IsZero() || !on.After(s.Until))
}

// InOffice lists those who hold their office on the day.
func InOffice(list []Signatory, on Date) []Signatory {
	var in []Signatory
	for _, s := range list {
		if s.InOffice(on) {
			in = append(in, s)
		}
	}
	return in
}

// CheckSignatories refuses a list of usual signatories with somebody who has no
// name or office, a term that ends before it begins, or more people in office
// on one day than can sign.
func CheckSignatories(list []Signatory) error {
	if len(list) > maxOffices {
		return FailField(Invalid, "signatories", "signatory.many", maxOffices)
	}
	for _, s := range list {
		switch {
		case strings.TrimSpace(s.Name) == "":
			return FailField(Invalid, "signatories", "signatory.name")
		case !s.Until.IsZero() && s.Until.Before(s.From):
			return FailField(Invalid, "signatories", "signatory.order", s.Name, s.From, s.Until)
		}
		// A term begins where the number of people in office can be highest.
		if len(InOffice(list, s.From)) > MaxSignatories {
			return FailField(Invalid, "signatories", "signatory.together", MaxSignatories)
		}
	}
	return nil
}

// Signs chooses who signs what ends on the day: the named ones, or those of the
// usual list who are in office then. Nobody signs outside of his term, neither
// the one he is named with nor the one that the usual list knows of him.
func Signs(named, usual []Signatory, on Date) ([]Signatory, error) {
	if len(named) == 0 {
		in := InOffice(usual, on)
		if len(usual) > 0 && len(in) == 0 {
			return nil, FailField(Conflict, "signatories", "signatory.nobody", on)
		}
		return in, nil
	}
	for _, s := range named {
		if !s.InOffice(on) {
			return nil, FailField(Conflict, "signatories", "signatory.term", s.Name, on)
		}
		if terms := termsOf(s.Name, usual); len(terms) > 0 && len(InOffice(terms, on)) == 0 {
			return nil, FailField(Conflict, "signatories", "signatory.term", s.Name, on)
		}
	}
	return named, nil
}

func termsOf(name string, list []Signatory) []Signatory {
	var terms []Signatory
	for _, s := range list {
		if s.Name == name {
			terms = append(terms, s)
		}
	}
	return terms
}
