package picture

import "fmt"

// size is one way to set a text: from a size down to another on so many lines.
type size struct{ from, to, lines int }

// text is one paragraph of a flow.
type text struct {
	words  string
	style  style
	sizes  []size // tried in turn; the last one breaks a name anywhere
	color  ink
	before int // space above, in pixels
	track  int
	name   bool
	draw   func(x, y, w int) error // in place of words: height pixels high
	height int
}

const (
	left, center = 0, 1
	lineHeight   = 128 // per cent of the size
)

// block is a text laid out.
type block struct {
	text
	m      measured
	at     int // size
	gap    int // space above
	lines  []span
	height int
}

// lay chooses the largest size at which the text fits, at a scale in per cent.
func (b *block) lay(room, scale, align int) bool {
	for i, s := range b.sizes {
		last := i == len(b.sizes)-1
		for at := max(s.to, s.from*scale/100); ; at = max(s.to, at-2) {
			for _, r := range b.rules(last && at == s.to) {
				lines := b.m.wrap(at, b.track, room, r)
				if lines == nil || len(lines) > s.lines {
					continue
				}
				if align == center {
					lines = b.m.balance(lines, at, b.track, room, r)
				}
				b.at, b.lines, b.height = at, lines, len(lines)*at*lineHeight/100
				return true
			}
			if at == s.to {
				break
			}
		}
	}
	return false
}

// rules are where the text may break, the kindest first.
func (b *block) rules(last bool) []rule {
	list := []rule{{name: b.name}}
	if b.name {
		list = append(list, rule{name: true, hyphen: true})
	}
	if last {
		list = append(list, rule{anywhere: true})
	}
	return list
}

// flow sets texts below each other in the box, in its middle or from its top, as
// large as they find room.
func (d *drawing) flow(x, y, w, h, align int, fromTop bool, texts ...text) error {
	var blocks []*block
	for _, t := range texts {
		if t.words == "" && t.draw == nil {
			continue
		}
		b := &block{text: t}
		if t.draw == nil {
			var err error
			if b.m, err = d.set.measure(t.words, t.style.stack(t.words)); err != nil {
				return err
			}
		}
		blocks = append(blocks, b)
	}
	for scale := 100; scale >= 40; scale -= 4 {
		if height, ok := fit(blocks, w, h, scale, align); ok {
			if !fromTop {
				y += (h - height) / 2
			}
			return d.draw(blocks, x, y, w, align)
		}
	}
	return fmt.Errorf("text does not fit: %q", texts[0].words)
}

func fit(blocks []*block, w, h, scale, align int) (height int, ok bool) {
	for i, b := range blocks {
		if i > 0 {
			height += b.before * scale / 100
		}
		if b.text.draw != nil {
			b.height = b.text.height
		} else if !b.lay(w, scale, align) {
			return 0, false
		}
		height += b.height
	}
	for i, b := range blocks { // the space above shrinks with the texts
		if i > 0 {
			b.gap = b.before * scale / 100
		}
	}
	return height, height <= h
}

func (d *drawing) draw(blocks []*block, x, y, w, align int) error {
	for _, b := range blocks {
		y += b.gap
		if b.text.draw != nil {
			if err := b.text.draw(x, y, w); err != nil {
				return err
			}
		}
		step := b.at * lineHeight / 100
		for n, l := range b.lines {
			at := x
			if align == center {
				at += (w - b.m.width(l.from, l.to, b.at, b.track)/one) / 2
			}
			// Letters stand 0.36 of their size below the middle of their line.
			d.canvas.glyphs(b.m.glyphs[l.from:l.to], at, y+n*step+step/2+b.at*36/100, b.at, b.track, b.style.thick, b.color)
		}
		y += b.height
	}
	return nil
}
