package registry

// Listed is what a row of a checked list came to: the family that a hospital
// counts by.
type Listed string

// What rows come to, in the order in which they need somebody's attention.
const (
	ListedRevoked     Listed = "revoked"   // revoked or suspended
	ListedAltered     Listed = "altered"   // not what was signed
	ListedNotFound    Listed = "not_found" // the registry never issued it
	ListedNameDiffers Listed = "name_differs"
	ListedEnded       Listed = "ended"
	ListedNotYet      Listed = "not_yet_valid"
	ListedReplaced    Listed = "replaced"
	ListedUnreadable  Listed = "unreadable" // no code and no number that could be one
	ListedTwice       Listed = "twice"      // the same certificate stands in a row above, which holds
	ListedCould       Listed = "could_not_check"
	ListedAttended    Listed = "attended" // valid, and proves no skill
	ListedValid       Listed = "valid"
)

// AllListed lists every family, in that order.
var AllListed = []Listed{ListedRevoked, ListedAltered, ListedNotFound, ListedNameDiffers, ListedEnded, ListedNotYet, ListedReplaced, ListedUnreadable, ListedTwice,
	ListedCould, ListedAttended, ListedValid}

// ListedAs is the table of docs/verdicts.md for a row of a list: the status of
// its certificate, whether the row names another holder than the certificate, and
// whether the same one stands in a row above. A name that differs takes only a yes
// or a replacement back: a revoked certificate is revoked under any name.
func ListedAs(s Status, kind CredentialKind, nameDiffers, twice bool) Listed {
	switch s {
	case StatusRevoked, StatusSuspended:
		return ListedRevoked
	case StatusAltered:
		return ListedAltered
	case StatusNotFound:
		return ListedNotFound
	case StatusCouldNotCheck:
		return ListedCould
	case StatusExpired:
		return ListedEnded
	case StatusNotYetValid:
		return ListedNotYet
	case StatusValid, StatusExpiring, StatusSuperseded:
	default:
		return ListedCould
	}
	switch {
	case nameDiffers:
		return ListedNameDiffers
	case s == StatusSuperseded:
		return ListedReplaced
	case twice:
		return ListedTwice
	case kind == Attendance || kind == Honour:
		return ListedAttended
	}
	return ListedValid
}
