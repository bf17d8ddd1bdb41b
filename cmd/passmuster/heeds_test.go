package main

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/passmuster/passmuster/internal/config"
)

var inHelp = regexp.MustCompile(`(?m)^ +(?:-h, )?--([a-z-]+)`)

// helpOf are the flags that the help of a command lists.
func helpOf(t *testing.T, command string) (flags []string) {
	t.Helper()
	r := passmuster(t, t.TempDir(), append(strings.Fields(command), "--help")...)
	if r.code != exitOK || !strings.Contains(r.out, "Usage: passmuster") {
		t.Fatalf("%s --help: exit %d\n%s%s", command, r.code, r.out, r.err)
	}
	for _, m := range inHelp.FindAllStringSubmatch(r.out, -1) {
		flags = append(flags, m[1])
	}
	return flags
}

func TestHelpListsTheSettingsThatACommandHeeds(t *testing.T) {
	servers := []string{"addr", "trusted-proxies", "verify-cache"}
	for command, c := range map[string]struct{ lists, hides []string }{
		"":             {append(servers, "data", "document-key", "json", "lang"), nil},
		"serve":        {append(servers, "data", "database", "document-key", "demo-clock", "json", "lang"), nil},
		"demo":         {append(servers, "lan", "no-serve"), nil},
		"verify":       {[]string{"data", "database", "public-url", "demo-clock", "bundle", "root", "json"}, append(servers, "blobs", "document-key")},
		"user add":     {[]string{"data", "database", "actor", "grant"}, append(servers, "document-key")},
		"class submit": {[]string{"data", "database", "public-url"}, servers},
		"key rotate":   {[]string{"data", "document-key", "key-passphrase-file"}, append(servers, "public-url", "demo-clock")},
		"bench":        {[]string{"data", "json", "lang"}, append(servers, "database", "public-url", "document-key", "blobs")},
		"bench issue":  {[]string{"json", "million"}, append(servers, "data", "database")},
		"version":      {[]string{"json"}, append(servers, "data", "log")},
	} {
		flags := helpOf(t, command)
		for _, flag := range c.lists {
			if !slices.Contains(flags, flag) {
				t.Errorf("%s --help does not list --%s", command, flag)
			}
		}
		for _, flag := range c.hides {
			if slices.Contains(flags, flag) {
				t.Errorf("%s --help lists --%s, which does nothing there", command, flag)
			}
		}
	}
}

// The table names settings and commands that there are, and a server heeds all.
func TestTheTableOfHeededSettingsIsWhole(t *testing.T) {
	parser, err := kong.New(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, flag := range parser.Model.Flags {
		names[flag.Name] = true
	}
	if got, want := len(strings.Fields(serversFlags)), reflect.TypeFor[config.Settings]().NumField(); got != want {
		t.Errorf("a server heeds %d settings of %d", got, want)
	}
	for command, flags := range heeded {
		for _, flag := range strings.Fields(flags) {
			if !names[flag] || !slices.Contains(strings.Fields(serversFlags), flag) {
				t.Errorf("%s: there is no setting --%s", command, flag)
			}
		}
		node := parser.Model.Node
		for _, word := range strings.Fields(command) {
			i := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == word })
			if i < 0 {
				t.Fatalf("there is no command %s", command)
			}
			node = node.Children[i]
		}
	}
}
