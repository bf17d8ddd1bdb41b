package edge

import "time"

// SetFileGrace sets how long a file may take before its pace is looked at.
func SetFileGrace(l *Lookups, d time.Duration) { l.desks.grace = d }

// WithoutAddresses is what is left of a line of the server of net/http.
var WithoutAddresses = withoutAddresses
