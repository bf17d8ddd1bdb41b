package demo

import (
	"sync/atomic"
	"time"
)

// Clock is the time of a registry that can be set: the demonstration lives
// through two years in a few seconds, and DEMO_CLOCK shows tomorrow today. Only
// a demonstration is ever given one.
type Clock struct {
	fixed  atomic.Int64 // microseconds; 0: the machine's time
	offset atomic.Int64
}

// Now is the clock's time, UTC.
func (c *Clock) Now() time.Time {
	if f := c.fixed.Load(); f != 0 {
		return time.UnixMicro(f).UTC()
	}
	return time.Now().UTC().Add(time.Duration(c.offset.Load()))
}

// Set stops the clock at t.
func (c *Clock) Set(t time.Time) { c.fixed.Store(t.UnixMicro()) }

// Run lets the clock run, shifted by offset.
func (c *Clock) Run(offset time.Duration) {
	c.offset.Store(int64(offset))
	c.fixed.Store(0)
}
