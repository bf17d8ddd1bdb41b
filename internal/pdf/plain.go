package pdf

import (
	"errors"
	"slices"
)

// FinishPlain closes the file of a Design that is Plain: without signature,
// form and attachment, but with tags, languages and metadata as the signed ones.
// The page is used up.
func (p *Page) FinishPlain(m Meta) ([]byte, error) {
	if !p.base.Plain {
		return nil, errors.New("finish file: the design asks for a signature")
	}
	if err := p.settle(); err != nil {
		return nil, err
	}
	if err := p.start(m); err != nil {
		return nil, err
	}
	p.contentObject()
	p.resources()
	p.metadata(m)
	p.info(m)
	table := p.table(m)
	p.end.out = appendEnd(p.end.out, table)
	file := slices.Concat(p.base.Prefix, p.end.out)
	p.base.pages.Put(p)
	return file, nil
}
