package edge

import "time"

// SetFileGrace sets how long a file may take before its pace is looked at.
func SetFileGrace(l *Lookups, d time.Duration) { l.desks.grace = d }

// WithoutAddresses is what is left of a line of the server of net/http.
var WithoutAddresses = withoutAddresses

// FilesHere is how many files are coming in, and how many large ones.
func FilesHere(l *Lookups) (arrived, longer int) {
	return len(l.desks.rooms[arriving]), len(l.desks.rooms[large])
}
