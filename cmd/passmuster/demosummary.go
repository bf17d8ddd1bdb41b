package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/passmuster/passmuster/internal/demo"
)

// The demonstration remembers what it told, to tell it again when it is started
// anew. Its password opens invented data only.
func saveSummary(path string, sum demo.Summary) error {
	b, err := json.MarshalIndent(sum, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}

func loadSummary(path string) (demo.Summary, error) {
	var sum demo.Summary
	b, err := os.ReadFile(path)
	if err != nil {
		return sum, fmt.Errorf("the demonstration in this directory was not finished: delete the directory and start again: %w", err)
	}
	return sum, json.Unmarshal(b, &sum)
}
