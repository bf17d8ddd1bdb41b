package intake

import (
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"github.com/passmuster/passmuster/internal/registry"
)

// readTheory reads the score of the theory test, a whole number from 0 to 100.
func (r *reader) readTheory() {
	s := strings.TrimSpace(width.Fold.String(r.cell(FieldTheory).Text))
	if s == "" {
		return
	}
	for _, unit := range []string{"分", "%", "баллов", "балла", "балл"} {
		s = strings.TrimSpace(strings.TrimSuffix(s, unit))
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	switch {
	case err != nil || n != n:
		r.fault(FieldTheory, registry.Fault{Code: "intake.score_number", Args: []any{short(s)}})
	case n < 0 || n > 100:
		r.fault(FieldTheory, registry.Fault{Code: "intake.score_range", Args: []any{short(s)}})
	case n != float64(int(n)):
		r.fault(FieldTheory, registry.Fault{Code: "intake.score_whole", Args: []any{short(s)}})
	default:
		score := int(n)
		r.row.Theory = &score
	}
}

// outcomes are the words for a passed or failed skills assessment.
var outcomes = map[string]bool{
	"合格": true, "通过": true, "及格": true, "优秀": true, "良好": true, "优": true, "良": true, "是": true, "pass": true, "passed": true, "yes": true, "ok": true, "true": true,
	"зачтено": true, "зачет": true, "сдано": true, "сдал": true, "сдала": true, "пройдено": true, "да": true, "+": true, "√": true, "✓": true, "✔": true, "1": true,
	"不合格": false, "未通过": false, "不及格": false, "不通过": false, "否": false, "fail": false, "failed": false, "no": false, "false": false, "notpassed": false,
	"незачтено": false, "незачет": false, "несдано": false, "несдал": false, "несдала": false, "непройдено": false, "нет": false, "-": false, "×": false, "✗": false, "0": false,
}

// readSkills reads pass or fail; a fail is an outcome, not a fault of the row.
func (r *reader) readSkills() {
	s := plain(r.cell(FieldSkills).Text)
	if s == "" {
		return
	}
	key := strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(width.Fold.String(s)), "ё", "е"), " ", "")
	passed, ok := outcomes[key]
	if !ok {
		r.fault(FieldSkills, registry.Fault{Code: "intake.skills_unknown", Args: []any{short(s)}})
		return
	}
	r.row.Skills = &passed
}
