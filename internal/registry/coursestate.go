package registry

import (
	"slices"
	"strconv"
)

var courseMoves = map[CourseStatus][]CourseStatus{
	CourseDraft:  {CourseActive, CourseRetired},
	CourseActive: {CourseRetired},
}

// To moves the version to the next state, or refuses: what was active once is
// never a draft again, because certificates name it.
func (c Course) To(next CourseStatus) (Course, error) {
	if !slices.Contains(courseMoves[c.Status], next) {
		return c, Fail(Conflict, "course.move", c.Code, strconv.Itoa(c.Version))
	}
	c.Status = next
	return c, nil
}

// MaxSkillItems is how many steps a skills sheet has at most.
const MaxSkillItems = 60

// Validate checks what must hold of every skills sheet: each step has a code of
// its own and a text in one language at least, and no more of the steps that are
// not critical are asked for than there are.
func (s SkillsSheet) Validate() error {
	if len(s.Items) > MaxSkillItems {
		return FailField(Invalid, "skills", "course.skills_many", MaxSkillItems)
	}
	seen, others := map[string]bool{}, 0
	for i, item := range s.Items {
		switch {
		case item.Code == "" || seen[item.Code]:
			return FailField(Invalid, "skills", "course.skills_code", i+1)
		case item.Text.In() == "":
			return FailField(Invalid, "skills", "course.skills_text", i+1)
		}
		seen[item.Code] = true
		if !item.Critical {
			others++
		}
	}
	if s.OthersPass < 0 || s.OthersPass > others {
		return FailField(Invalid, "others_pass", "course.skills_others", others)
	}
	return nil
}

// Next is the draft of the following version: the same course, to be changed.
func (c Course) Next(version int) Course {
	c.ID, c.Version, c.Status, c.Edition = "", version, CourseDraft, 1
	c.Skills.Items = slices.Clone(c.Skills.Items)
	return c
}
