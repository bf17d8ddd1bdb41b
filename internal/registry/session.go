package registry

import "time"

// clock is the time of the session's day where its base is; ok is false where
// none was given.
func (s Session) clock(at string, loc *time.Location) (t time.Time, ok bool) {
	c, err := time.Parse("15:04", at)
	if err != nil {
		return time.Time{}, false
	}
	return time.Date(s.On.Year, time.Month(s.On.Month), s.On.Day, c.Hour(), c.Minute(), 0, 0, loc), true
}

// BeginIn is when the session begins, where its base is: at its time, or with
// its day.
func (s Session) BeginIn(loc *time.Location) time.Time {
	if from, ok := s.clock(s.From, loc); ok {
		return from
	}
	return s.On.Start(loc)
}

// EndIn is when the session ends, where its base is: at its time, or after its
// teaching, or with its day.
func (s Session) EndIn(loc *time.Location) time.Time {
	from, begun := s.clock(s.From, loc)
	if to, ok := s.clock(s.To, loc); ok && (!begun || to.After(from)) {
		return to
	}
	if begun {
		return from.Add(time.Duration(s.Minutes) * time.Minute)
	}
	return time.Date(s.On.Year, time.Month(s.On.Month), s.On.Day+1, 0, 0, 0, 0, loc)
}

// Began refuses what nobody can have seen yet: the session has not begun.
func (c Class) Began(s Session, now time.Time, loc *time.Location) error {
	switch {
	case s.On.After(DateOf(now.In(loc))):
		return Fail(Conflict, "class.future", c.Code, s.On)
	case now.Before(s.BeginIn(loc)):
		return Fail(Conflict, "session.future", c.Code, s.On, s.From)
	}
	return nil
}

// First is the session that begins before the others.
func (c Class) First(loc *time.Location) Session {
	var first Session
	for i, s := range c.Sessions {
		if i == 0 || s.BeginIn(loc).Before(first.BeginIn(loc)) {
			first = s
		}
	}
	return first
}

// Over refuses while some session of the class has not ended. A session without
// times counts from the beginning of its day: nobody knows when it ends.
func (c Class) Over(now time.Time, loc *time.Location) error {
	for _, s := range c.Sessions {
		if err := c.Began(s, now, loc); err != nil {
			return err
		}
		_, from := s.clock(s.From, loc)
		_, to := s.clock(s.To, loc)
		if end := s.EndIn(loc); (from || to) && now.Before(end) {
			return Fail(Conflict, "session.running", c.Code, DateOf(end), end.Format("15:04"))
		}
	}
	return nil
}
