package registry

// FileChecks tell apart what was found about a file that somebody showed: a
// registry must not say "altered" where it means "not mine".
type FileChecks struct {
	Intact Check `json:"intact"` // every byte is as it was signed
	Signer Check `json:"signer"` // by a key of this registry
	Issued Check `json:"issued"` // it is the very file that the registry issued
}

// Unjudged is an answer that says nothing yet: every check is "not_checked".
func Unjudged() Answer {
	not := Check{Result: CheckNotNeeded}
	return Answer{Status: StatusCouldNotCheck, Verdict: CannotTell, Reasons: []Reason{},
		Checks: Checks{Signature: not, Dates: not, Status: not, Issuer: not, Ledger: Check{Result: CheckNotNeeded, Reason: "ledger.none"}}}
}

// Doubt takes a yes back, because something of what was shown could not be
// checked: a no and a replacement stay. The reason comes first.
func (a Answer) Doubt(reason string, args ...any) Answer {
	if a.Verdict == Yes {
		a.Status, a.Verdict = StatusCouldNotCheck, CannotTell
	}
	a.Reasons = append([]Reason{{Code: reason, Args: args}}, a.Reasons...)
	return a
}

// Altered says that what was shown is not what was signed, whatever the registry
// says about its own record; that stays beside it. The reason comes first.
func (a Answer) Altered(reason string) Answer {
	a.Status, a.Verdict = StatusAltered, No
	a.Checks.Signature.Result = CheckNo
	a.Reasons = append([]Reason{{Code: reason}}, a.Reasons...)
	return a
}
