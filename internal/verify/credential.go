package verify

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"

	"github.com/passmuster/passmuster/internal/badge"
	"github.com/passmuster/passmuster/internal/canonical"
	"github.com/passmuster/passmuster/internal/registry"
)

// Token answers for a VC-JWT of this registry: its signature, whether the
// registry issued just that credential, and what became of it
// (docs/verdicts.md, "A credential shown to the registry"). What is no token of
// one of our keys in the one form that we sign is refused: badge.malformed,
// badge.header, badge.claims. Nothing is ever fetched for a token.
func (s *Service) Token(ctx context.Context, token string) (registry.Answer, error) {
	said, err := badge.Verify(token, s.recordKey)
	switch {
	case errors.Is(err, errKeyUnknown):
		return s.doubtful("signer.unknown"), nil
	case refusedAs(err, "badge.signature"):
		now := s.now()
		a := registry.Unjudged().Altered("badge.signature")
		a.CheckedAt, a.Checks.Signature.AsOf, a.Checks.Signature.Reason = now, &now, "badge.signature"
		s.count(lookup{}, a.Status, ChannelVC)
		return a, nil
	case err != nil:
		return registry.Answer{}, err
	}
	code, ok := s.codeOf(said.Credential.ID)
	if !ok { // by our key, from before the registry's address was another
		return s.doubtful("badge.foreign"), nil
	}
	a, found := s.lookUp(ctx, code)
	if a.Credential != nil && !sameBadge(said.Credential, found.credential) {
		a = a.Altered("badge.registry")
	} else if a.Credential != nil && a.Checks.Signature.Result == registry.CheckYes || a.Credential == nil {
		now := s.now()
		a.Checks.Signature = registry.Check{Result: registry.CheckYes, AsOf: &now}
	}
	s.count(found, a.Status, ChannelVC)
	return a, nil
}

// Unsigned answers for a credential as JSON, which has no signature and so
// proves nothing by itself: what it says is held against the registry's own
// record under the code that it names. A proof inside it is not looked at.
func (s *Service) Unsigned(ctx context.Context, credential []byte) (registry.Answer, error) {
	var said map[string]any
	if err := json.Unmarshal(credential, &said); err != nil {
		return registry.Answer{}, registry.Fail(registry.Invalid, "badge.malformed")
	}
	id, _ := said["id"].(string)
	code, ok := s.codeOf(id)
	if !ok {
		return s.doubtful("badge.foreign"), nil
	}
	a, found := s.lookUp(ctx, code)
	if a.Credential == nil { // out of reach, or never issued
		s.count(found, a.Status, ChannelVC)
		return a, nil
	}
	delete(said, "proof")
	if agrees(said, found.credential) {
		a = a.Doubt("badge.unsigned")
		a.Checks.Signature = registry.Check{Result: registry.CheckCould, Reason: "badge.unsigned"}
	} else {
		a = a.Altered("badge.registry")
	}
	s.count(found, a.Status, ChannelVC)
	return a, nil
}

func (s *Service) lookUp(ctx context.Context, code registry.Code) (registry.Answer, lookup) {
	found, err := s.byCode(ctx, code)
	return s.judge(found, err), found
}

// doubtful answers for what cannot be judged here, and says why.
func (s *Service) doubtful(reason string) registry.Answer {
	a := registry.Unjudged().Doubt(reason)
	a.CheckedAt = s.now()
	a.Checks.Signature = registry.Check{Result: registry.CheckCould, Reason: reason}
	return a
}

// codeOf reads the code in the id of a credential of this registry.
func (s *Service) codeOf(id string) (registry.Code, bool) {
	text, ok := strings.CutPrefix(id, badge.CredentialURL(s.Origin, ""))
	if !ok {
		return "", false
	}
	code, err := registry.ParseCode(text)
	return code, err == nil && string(code) == text
}

// sameBadge compares a signed credential with the one that was issued; of a
// holder whose data were erased, everything but who it was.
func sameBadge(said badge.AchievementCredential, c registry.Credential) bool {
	own := badge.Credential(c.Snapshot)
	if c.Erased() {
		said.Subject.ID, said.Subject.Identifier = own.Subject.ID, own.Subject.Identifier
	}
	return reflect.DeepEqual(said, own)
}

// agrees compares JSON with a credential, or with the payload of its VC-JWT, by
// the canonical form, so that white space and the order of members do not matter
// and nothing else is let pass.
func agrees(said map[string]any, c registry.Credential) bool {
	own := badge.Credential(c.Snapshot)
	if subject, ok := said["credentialSubject"].(map[string]any); ok && c.Erased() {
		said = maps.Clone(said)
		subject = maps.Clone(subject)
		subject["id"], subject["identifier"] = own.Subject.ID, own.Subject.Identifier
		said["credentialSubject"] = subject
		if _, has := said["sub"]; has {
			said["sub"] = own.Subject.ID
		}
	}
	want := any(own)
	if _, decoded := said["jti"]; decoded {
		want = badge.Payload(own)
	}
	a, err := canonical.JSON(said)
	if err != nil {
		return false
	}
	b, err := canonical.JSON(want)
	return err == nil && string(a) == string(b)
}

func refusedAs(err error, code string) bool {
	var refusal *registry.Error
	return errors.As(err, &refusal) && refusal.Code == code
}
