package api_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	signed "github.com/passmuster/passmuster/internal/record"
)

// other is the second signature that anybody can make of one by ECDSA: (r, n-s).
func other(sig []byte) []byte {
	s := new(big.Int).SetBytes(sig[32:])
	return append(append([]byte{}, sig[:32]...), s.Sub(elliptic.P256().Params().N, s).FillBytes(make([]byte, 32))...)
}

// What was signed has two signatures that hold, and whoever has one can write the
// other. Status goes by what is signed, so a revocation reaches both.
func TestTheOtherSignatureEscapesNoRevocation(t *testing.T) {
	w := newWorld(t)
	_, list := w.issued(1)
	number, code := list[0]["number"].(string), list[0]["code"].(string)
	qr := must(w.s.Issue.QR(w.credential(number)))
	link, digits, _ := strings.Cut(qr, "#")
	raw := must(signed.FromDigits(digits))
	raw = append(append([]byte{}, raw[:len(raw)-64]...), other(raw[len(raw)-64:])...)
	again := func(token string) string {
		at := strings.LastIndex(token, ".") + 1
		return token[:at] + b64(other(must(base64.RawURLEncoding.DecodeString(token[at:]))))
	}
	jwt := []string{"Accept", "application/jwt"}
	token := string(w.do("", "GET", "/credentials/"+code, nil, jwt...).want(200).Body)
	receipt := string(w.do("", "GET", "/api/v1/verify/"+code, nil, jwt...).want(200).Body)
	asked := map[string][2]string{"qr": {qr, link + "#" + signed.Digits(raw)}, "credential": {token, again(token)}, "receipt": {receipt, again(receipt)}}
	each := func(want, verdict string) {
		t.Helper()
		for what, texts := range asked {
			if texts[0] == texts[1] {
				t.Fatalf("%s: the other signature is the same", what)
			}
			for i, text := range texts {
				if a := w.do("", "POST", "/api/v1/verify", object{what: text}).want(200); a.text("status") != want || a.text("verdict") != verdict {
					t.Errorf("%s, signature %d: %s, want %s: %s", what, i+1, a.text("status"), want, a.Body)
				}
			}
		}
	}
	each("valid", "yes")
	for _, who := range []string{"approver", "second"} {
		w.do(who, "POST", "/api/v1/credentials/"+number+"/revoke", object{"reason": "identity"})
	}
	each("revoked", "no")
}
