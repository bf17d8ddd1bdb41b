package verify_test

import (
	"testing"

	"github.com/passmuster/passmuster/internal/verify"
)

func TestALinkIsReadAsPeopleHandItOn(t *testing.T) {
	const code, own = "7K3QD9XM2HRTW4BX", "http://127.0.0.1:8080"
	for text, want := range map[string]string{
		own + "/v/" + code + "?lang=ru":                   own + "/v/" + code,
		own + "/v/" + code + "?lang=zh-CN#123":            own + "/v/" + code + "#123",
		"127.0.0.1:8080/v/" + code + "?lang=en":           own + "/v/" + code,
		" Verify.example/v/" + code + " ":                 "https://Verify.example/v/" + code,
		"verify.example/v/" + code + "#12x4":              "https://verify.example/v/" + code + "#12x4",
		own + "/v/" + code + "?lang=ru&x=1":               own + "/v/" + code + "?lang=ru&x=1",
		own + "/v/" + code + "?x=1":                       own + "/v/" + code + "?x=1",
		own + "/v/" + code + "/":                          own + "/v/" + code + "/",
		"https://a@verify.example/v/" + code + "?lang=ru": "https://a@verify.example/v/" + code + "?lang=ru",
		"http://verify.example/v/" + code + "?lang=ru":    "http://verify.example/v/" + code + "?lang=ru",
		"verify.example/x/" + code:                        "verify.example/x/" + code,
		"cards/v/certificate.pdf":                         "cards/v/certificate.pdf",
		code:                                              code,
		"":                                                "",
	} {
		if got := verify.Typed(text, own); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}
