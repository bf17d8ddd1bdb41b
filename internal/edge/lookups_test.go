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
	c.Request.RemoteAddr = address + ":1" // an IPv6 address in brackets
	return c
}

// TestGuessingOfPairsEnds guesses a thousand pairs: from one address, from the
// addresses of one stranger, and from networks all over the world. It counts how
// many were looked up, and who else is refused afterwards.
func TestGuessingOfPairsEnds(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	number := func(i int) string { return fmt.Sprintf("GAJK-SJZ-2026-%06d", i) }
	one := func(int) int { return 0 }
	each := func(i int) int { return i }
	for _, by := range []struct {
		name    string
		address func(i int) string
		world   bool
	}{
		{"one address", func(int) string { return "198.51.100.7" }, false},
		{"one stranger's /24", func(i int) string { return fmt.Sprintf("198.51.100.%d", i%256) }, false},
		{"one stranger's /48", func(i int) string { return fmt.Sprintf("[2001:db8:1:%x::1]", i) }, false},
		{"the world", func(i int) string { return fmt.Sprintf("%d.%d.100.7", 30+i/200, i%200) }, true},
	} {
		for _, tc := range []struct {
			name                string
			number, with        func(i int) int
			nearby, anywhere    int
			stays               string // the number that others ask about
			otherName, sameName string
		}{
			{"names of one number", one, each, edge.NumberBudget.Burst, edge.AnyNumberBudget.Burst, number(0), "王芳", "张0"},
			{"numbers for one name", each, one, edge.NameBudget.Burst, edge.AnyNameBudget.Burst, number(7), "张0", "张0"},
			{"everything of one base", each, each, edge.ClientBudget.Burst, edge.BaseBudget.Burst, number(7), "张7", "张7"},
		} {
			l := edge.NewLookups(func() time.Time { return now })
			let := 0
			for i := range 1000 {
				c, n, name := client(by.address(i)), number(tc.number(i)), fmt.Sprint("张", tc.with(i))
				if l.Pair(c, n, name) == nil {
					let++
					l.PairMissed(c, n, name)
				}
			}
			most := tc.nearby
			if by.world {
				most = tc.anywhere
			}
			if let != most {
				t.Errorf("%s, by %s: %d of 1000 were looked up, want %d", tc.name, by.name, let, most)
			}
			for _, name := range []string{tc.otherName, tc.sameName} {
				if l.Pair(client(by.address(0)), tc.stays, name) == nil {
					t.Errorf("%s, by %s: the guesser's own network is told about %s", tc.name, by.name, name)
				}
				if err := l.Pair(client("203.0.113.1"), tc.stays, name); (err != nil) != by.world {
					t.Errorf("%s, by %s: a hospital elsewhere asks about %s: %v", tc.name, by.name, name, err)
				}
			}
			if err := l.Pair(client("203.0.113.1"), "GAJK-TJX-2026-000001", "李娜"); err != nil {
				t.Errorf("%s, by %s: another base pays for it: %v", tc.name, by.name, err)
			}
			if err := l.ListedPair("hospital", tc.stays, tc.sameName); err != nil {
				t.Errorf("%s, by %s: a hospital's list is refused: %v", tc.name, by.name, err)
			}
		}
	}
}

// TestAPersistentStrangerLocksNobodyOut guesses at one number for a day, from all
// that he has.
func TestAPersistentStrangerLocksNobodyOut(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	l := edge.NewLookups(func() time.Time { return now })
	let := 0
	for minute := range 24 * 60 {
		for i := range 20 {
			c, name := client(fmt.Sprintf("[2001:db8:1:%x::1]", 20*minute+i)), fmt.Sprint("张", minute, i)
			if l.Pair(c, "GAJK-SJZ-2026-000001", name) == nil {
				l.PairMissed(c, "GAJK-SJZ-2026-000001", name)
				let++
			}
		}
		if err := l.Pair(client("203.0.113.1"), "GAJK-SJZ-2026-000001", "王芳"); err != nil {
			t.Fatalf("the hospital is refused after %d minutes: %v", minute, err)
		}
		now = now.Add(time.Minute)
	}
	if most := edge.NumberBudget.Burst + int(24*time.Hour/edge.NumberBudget.Every); let > most {
		t.Errorf("%d names were tried in a day, at most %d", let, most)
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
