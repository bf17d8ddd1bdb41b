package registry

import "time"

// HolderRemoved is the reason of a credential whose holder's data were erased:
// its file, its links and its shares are gone, and nothing tells whose it was.
const HolderRemoved = "holder.removed"

// Erased reports whether the holder's data were erased.
func (c Credential) Erased() bool { return c.State == StateRevoked && c.Reason == HolderRemoved }

// Erasable reports whether there is something to erase: it was given out, and was
// not erased before.
func (c Credential) Erasable() bool { return c.State != StateQueued && !c.Erased() }

// Erase revokes the credential and empties whatever tells whose it was, as one
// person asked and another grants. One that was revoked or replaced before is
// erased as well: its history keeps that decision. What nobody was given yet
// cannot be erased: credential.unsigned.
func (c Credential) Erase(asked, granted Actor, at time.Time) (Credential, StatusEvent, error) {
	if err := twoPersons(asked, granted); err != nil {
		return c, StatusEvent{}, err
	}
	switch {
	case c.State == StateQueued:
		return c, StatusEvent{}, Fail(Conflict, "credential.unsigned", c.Number)
	case c.Erased():
		return c, StatusEvent{}, Fail(Conflict, "credential.final", c.Number, string(c.State), string(StateRevoked))
	}
	event := StatusEvent{Credential: c.ID, From: c.State, To: StateRevoked, Reason: HolderRemoved, By: asked.Account, Second: granted.Account, At: at}
	c.State, c.StateSince, c.Reason = StateRevoked, at, HolderRemoved
	c.Snapshot = c.Snapshot.Nameless()
	// Signatures over a name prove a guess of it. The file's SHA-256 stays: the
	// signature inside the file makes it as hard to guess as a key.
	c.RecordSig, c.JWTSig, c.PDFSig = nil, nil, nil
	return c, event, nil
}

// Nameless is the snapshot without what tells whose it is: names, id, the
// subject's name in the badge, and the salt, without which the ledger's leaf can
// be linked to nothing.
func (s Snapshot) Nameless() Snapshot {
	s.Name, s.LatinName, s.IDLast4, s.Subject, s.Salt = "", "", "", "", ""
	return s
}
