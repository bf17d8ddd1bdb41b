package pages

import (
	"slices"

	"github.com/passmuster/passmuster/internal/registry"
)

// fileTicks are what was found about a file, apart from what the registry says
// about the certificate: whole, ours, the one that was issued.
func (r Result) fileTicks() []tick {
	f := r.Answer.Checks.File
	if f == nil || r.Mistyped {
		return nil
	}
	return []tick{r.part("file.check.intact", f.Intact), r.part("file.check.signer", f.Signer), r.part("file.check.issued", f.Issued)}
}

// receiptTicks say of a receipt that was shown whether it is one.
func (r Result) receiptTicks() []tick {
	c := r.Answer.Receipt
	if c == nil || r.Mistyped {
		return nil
	}
	if c.Said == nil {
		return []tick{r.part("receipt.genuine", c.Genuine)}
	}
	return []tick{{c.Genuine.Result, r.P.T("receipt.genuine", r.P.T("verdict.word."+string(c.Said.Status)), r.P.Time(c.Said.At(), r.Loc))}}
}

func (r Result) part(key string, c registry.Check) tick {
	switch c.Result {
	case registry.CheckYes:
	case registry.CheckNo:
		key += ".no"
	default:
		key += ".unknown"
	}
	return tick{c.Result, r.P.T(key)}
}

// hasTicks tells whether something was checked that the page can tell of.
func (r Result) hasTicks() bool {
	return r.shown() != nil || len(r.fileTicks()) > 0 || len(r.receiptTicks()) > 0
}

// asksForCode tells whether the code is what helps: after a typing error, and for
// paper and pictures, which carry no signature.
func (r Result) asksForCode() bool {
	if r.Mistyped || r.Answer.Status == registry.StatusNotFound {
		return true
	}
	return r.Answer.Checks.File != nil && r.shown() == nil
}

// worthAgain tells whether asking the same once more could bring an answer. A
// file without a signature does not get one by being sent again.
func (r Result) worthAgain() bool {
	if r.Mistyped || r.Answer.Status != registry.StatusCouldNotCheck {
		return false
	}
	unreachable := func(x registry.Reason) bool { return x.Code == "store.unreachable" }
	return r.Answer.Checks.File == nil || slices.ContainsFunc(r.Answer.Reasons, unreachable)
}

// receiptURL is where the receipt of this answer is, "" where there is none: of
// what could not be checked, and of what was not asked for by code.
func (r Result) receiptURL() string {
	code, err := registry.ParseCode(r.Code)
	if err != nil || r.Mistyped || r.Answer.Verdict == registry.CannotTell || r.Answer.Checks.File != nil {
		return ""
	}
	return "/v/" + string(code) + "/receipt"
}
