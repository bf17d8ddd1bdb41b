package bench

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
)

// interpreter turns the operators of a content stream (ISO 32000-1, annex A)
// into things to draw: those operators that our files hold.
type interpreter struct {
	faces map[string]*face
	ops   []op
	code  place

	g       graphics
	saved   []graphics
	path    []segment
	tm      matrix
	strings []string // operands as text; numbers as they are written
}

// graphics is the state that q keeps.
type graphics struct {
	ctm          matrix
	fill, stroke [3]int
	width        float64
	round        bool
	font         string
	size, track  float64
	mode         int // of text
}

type matrix [6]float64

func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// codeSegments is how many parts a path has that can only be the QR code.
const codeSegments = 150

func (in *interpreter) run(content []byte) error {
	in.g.ctm = matrix{1, 0, 0, 1, 0, 0}
	for rest := string(content); ; {
		var token string
		if token, rest = next(rest); token == "" {
			return nil
		}
		if c := token[0]; c == '<' || c == '/' || c == '(' || c == '[' || c == '-' || c == '.' || c >= '0' && c <= '9' {
			in.strings = append(in.strings, token)
			continue
		}
		if err := in.do(token); err != nil {
			return err
		}
		in.strings = in.strings[:0]
	}
}

// next cuts the first token off.
func next(s string) (token, rest string) {
	s = strings.TrimLeft(s, " \n\r\t")
	if s == "" {
		return "", ""
	}
	end := 0
	switch {
	case strings.HasPrefix(s, "<<"):
		end = strings.Index(s, ">>") + 2
	case s[0] == '<':
		end = strings.IndexByte(s, '>') + 1
	case s[0] == '[':
		end = strings.IndexByte(s, ']') + 1
	default:
		if end = strings.IndexAny(s[1:], " \n\r\t/<[("); end < 0 {
			end = len(s) - 1
		}
		end++
	}
	if end <= 0 {
		return "", ""
	}
	return s[:end], s[end:]
}

// numbers are the operands.
func (in *interpreter) numbers(n int) ([]float64, error) {
	if len(in.strings) < n {
		return nil, fmt.Errorf("operator with %d operands of %d", len(in.strings), n)
	}
	out := make([]float64, n)
	for i, s := range in.strings[len(in.strings)-n:] {
		var err error
		if out[i], err = strconv.ParseFloat(s, 64); err != nil {
			return nil, fmt.Errorf("operand %q", s)
		}
	}
	return out, nil
}

// operands is how many numbers each operator takes.
var operands = map[string]int{"cm": 6, "w": 1, "J": 1, "j": 1, "rg": 3, "RG": 3, "g": 1, "G": 1, "m": 2, "l": 2, "c": 6, "re": 4, "Tm": 6, "Td": 2, "Tc": 1, "Tr": 1}

func (in *interpreter) do(operator string) error {
	v, err := in.numbers(operands[operator])
	if err != nil {
		return fmt.Errorf("%s: %w", operator, err)
	}
	switch operator {
	case "q":
		in.saved = append(in.saved, in.g)
	case "Q":
		if len(in.saved) == 0 {
			return fmt.Errorf("operator Q without q")
		}
		in.g, in.saved = in.saved[len(in.saved)-1], in.saved[:len(in.saved)-1]
	case "cm":
		in.g.ctm = matrix(v).times(in.g.ctm)
	case "w":
		in.g.width = v[0]
	case "J":
		in.g.round = v[0] == 1
	case "rg":
		in.g.fill = color(v)
	case "RG":
		in.g.stroke = color(v)
	case "g":
		in.g.fill = color([]float64{v[0], v[0], v[0]})
	case "G":
		in.g.stroke = color([]float64{v[0], v[0], v[0]})
	case "m", "l", "c", "h", "re":
		in.path = append(in.path, in.segment(operator, v))
	case "f", "f*", "S", "B", "B*", "n":
		in.paint(operator)
	case "BT":
		in.tm = matrix{1, 0, 0, 1, 0, 0}
	case "Tm":
		in.tm = matrix(v)
	case "Td":
		in.tm = matrix{1, 0, 0, 1, v[0], v[1]}.times(in.tm)
	case "Tc":
		in.g.track = v[0]
	case "Tr":
		in.g.mode = int(v[0])
	case "Tf":
		return in.font()
	case "Tj":
		return in.show()
	case "j", "ET", "BMC", "BDC", "EMC":
	default:
		return fmt.Errorf("operator %q is not known", operator)
	}
	return nil
}

func color(v []float64) (c [3]int) {
	for i := range c {
		c[i] = int(math.Round(v[i] * 255))
	}
	return c
}

// segment moves operands to the page's own space. Our matrices only scale.
func (in *interpreter) segment(operator string, v []float64) segment {
	m, p := in.g.ctm, make([]float64, len(v))
	if operator == "re" {
		x, y := m[0]*v[0]+m[4], m[3]*v[1]+m[5]
		w, h := m[0]*v[2], m[3]*v[3]
		return segment{operator, []float64{min(x, x+w), min(y, y+h), max(w, -w), max(h, -h)}}
	}
	for i := 0; i < len(v); i += 2 {
		p[i], p[i+1] = m[0]*v[i]+m[2]*v[i+1]+m[4], m[1]*v[i]+m[3]*v[i+1]+m[5]
	}
	return segment{operator, p}
}

func (in *interpreter) paint(operator string) {
	path := in.path
	in.path = nil
	if operator == "n" || len(path) == 0 {
		return
	}
	if operator[0] == 'f' && len(path) > codeSegments && in.g.fill == [3]int{} {
		in.code = box(path) // the peer makes the code itself
		return
	}
	o := op{Path: path, Round: in.g.round, EvenOdd: strings.HasSuffix(operator, "*")}
	if operator[0] != 'S' {
		fill := in.g.fill
		o.Fill = &fill
	}
	if operator[0] != 'f' {
		stroke := in.g.stroke
		o.Stroke, o.Line = &stroke, in.g.width
	}
	in.ops = append(in.ops, o)
}

// box is the square around a path.
func box(path []segment) place {
	left, low, right := math.Inf(1), math.Inf(1), math.Inf(-1)
	for _, s := range path {
		for i := 0; i+1 < len(s.P); i += 2 {
			if s.Op == "re" && i == 2 {
				right = max(right, s.P[0]+s.P[2])
				continue
			}
			left, low, right = min(left, s.P[i]), min(low, s.P[i+1]), max(right, s.P[i])
		}
	}
	return place{left, low, right - left}
}

func (in *interpreter) font() error {
	if len(in.strings) != 2 {
		return fmt.Errorf("operator Tf with %d operands", len(in.strings))
	}
	in.g.font = in.strings[0][1:]
	size, err := strconv.ParseFloat(in.strings[1], 64)
	in.g.size = size
	return err
}

// show sets one string of two-byte codes in hexadecimal.
func (in *interpreter) show() error {
	f := in.faces[in.g.font]
	if f == nil || len(in.strings) != 1 || in.strings[0][0] != '<' {
		return fmt.Errorf("text in font %q is not as expected", in.g.font)
	}
	hex := strings.Trim(in.strings[0], "<>")
	var text strings.Builder
	width := 0.0
	for i := 0; i+4 <= len(hex); i += 4 {
		id, err := strconv.ParseUint(hex[i:i+4], 16, 16)
		if err != nil || f.runes[int(id)] == "" {
			return fmt.Errorf("code %q has no character", hex[i:i+4])
		}
		text.WriteString(f.runes[int(id)])
		width += f.widths[int(id)]*in.g.size/1000 + in.g.track
	}
	fill := in.g.fill
	o := op{Text: text.String(), Size: in.g.size, Track: in.g.track, Width: width - in.g.track, Matrix: [6]float64(in.tm.times(in.g.ctm)), Fill: &fill, name: f.name}
	if in.g.mode == 2 {
		stroke := in.g.stroke
		o.Stroke, o.Line = &stroke, in.g.width
	}
	in.ops = append(in.ops, o)
	in.tm = matrix{1, 0, 0, 1, width, 0}.times(in.tm)
	return nil
}

// utf16BE reads hexadecimal UTF-16.
func utf16BE(hex string) string {
	var units []uint16
	for i := 0; i+4 <= len(hex); i += 4 {
		u, err := strconv.ParseUint(hex[i:i+4], 16, 16)
		if err != nil {
			return ""
		}
		units = append(units, uint16(u))
	}
	return string(utf16.Decode(units))
}
