package qr

// Weights of the four features that make a symbol hard to read
// (ISO/IEC 18004, 7.8.3).
const (
	penaltyRun     = 3  // five modules of one colour in a line, and 1 for each further one
	penaltyBox     = 3  // a 2 × 2 square of one colour
	penaltyFinder  = 40 // 1:1:3:1:1 with four light modules on a side
	penaltyBalance = 10 // each 5 % away from half dark
)

func (s *symbol) penalty() int {
	total, dark := 0, 0
	row, column := make([]bool, s.size), make([]bool, s.size)
	for i := range s.size {
		for j := range s.size {
			row[j], column[j] = s.dark[i*s.size+j], s.dark[j*s.size+i]
			if row[j] {
				dark++
			}
		}
		total += linePenalty(row) + linePenalty(column)
	}
	return total + s.boxes()*penaltyBox + balance(dark, s.size*s.size)
}

// linePenalty scores the runs of a line and the finder look-alikes in it. The
// last eleven modules are kept as bits, the newest lowest.
func linePenalty(line []bool) int {
	total, run, window := 0, 0, 0
	for i, dark := range line {
		if i > 0 && dark == line[i-1] {
			run++
		} else {
			run = 1
		}
		if run == 5 {
			total += penaltyRun
		} else if run > 5 {
			total++
		}
		window = window << 1 & 0x7FF
		if dark {
			window |= 1
		}
		if i >= 10 && (window == 0b10111010000 || window == 0b00001011101) {
			total += penaltyFinder
		}
	}
	return total
}

func (s *symbol) boxes() int {
	n := 0
	for y := range s.size - 1 {
		upper, lower := s.dark[y*s.size:(y+1)*s.size], s.dark[(y+1)*s.size:(y+2)*s.size]
		for x := range s.size - 1 {
			if c := upper[x]; upper[x+1] == c && lower[x] == c && lower[x+1] == c {
				n++
			}
		}
	}
	return n
}

func balance(dark, all int) int {
	off := max(dark*20-all*10, all*10-dark*20)
	return max(0, (off+all-1)/all-1) * penaltyBalance
}
