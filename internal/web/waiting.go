package web

import (
	"time"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

// waitingSince says since when a class waits for approval, at the clock of its
// base: the time alone for today, else with the day.
func waitingSince(p *i18n.Printer, since, now time.Time, loc *time.Location) string {
	if loc == nil {
		loc = time.UTC
	}
	clock, day := since.In(loc).Format("15:04"), registry.DateOf(since.In(loc))
	if day == registry.DateOf(now.In(loc)) {
		return p.T("approve.waits.today", clock)
	}
	return p.T("approve.waits.day", day, clock)
}
