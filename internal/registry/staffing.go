package registry

// Preset says how strictly a federation holds its classes to ratios and
// manikins.
type Preset string

// The presets. In a relaxed one every limit of staffing warns, and none blocks.
const (
	Strict  Preset = "strict"
	Relaxed Preset = "relaxed"
)

// Presets lists the presets.
var Presets = []Preset{Strict, Relaxed}

// Staffing is who and what a class has for how many trainees, and what its
// course asks.
type Staffing struct {
	Trainees   int
	Trainers   int
	Manikins   int
	RatioWarn  int // trainees per trainer; 0: no limit
	RatioMax   int
	PerManikin int    // trainees per manikin; 0: none is needed
	Reason     string // why there are fewer trainers or manikins than asked
}

// StaffingOf is the staffing of a class at its base for a number of trainees. A
// class that does not say how many manikins it has uses those of the base.
func StaffingOf(c Class, course Course, base Base, trainees int) Staffing {
	s := Staffing{Trainees: trainees, Trainers: len(c.Trainers), Manikins: c.Manikins, RatioWarn: course.RatioWarn, RatioMax: course.RatioMax,
		PerManikin: course.ManikinRatio, Reason: c.RatioReason}
	if s.Manikins == 0 {
		s.Manikins = base.Manikins
	}
	return s
}

// Fault refuses a staffing under what the course asks: over the limit of
// trainees per trainer only a regional administrator consents, between warning
// and limit, or with too few manikins, a reason is enough.
// Under the relaxed preset nothing is refused.
func (s Staffing) Fault(p Preset) error {
	if p == Relaxed {
		return nil
	}
	for _, f := range s.Warnings() {
		switch {
		case f.Code == "class.ratio_max":
			return Fail(Conflict, f.Code, f.Args...)
		case s.Reason == "":
			return FailField(Conflict, f.Field, f.Code, f.Args...)
		}
	}
	return nil
}

// Warnings tell every limit that the staffing is over, whether a reason is given
// or not; the gravest stands first.
func (s Staffing) Warnings() []Fault {
	var list []Fault
	n := max(1, s.Trainers)
	switch {
	case s.RatioMax > 0 && s.Trainees > s.RatioMax*n:
		list = append(list, Fault{Field: "capacity", Code: "class.ratio_max", Args: []any{s.Trainees, n, s.RatioMax}, Warn: true})
	case s.RatioWarn > 0 && s.Trainees > s.RatioWarn*n:
		list = append(list, Fault{Field: "ratio_reason", Code: "class.ratio_warn", Args: []any{s.Trainees, n, s.RatioWarn}, Warn: true})
	}
	if s.PerManikin > 0 && s.Trainees > s.PerManikin*s.Manikins {
		list = append(list, Fault{Field: "ratio_reason", Code: "class.manikins", Args: []any{s.Trainees, s.Manikins, s.PerManikin}, Warn: true})
	}
	return list
}

// SubmitBy is the day by which a class should be submitted.
func (c Class) SubmitBy() Date { return c.EndsOn().AddDays(SubmitWithin) }

// Due is how a class stands to its deadlines.
type Due string

// How a class stands to its deadlines.
const (
	DueLater   Due = "later"   // its last session is still to come
	DueNow     Due = "now"     // to be submitted within three days
	DueOver    Due = "over"    // the three days are over
	DueFlagged Due = "flagged" // after ten days the approver sees that it is late
	DueRegion  Due = "region"  // after thirty days only a regional administrator submits it
)

// DueOn tells how a class that is not submitted stands to its deadlines on the
// day at its base, and the days left to submit it, below zero when they are over.
func (c Class) DueOn(today Date) (Due, int) {
	last := c.EndsOn()
	left := c.SubmitBy().DayNumber() - today.DayNumber()
	switch {
	case today.Before(last):
		return DueLater, left
	case today.After(last.AddDays(TooLateAfter)):
		return DueRegion, left
	case today.After(last.AddDays(LateAfter)):
		return DueFlagged, left
	case left < 0:
		return DueOver, left
	}
	return DueNow, left
}
