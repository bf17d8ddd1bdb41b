package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// Plain is an answer whose credential is JSON already (registry.Shown). Shown is
// nil where the answer has no credential, or has it in the answer itself.
type Plain struct {
	registry.Answer
	Shown []byte
}

// Whole is the answer with its credential read.
func (p Plain) Whole() (registry.Answer, error) {
	if p.Shown == nil {
		return p.Answer, nil
	}
	if shown, ok := shownOf(string(p.Shown)); ok {
		p.Credential = shown
		return p.Answer, nil
	}
	p.Credential = new(registry.Shown)
	if err := json.Unmarshal(p.Shown, p.Credential); err != nil {
		return p.Answer, fmt.Errorf("read what is shown: %w", err)
	}
	return p.Answer, nil
}

// Quick is Code for who answers in JSON: the same answer, by the shortest way.
func (s *Service) Quick(ctx context.Context, text, channel string) (Plain, error) {
	code, err := registry.ParseCode(text)
	if err != nil {
		return Plain{}, err
	}
	t, err := s.thin(ctx, code)
	if errors.Is(err, errPlain) {
		return Plain{Answer: s.answer(ctx, code, channel)}, nil
	}
	if t == nil {
		t = &thin{}
	}
	e := s.evidence(t.State, t.recordKey, err)
	if err == nil {
		e.Standing = &t.Standing
	}
	p := Plain{Answer: registry.Decide(e)}
	if e.Looked && err == nil && t.State != registry.StateQueued {
		p.Shown = t.shown
	}
	s.tally(t.base, p.Status, channel)
	return p, nil
}

// thin returns the facts of the code, from memory where they held less than a
// lease ago; else from the store.
func (s *Service) thin(ctx context.Context, code registry.Code) (t *thin, err error) {
	m := s.memory.Load()
	if m == nil {
		return s.read(ctx, code)
	}
	remember, turn := m.facts.most > 0, int64(0)
	if remember {
		pulse, err := s.DB.Pulse(ctx, lease)
		if err == nil {
			if t, turn = m.facts.get(code, pulse.Answers); t != nil {
				return t, nil
			}
		} else if !ended(ctx) {
			return nil, err // a store that does not say how far it is says nothing else in time
		} else {
			remember = false
		}
	}
	if m.codes.lacks(ctx, s.DB, code) {
		return nil, unknown
	}
	if t, err = s.read(ctx, code); err == nil && remember && t.State != registry.StateQueued {
		m.facts.put(code, t, turn)
	}
	return t, err
}

// read reads the facts from the store.
func (s *Service) read(ctx context.Context, code registry.Code) (*thin, error) {
	near, cancel := within(ctx)
	f, found, err := s.DB.Facts(near, code)
	cancel()
	if err != nil && ended(ctx) {
		late, cancel := outlast(ctx)
		f, found, err = s.DB.Facts(late, code)
		cancel()
	}
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errPlain
	}
	return thinOf(f)
}

// lacks reports that no credential has the code, without asking for it.
func (s *Service) lacks(ctx context.Context, code registry.Code) bool {
	m := s.memory.Load()
	return m != nil && m.codes.lacks(ctx, s.DB, code)
}

// unknown is the store's word for a code that it does not have.
var unknown = registry.Fail(registry.NotFound, "credential.unknown", "")

// Watch keeps in memory what answers are made of, until ctx ends, in the one
// process that serves: which codes there are, and the facts of the credentials
// asked for last (Cache of them).
func (s *Service) Watch(ctx context.Context) {
	m := &memory{facts: facts{most: s.Cache / 2}, codes: codes{stale: make(chan struct{}, 1)}}
	s.DB.Follow(m)
	s.memory.Store(m)
	for {
		if err := m.codes.renew(ctx, s.DB); err != nil && ctx.Err() == nil {
			s.Log.Error("filter of codes not made", "error", err)
		}
		select { // what another process adds makes a filter useless, and making one costs a reading of all codes
		case <-ctx.Done():
			return
		case <-time.After(renewEvery):
		}
		select {
		case <-ctx.Done():
			return
		case <-m.codes.stale:
		}
	}
}

// renewEvery is the least time between two filters.
const renewEvery = 20 * time.Second

var _ store.Changes = (*memory)(nil)
