package registry

import (
	"errors"
	"testing"
	"time"
)

func TestASlipIsLinkedOnce(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	free := Slip{ID: "s", Class: "c", Number: 17}
	one, two := Enrolment{ID: "one", Class: "c", Status: Enrolled}, Enrolment{ID: "two", Class: "c", Status: Enrolled}
	gone, elsewhere := Enrolment{ID: "gone", Class: "c", Status: Withdrawn}, Enrolment{ID: "x", Class: "d", Status: Enrolled}
	linked, err := free.Link(one, "by", now)
	if err != nil || linked.Enrolment != "one" || linked.Free() || linked.LinkedBy != "by" || !linked.LinkedAt.Equal(now) {
		t.Fatalf("linked: %+v, %v", linked, err)
	}
	if again, err := linked.Link(one, "other", now.Add(time.Hour)); err != nil || again != linked {
		t.Errorf("the same person again: %+v, %v", again, err)
	}
	loose, err := linked.Unlink("the wrong person")
	if err != nil || loose != free {
		t.Errorf("unlinked: %+v, %v", loose, err)
	}
	lost := linked.Void("by", now)
	if again := lost.Void("other", now.Add(time.Hour)); again != lost {
		t.Errorf("void twice: %+v", again)
	}
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"somebody else", second(linked.Link(two, "by", now)), "slip.linked"},
		{"who withdrew", second(free.Link(gone, "by", now)), "slip.withdrawn"},
		{"of another class", second(free.Link(elsewhere, "by", now)), "slip.class"},
		{"a void one", second(lost.Link(two, "by", now)), "slip.void"},
		{"unlink without a reason", second(linked.Unlink(" ")), "reason.needed"},
		{"unlink a free one", second(free.Unlink("why")), "slip.free"},
	} {
		var refusal *Error
		if !errors.As(tc.err, &refusal) || refusal.Code != tc.want {
			t.Errorf("%s: %v, want %s", tc.name, tc.err, tc.want)
		}
	}
}

func second(_ Slip, err error) error { return err }

func TestASlipsNumberIsReadAsItIsTyped(t *testing.T) {
	const class = "SJZ-CPR1-20261121-2"
	if got := (Slip{Number: 17}).Name(class); got != class+"-017" {
		t.Errorf("name %q", got)
	}
	for typed, want := range map[string]int{"17": 17, "017": 17, " 0 17 ": 17, class + "-017": 17, "sjz-cpr1-20261121-2-017": 17, "999": 999,
		"0": 0, "": 0, "1000": 0, "-1": 0, "+1": 1, "0017": 0, "SJZ-CPR1-20261121-3-017": 0, "AbCdEf": 0} {
		if n, ok := SlipNumber(typed, class); n != want || ok != (want > 0) {
			t.Errorf("SlipNumber(%q) = %d, %v; want %d", typed, n, ok, want)
		}
	}
}
