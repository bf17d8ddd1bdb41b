package verify_test

import (
	"testing"

	"github.com/passmuster/passmuster/verify"
)

// FuzzQR holds that whatever text is scanned is answered with a reason, and that
// nothing is shown but what the vectors' issuer signed.
func FuzzQR(f *testing.F) {
	v, held := opened(f)
	for _, x := range v.Offline {
		f.Add(x.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := held.QR(text, noon)
		if len(a.Reasons) == 0 || a.Status == "" || a.Verdict == "" {
			t.Errorf("%q: %+v", text, a)
		}
		if c := a.Credential; c != nil && (c.Base.Code != "SJZ" || c.Course.Code != "CPR1") {
			t.Errorf("%q shows %+v", text, c)
		}
		if a.Verdict == verify.Yes && a.Credential == nil {
			t.Errorf("%q: a yes that shows nothing", text)
		}
	})
}

// FuzzRoot holds that a root is read or refused.
func FuzzRoot(f *testing.F) {
	v, _ := opened(f)
	f.Add(unhex(f, v.Root))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := verify.ParseRoot(b)
		if (key == nil) == (err == nil) || err != nil && verify.CodeOf(err) != "trust.root" {
			t.Errorf("%x: %v, %v", b, key, err)
		}
		if key != nil && verify.Thumbprint(key) == "" {
			t.Errorf("%x: a key without a thumbprint", b)
		}
	})
}
