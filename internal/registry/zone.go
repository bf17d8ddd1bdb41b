package registry

import (
	"time"
	_ "time/tzdata" // the zones are part of the program: no machine lacks one
)

// Zone returns the location of an IANA zone name.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, FailField(Invalid, "tz", "zone.unknown", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, FailField(Invalid, "tz", "zone.unknown", name)
	}
	return loc, nil
}

func validZone(name string) error {
	_, err := Zone(name)
	return err
}
