// Package config holds the settings of a registry: flags over environment
// (PASSMUSTER_…) over the file passmuster.yaml, and says what is wrong with them.
package config

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// Settings are what one process runs with. The struct is the documentation:
// kong makes flags, environment names and help of it.
type Settings struct {
	Addr           string   `help:"Address to listen on." default:"127.0.0.1:8080" env:"PASSMUSTER_ADDR"`
	Data           string   `help:"Directory of database, keys and files." default:"./data" env:"PASSMUSTER_DATA" type:"path"`
	Database       string   `help:"PostgreSQL to use (postgres://…); empty: SQLite in the data directory." env:"PASSMUSTER_DATABASE"`
	Blobs          string   `help:"Archive of issued files: a folder, or s3://bucket?endpoint=… with keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; empty: files are rebuilt when asked for." env:"PASSMUSTER_BLOBS"`
	PublicURL      string   `name:"public-url" help:"Fixed origin of links and QR codes (https://verify.example). No request header can change it." env:"PASSMUSTER_PUBLIC_URL"`
	TrustedProxies []string `help:"Addresses or networks of proxies whose X-Forwarded-For is believed." env:"PASSMUSTER_TRUSTED_PROXIES"`
	VerifyCache    int      `help:"How many certificates asked for last are kept in memory (about 1 KB each), so that verifying them again needs no database; 0: none." default:"20000" env:"PASSMUSTER_VERIFY_CACHE"`
	Log            string   `help:"Lowest level that is logged: debug, info, warn, error." enum:"debug,info,warn,error" default:"info" env:"PASSMUSTER_LOG"`
	DemoClock      string   `help:"Time of a demonstration: an instant (RFC 3339) or an offset (+48h)." env:"PASSMUSTER_DEMO_CLOCK"`
	DocumentKey    string   `help:"Kind of key that signs PDFs, from the next new one on: p256 or rsa2048. Empty: as before, in a new registry p256." enum:"p256,rsa2048," default:"" env:"PASSMUSTER_DOCUMENT_KEY"`
	Passphrase     string   `name:"key-passphrase-file" help:"File that holds the passphrase of the sealed keys; or set PASSMUSTER_KEY_PASSPHRASE." env:"PASSMUSTER_KEY_PASSPHRASE_FILE" type:"path"`
}

// Validate says what is wrong with the settings, and how to put it right.
func (s Settings) Validate() error {
	if _, _, err := net.SplitHostPort(s.Addr); err != nil {
		return fmt.Errorf("setting ADDR: %q is not host:port, as in 127.0.0.1:8080", s.Addr)
	}
	if s.PublicURL != "" {
		if err := CheckOrigin(s.PublicURL); err != nil {
			return fmt.Errorf("setting PUBLIC_URL: %w", err)
		}
	}
	if s.Database != "" {
		if err := checkDatabase(s.Database); err != nil {
			return fmt.Errorf("setting DATABASE: %w", err)
		}
	}
	for _, p := range s.TrustedProxies {
		if _, err := netip.ParsePrefix(p); err == nil {
			continue
		}
		if _, err := netip.ParseAddr(p); err != nil {
			return fmt.Errorf("setting TRUSTED_PROXIES: %q is neither an address nor a network, as in 10.0.0.0/8", p)
		}
	}
	if _, _, err := s.Clock(); err != nil {
		return err
	}
	return nil
}

// CheckOrigin refuses what cannot be the origin of links: a scheme and a host,
// nothing else.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.HasSuffix(origin, "#") || strings.HasSuffix(origin, "?") {
		return fmt.Errorf("%q is not an origin: write scheme and host alone, as in https://verify.example", origin)
	}
	if u.Host != strings.ToLower(u.Host) {
		return fmt.Errorf("%q: write the host in small letters", origin)
	}
	if u.Scheme == "http" && !local(u.Hostname()) { // no scanner would believe such a QR code
		return fmt.Errorf("%q is not protected: write https://%s; http is for this machine and its own network", origin, u.Host)
	}
	return nil
}

// local reports whether the host is this machine or one of its network.
func local(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".local") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && (addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast())
}

// checkDatabase wants a PostgreSQL address.
func checkDatabase(dsn string) error {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return fmt.Errorf("only postgres://user@host/database is known; leave it empty for the embedded database")
	}
	return nil
}

// Origin is where links lead: PUBLIC_URL, or this process's own address.
func (s Settings) Origin() string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	return "http://" + s.Addr
}

// Clock reads DEMO_CLOCK: an instant to stop at, or an offset to run with.
func (s Settings) Clock() (at time.Time, offset time.Duration, err error) {
	if s.DemoClock == "" {
		return at, 0, nil
	}
	if d, err := time.ParseDuration(strings.TrimPrefix(s.DemoClock, "+")); err == nil {
		return at, d, nil
	}
	if at, err = time.Parse(time.RFC3339, s.DemoClock); err != nil {
		return at, 0, fmt.Errorf("setting DEMO_CLOCK: %q is neither an instant (2026-11-21T08:00:00Z) nor an offset (+48h)", s.DemoClock)
	}
	return at, 0, nil
}

// DocumentRSA reports whether DOCUMENT_KEY asks for RSA-2048.
func (s Settings) DocumentRSA() bool { return s.DocumentKey == "rsa2048" }

// KeyDir is where the private keys are: beside the database, never in it.
func (s Settings) KeyDir() string { return filepath.Join(s.Data, "keys") }

// YAML reads passmuster.yaml for kong: keys are the flags' names with '_' or '-'.
// kong lets a file win over the environment; here the environment wins.
func YAML(getenv func(string) string) kong.ConfigurationLoader {
	return func(r io.Reader) (kong.Resolver, error) { return resolver(r, getenv) }
}

func resolver(r io.Reader, getenv func(string) string) (kong.Resolver, error) {
	values := map[string]any{}
	if err := yaml.NewDecoder(r).Decode(&values); err != nil && err != io.EOF {
		return nil, fmt.Errorf("read passmuster.yaml: %w", err)
	}
	flat := map[string]any{}
	for k, v := range values {
		flat[strings.ReplaceAll(strings.ToLower(k), "_", "-")] = v
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		v, ok := flat[flag.Name]
		if !ok || slices.ContainsFunc(flag.Envs, func(name string) bool { return getenv(name) != "" }) {
			return nil, nil
		}
		if list, ok := v.([]any); ok {
			parts := make([]string, len(list))
			for i, p := range list {
				parts[i] = scalar(p)
			}
			return strings.Join(parts, ","), nil
		}
		return scalar(v), nil
	}), nil
}

// scalar is the value as the file has it; YAML reads an instant without quotes
// as a time.
func scalar(v any) string {
	if t, ok := v.(time.Time); ok {
		return t.Format(time.RFC3339)
	}
	return fmt.Sprint(v)
}
