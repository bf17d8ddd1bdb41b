package certificate

import (
	"sync"

	"github.com/passmuster/passmuster/internal/pdf"
)

// maxSettings is how many a template remembers before it begins anew.
const maxSettings = 4096

// settings are flows that were set once, by the flow's number and its texts, for
// all sheets that say the same: names of issuers, bases and courses come back in
// class after class.
type settings struct {
	mu  sync.RWMutex
	all map[string]*pdf.Stamp
}

func (s *settings) get(key []byte) *pdf.Stamp {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.all[string(key)]
}

func (s *settings) put(key []byte, made *pdf.Stamp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil || len(s.all) >= maxSettings {
		s.all = map[string]*pdf.Stamp{}
	}
	s.all[string(key)] = made
}

// texts appends what a flow says, each text ended, so that no two flows that say
// different things have the same key.
func (d *drawing) texts(o []byte, f *flow) []byte {
	if f.If != "" && d.fields[d.form.Langs[0]][f.If] == "" {
		return append(o, 0)
	}
	for i := range f.Texts {
		o = append(d.fields[f.Texts[i].Lang].append(o, f.Texts[i].Pattern), 1)
	}
	return o
}
