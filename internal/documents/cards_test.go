package documents_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/passmuster/passmuster/internal/i18n"
	"github.com/passmuster/passmuster/internal/pdf/rules"
	"github.com/passmuster/passmuster/internal/testkit"
	"github.com/passmuster/passmuster/internal/testkit/world"
)

func TestTheCardsOfAClassStandTenToAPage(t *testing.T) {
	w := world.New(t)
	c := issued(t, w, service(w), 12)
	var b bytes.Buffer
	if err := c.WriteCards(t.Context(), &b, i18n.English); err != nil {
		t.Fatal(err)
	}
	testkit.RunOn(t, "qpdf", b.Bytes(), "--check", "FILE")
	if info := testkit.RunOn(t, "pdfinfo", b.Bytes(), "FILE"); !strings.Contains(info, "Pages:           2\n") || !strings.Contains(info, "Wallet cards of class "+c.Code) {
		t.Errorf("the cards are\n%s", info)
	}
	text := strings.Join(strings.Fields(testkit.RunOn(t, "pdftotext", b.Bytes(), "-raw", "FILE", "-")), "")
	for _, k := range c.Good() {
		for _, want := range []string{string(k.Number), k.Code.String(), k.Snapshot.Name} {
			if !strings.Contains(text, strings.Join(strings.Fields(want), "")) {
				t.Errorf("no card says %q", want)
			}
		}
	}
	if !strings.Contains(text, "演示DEMO") {
		t.Error("cards of a demonstration do not say so")
	}
	for _, f := range rules.Check(b.Bytes()) {
		t.Errorf("%v", f)
	}
	if strings.Contains(b.String(), "/Sig") {
		t.Error("the cards carry a signature")
	}
}
