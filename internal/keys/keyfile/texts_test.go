package keyfile_test

import (
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/registry"
)

func TestRefusalsSpeakEveryLanguage(t *testing.T) {
	for _, code := range strings.Fields("large foreign damaged no_key two_keys passphrase old_pem cipher slow chain_key no_certificate block many " +
		"key pair self_signed no_issuer gap signature issuer expired not_yet is_ca usage purpose long chain demo again") {
		for _, lang := range i18n.Langs {
			message, fix := i18n.For(lang).Error(&registry.Error{Code: "keyfile." + code, Args: []any{"A", "B", 3, 4}})
			for _, s := range []string{message, fix} {
				if s == "" || strings.Contains(s, "keyfile.") || strings.Contains(s, "{") {
					t.Errorf("%s %s: %q", lang, code, s)
				}
			}
		}
	}
}
