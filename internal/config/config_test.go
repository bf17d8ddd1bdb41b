package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/passmuster/passmuster/internal/config"
)

func good() config.Settings {
	return config.Settings{Addr: "127.0.0.1:8080", Data: "./data", Log: "info"}
}

func TestAWrongSettingSaysWhichAndHow(t *testing.T) {
	if err := good().Validate(); err != nil {
		t.Fatalf("the defaults: %v", err)
	}
	for _, tc := range []struct {
		promise string
		change  func(*config.Settings)
		want    []string // "" for none
	}{
		{"no port", func(s *config.Settings) { s.Addr = "localhost" }, []string{"ADDR", "host:port"}},
		{"an origin", func(s *config.Settings) { s.PublicURL = "https://verify.example" }, nil},
		{"an origin with a port", func(s *config.Settings) { s.PublicURL = "https://verify.example:8443" }, nil},
		{"an origin with a path", func(s *config.Settings) { s.PublicURL = "https://verify.example/app" }, []string{"PUBLIC_URL", "not an origin"}},
		{"with a slash at the end", func(s *config.Settings) { s.PublicURL = "https://verify.example/" }, []string{"PUBLIC_URL"}},
		{"with a query", func(s *config.Settings) { s.PublicURL = "https://verify.example?x" }, []string{"PUBLIC_URL"}},
		{"with a user", func(s *config.Settings) { s.PublicURL = "https://a@verify.example" }, []string{"PUBLIC_URL"}},
		{"without a scheme", func(s *config.Settings) { s.PublicURL = "verify.example" }, []string{"PUBLIC_URL"}},
		{"another scheme", func(s *config.Settings) { s.PublicURL = "ftp://verify.example" }, []string{"PUBLIC_URL"}},
		{"capitals", func(s *config.Settings) { s.PublicURL = "https://Verify.example" }, []string{"PUBLIC_URL", "small letters"}},
		{"unprotected in public", func(s *config.Settings) { s.PublicURL = "http://verify.example" }, []string{"PUBLIC_URL", "https://verify.example"}},
		{"unprotected on this machine", func(s *config.Settings) { s.PublicURL = "http://127.0.0.1:8080" }, nil},
		{"unprotected by name on this machine", func(s *config.Settings) { s.PublicURL = "http://localhost:8080" }, nil},
		{"unprotected in this network", func(s *config.Settings) { s.PublicURL = "http://192.168.1.20:8080" }, nil},
		{"unprotected over IPv6 here", func(s *config.Settings) { s.PublicURL = "http://[::1]:8080" }, nil},
		{"PostgreSQL", func(s *config.Settings) { s.Database = "postgres://u:secret@db/registry" }, nil},
		{"another database", func(s *config.Settings) { s.Database = "mysql://u:secret@db/registry" }, []string{"DATABASE", "postgres://"}},
		{"proxies", func(s *config.Settings) { s.TrustedProxies = []string{"10.0.0.0/8", "::1"} }, nil},
		{"a proxy that is a name", func(s *config.Settings) { s.TrustedProxies = []string{"proxy"} }, []string{"TRUSTED_PROXIES", "proxy"}},
		{"a clock", func(s *config.Settings) { s.DemoClock = "+48h" }, nil},
		{"no clock", func(s *config.Settings) { s.DemoClock = "tomorrow" }, []string{"DEMO_CLOCK", "tomorrow"}},
	} {
		s := good()
		tc.change(&s)
		err := s.Validate()
		if (err == nil) != (tc.want == nil) {
			t.Errorf("%s: %v", tc.promise, err)
			continue
		}
		for _, w := range tc.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not say %q", tc.promise, err, w)
			}
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the password of the database is told: %v", tc.promise, err)
		}
	}
}

func TestTheDemoClockIsAnInstantOrAnOffset(t *testing.T) {
	instant := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct {
		at     time.Time
		offset time.Duration
	}{"": {}, "+48h": {offset: 48 * time.Hour}, "48h": {offset: 48 * time.Hour}, "-1h30m": {offset: -90 * time.Minute},
		"2026-11-21T08:00:00Z": {at: instant}, "2026-11-21T16:00:00+08:00": {at: instant}} {
		at, offset, err := config.Settings{DemoClock: text}.Clock()
		if err != nil || !at.Equal(want.at) || offset != want.offset {
			t.Errorf("%q: %s %s %v", text, at, offset, err)
		}
	}
}

// parse reads a file and the flags as the program does.
func parse(t *testing.T, file string, env map[string]string, args ...string) (config.Settings, error) {
	t.Helper()
	var s config.Settings
	for k, v := range env {
		t.Setenv(k, v)
	}
	resolver, err := config.YAML(func(k string) string { return env[k] })(strings.NewReader(file))
	if err != nil {
		return s, err
	}
	k, err := kong.New(&s, kong.Resolvers(resolver), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Parse(args)
	return s, err
}

func TestFlagsWinOverTheEnvironmentAndThatOverTheFile(t *testing.T) {
	file := "addr: 127.0.0.1:1\npublic_url: https://file.example\nlog: warn\n"
	s, err := parse(t, file, map[string]string{"PASSMUSTER_ADDR": "127.0.0.1:2", "PASSMUSTER_LOG": "error"}, "--log=debug")
	if err != nil || s.PublicURL != "https://file.example" || s.Addr != "127.0.0.1:2" || s.Log != "debug" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestTheFileIsYAMLAsPeopleWriteIt(t *testing.T) {
	for _, tc := range []struct {
		promise, file string
		holds         func(config.Settings) bool
	}{
		{"empty", "", func(s config.Settings) bool { return s.Addr == "127.0.0.1:8080" && s.Log == "info" }},
		{"comments alone", "# nothing yet\n", func(s config.Settings) bool { return s.Log == "info" }},
		{"hyphens", "public-url: https://a.example", func(s config.Settings) bool { return s.PublicURL == "https://a.example" }},
		{"capitals", "PUBLIC_URL: https://a.example", func(s config.Settings) bool { return s.PublicURL == "https://a.example" }},
		{"a list", "trusted_proxies:\n  - 10.0.0.0/8\n  - ::1\n", func(s config.Settings) bool {
			return len(s.TrustedProxies) == 2 && s.TrustedProxies[1] == "::1"
		}},
		{"one of a list", "trusted_proxies: 10.0.0.1", func(s config.Settings) bool { return len(s.TrustedProxies) == 1 }},
		{"an instant without quotes", "demo_clock: 2026-11-21T08:00:00Z", func(s config.Settings) bool { return s.DemoClock == "2026-11-21T08:00:00Z" }},
	} {
		s, err := parse(t, tc.file, nil)
		if err != nil || !tc.holds(s) {
			t.Errorf("%s: %+v, %v", tc.promise, s, err)
		}
	}
	for promise, file := range map[string]string{"a list of settings": "- addr\n", "no YAML": "addr: [\n", "an unknown level": "log: loud\n"} {
		if _, err := parse(t, file, nil); err == nil {
			t.Errorf("%s: taken", promise)
		}
	}
}

func TestWhereThingsAre(t *testing.T) {
	s := good()
	if s.Origin() != "http://127.0.0.1:8080" || s.KeyDir() != "data/keys" {
		t.Errorf("%s, %s", s.Origin(), s.KeyDir())
	}
	s.PublicURL = "https://verify.example"
	if s.Origin() != "https://verify.example" {
		t.Errorf("%s", s.Origin())
	}
	var b bytes.Buffer
	s.Log = "warn"
	log := s.Logger(&b)
	log.Info("not written")
	log.Warn("written", "name", "line\nbreak")
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil || strings.Count(b.String(), "\n") != 1 || line["msg"] != "written" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestTheLogHoldsNoAddressOfAVisitor(t *testing.T) {
	var b bytes.Buffer
	visitor := &net.TCPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 54992}
	op := &net.OpError{Op: "write", Net: "tcp", Source: &net.TCPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 443}, Addr: visitor, Err: os.ErrDeadlineExceeded}
	for _, err := range []error{op, fmt.Errorf("send file: %w", op), errors.Join(errors.New("one"), fmt.Errorf("two: %w", op))} {
		good().Logger(&b).Error("file broke off", "error", err)
	}
	if text := b.String(); strings.Contains(text, "198.51.100.7") || strings.Contains(text, "203.0.113.1") || strings.Count(text, "write: i/o timeout") != 3 || !strings.Contains(text, "send file: ") {
		t.Errorf("the log: %s", text)
	}
}
