package registry_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestAClassTakesNoMoreThanOneApprovalCanDecide(t *testing.T) {
	for capacity, want := range map[int]int{0: registry.MaxClass, 30: 30, registry.MaxClass: registry.MaxClass, 1_000_000: registry.MaxClass} {
		if got := (registry.Class{Capacity: capacity}).Places(); got != want {
			t.Errorf("capacity %d: %d places, want %d", capacity, got, want)
		}
	}
}
