package registry_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/registry"
)

func TestAReasonSaysSomething(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "x": false, "export": false, "xxxxxxxxxxxxxxxx": false, ". . . . . . . . .": false, "1212121212": false,
		"roster for the hospital": true, "医院核对花名册": true, "核对": false, "сверка списка": true,
	} {
		if got := registry.Substantial(text); got != want {
			t.Errorf("Substantial(%q) = %v, want %v", text, got, want)
		}
	}
}
