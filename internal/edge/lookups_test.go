package edge_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
	"github.com/passmuster/passmuster/internal/registry"
)

// client is a request from the address.
func client(address string) *gin.Context {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/", nil)
	c.Request.RemoteAddr = address + ":1"
	return c
}

func TestGuessingFromManyAddressesEnds(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name         string
		number, with func(i int) string
		most         int
	}{
		{"names of one number", func(int) string { return "GAJK-SJZ-2026-000001" }, func(i int) string { return fmt.Sprint("张", i) }, edge.NumberBudget.Burst},
		{"numbers for one name", func(i int) string { return fmt.Sprintf("GAJK-SJZ-2026-%06d", i) }, func(int) string { return "张伟" }, edge.NameBudget.Burst},
		{"everything of one base", func(i int) string { return fmt.Sprintf("GAJK-SJZ-2026-%06d", i) }, func(i int) string { return fmt.Sprint("张", i) }, edge.BaseBudget.Burst},
	} {
		l := edge.NewLookups(func() time.Time { return now })
		let := 0
		for i := range 1000 {
			c := client(fmt.Sprintf("198.51.%d.%d", i/200, i%200))
			if l.Pair(c, tc.number(i), tc.with(i)) == nil {
				let++
			}
			l.PairMissed(c, tc.number(i), tc.with(i))
		}
		if let != tc.most {
			t.Errorf("%s: %d of 1000 were looked up, want %d", tc.name, let, tc.most)
		}
		if err := l.Pair(client("203.0.113.1"), "GAJK-TJX-2026-000001", "王芳"); err != nil {
			t.Errorf("%s: another base pays for it: %v", tc.name, err)
		}
	}
}

func TestOneClientHasOneBudgetForAllDoors(t *testing.T) {
	l := edge.NewLookups(time.Now)
	c := client("198.51.100.1")
	for range edge.ClientBudget.Burst {
		l.CodeMissed(c)
	}
	if l.Code(c) == nil || l.Pair(c, "GAJK-TJX-2026-000001", "王芳") == nil {
		t.Error("misses by code do not count for number and name")
	}
	if err := l.Code(client("198.51.100.2")); err != nil {
		t.Errorf("the neighbour: %v", err)
	}
}

func TestAnswerHasItsStatusAndLanguage(t *testing.T) {
	for status, want := range map[registry.Status]int{registry.StatusValid: 200, registry.StatusRevoked: 200, registry.StatusNotFound: 404, registry.StatusCouldNotCheck: 200} {
		w := httptest.NewRecorder()
		c, _ := gin.CreateTestContext(w)
		c.Request = httptest.NewRequest("GET", "/", nil)
		c.Request.Header.Set("Accept-Language", "ru")
		a := registry.Answer{Status: status, Reasons: []registry.Reason{{Code: "status.revoked"}}}
		edge.WriteAnswer(c, a)
		var got registry.Answer
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if w.Code != want || w.Header().Get("Content-Language") != "ru" || got.Reasons[0].Message == "" || got.Reasons[0].Next == "" {
			t.Errorf("%s: %d, want %d: %s", status, w.Code, want, w.Body)
		}
		if a.Reasons[0].Message != "" {
			t.Error("the caller's answer was written to")
		}
	}
}
