package main

// room is not asked about here.
func room(string, int64) error { return nil }
