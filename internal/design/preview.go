package design

import (
	"context"
	"slices"

	"github.com/passmuster/passmuster/internal/certificate"
	"github.com/passmuster/passmuster/internal/registry"
	"github.com/passmuster/passmuster/internal/store"
)

// PreviewInput says what a preview shows.
type PreviewInput struct {
	Design      string // id; "": the one in use for the kind
	Source      []byte // a file that is not stored yet, in place of Design
	Kind        registry.CredentialKind
	Langs       []string // "" : zh and en
	Sample      string   // key of certificate.WorstNames; "": the first
	Signatories int      // how many sign, 1 to 3; 0: as the sample has it
	Plain       bool     // without the issuer's logo and seal
}

// Pairs are the pairs of languages that a certificate can have, as they are
// written in an address.
var Pairs = map[string][]string{"zh+en": {"zh", "en"}, "ru+en": {"ru", "en"}, "en": {"en"}}

// Preview draws one page as it would be printed, unsigned and marked as a
// sample: a PDF file.
func (s *Service) Preview(ctx context.Context, by registry.Actor, code string, in PreviewInput) ([]byte, error) {
	if in.Kind == "" {
		in.Kind = registry.Competence
	}
	if len(in.Langs) == 0 {
		in.Langs = Pairs["zh+en"]
	}
	if !slices.Contains(Kinds, in.Kind) {
		return nil, registry.FailField(registry.Invalid, "kind", "look.kind", string(in.Kind))
	}
	how, issuer, err := s.look(ctx, by, code, in)
	if err != nil {
		return nil, err
	}
	sample, err := sampleOf(in)
	if err != nil {
		return nil, err
	}
	sample.Issuer = registry.CodeName{Code: issuer.Code, Name: issuer.Name}
	press, err := s.opening()
	if err != nil {
		return nil, err
	}
	return press.Preview(how, sample)
}

func (s *Service) look(ctx context.Context, by registry.Actor, code string, in PreviewInput) (certificate.Look, registry.Organization, error) {
	how := certificate.Look{Kind: in.Kind, Langs: in.Langs, Demo: s.Demo}
	var issuer registry.Organization
	err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if issuer, err = s.issuer(ctx, tx, by, code, registry.ReadTemplate); err != nil {
			return err
		}
		chosen, err := s.shelf.Of(ctx, tx, issuer.ID, in.Kind)
		if err != nil {
			return err
		}
		how.Design = chosen.Design
		if !in.Plain {
			how.Logo, how.Seal = chosen.Logo, chosen.Seal
		}
		if in.Design != "" && in.Source == nil {
			item, err := s.find(ctx, tx, issuer.ID, in.Design)
			if err != nil {
				return err
			}
			how.Design = item.Design
		}
		return nil
	})
	if err != nil || in.Source == nil {
		return how, issuer, err
	}
	how.Design, err = certificate.ParseDesign(in.Source)
	return how, issuer, err
}

// sampleOf is the snapshot of the sample with as many signatories as are asked
// for.
func sampleOf(in PreviewInput) (registry.Snapshot, error) {
	samples := certificate.WorstNames(in.Kind, in.Langs)
	i := 0
	if in.Sample != "" {
		i = slices.IndexFunc(samples, func(s certificate.Sample) bool { return s.Key == in.Sample })
	}
	if i < 0 || len(samples) == 0 {
		return registry.Snapshot{}, registry.FailField(registry.Invalid, "sample", "look.sample", in.Sample)
	}
	snapshot := samples[i].Snapshot
	if n := min(in.Signatories, registry.MaxSignatories); n > 0 && len(snapshot.Signatories) > 0 {
		snapshot.Signatories = signing(samples, snapshot.Signatories)[:n]
	}
	return snapshot, nil
}

// signing are as many people as can sign: those of the sample, then those of
// the others.
func signing(samples []certificate.Sample, list []registry.Signatory) []registry.Signatory {
	list = slices.Clone(list)
	for _, s := range samples {
		for _, g := range s.Snapshot.Signatories {
			if !slices.ContainsFunc(list, func(o registry.Signatory) bool { return o.Name == g.Name }) {
				list = append(list, g)
			}
		}
	}
	for len(list) < registry.MaxSignatories {
		list = append(list, list[0])
	}
	return list
}
