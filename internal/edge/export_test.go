package edge

import "time"

// SetFileGrace sets how long a file may take before its pace is looked at.
func SetFileGrace(l *Lookups, d time.Duration) { l.desks.grace = d }
