package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Settings come from flags over environment over passmuster.yaml.
func TestFlagsOverEnvironmentOverFile(t *testing.T) {
	for _, c := range []struct {
		what      string
		env, args []string
		want      string
	}{
		{"file alone", nil, nil, "http://127.0.0.1:1111"},
		{"environment over file", []string{"PASSMUSTER_ADDR=127.0.0.1:2222"}, nil, "http://127.0.0.1:2222"},
		{"flag over both", []string{"PASSMUSTER_ADDR=127.0.0.1:2222"}, []string{"--addr", "127.0.0.1:3333"}, "http://127.0.0.1:3333"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "passmuster.yaml"), []byte("addr: 127.0.0.1:1111\nlog: error\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(binary, append([]string{"demo", "--no-serve", "--json", "--data", filepath.Join(dir, "d")}, c.args...)...)
			cmd.Dir, cmd.Env = dir, append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, c.env...)
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			var d demonstration
			if err := json.Unmarshal(out, &d); err != nil || d.Address != c.want {
				t.Errorf("address %s, want %s (%v)", d.Address, c.want, err)
			}
		})
	}
}

func TestWrongSettingsSayWhatAndHow(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"serve --addr nonsense", "host:port"},
		{"serve --public-url ftp://x/y", "https://verify.example"},
		{"serve --database mysql://x", "postgres://"},
		{"serve --trusted-proxies here", "10.0.0.0/8"},
		{"serve --demo-clock tomorrow", "+48h"},
	} {
		r := passmuster(t, t.TempDir(), strings.Fields(c.args)...)
		if r.code != exitUsage || !strings.Contains(r.err, c.want) {
			t.Errorf("%s: exit %d, %q; want 2 and an example %q", c.args, r.code, r.err, c.want)
		}
	}
	if r := passmuster(t, filepath.Join(t.TempDir(), "none"), "serve"); r.code == exitOK || strings.Contains(r.err, "goroutine") {
		t.Errorf("serve without a registry: exit %d, %q", r.code, r.err)
	}
}

// A real registry: keys, store and administrator by one command, sealed keys
// that need their passphrase, a backup that brings them back.
func TestInitMakesARegistryThatStartsAgain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "registry")
	env := []string{"PASSMUSTER_PUBLIC_URL=https://verify.example", "PASSMUSTER_KEY_PASSPHRASE=correct horse battery", "PASSMUSTER_BACKUP_PASSPHRASE=another long passphrase"}
	args := []string{"init", "--organization", "Example Federation", "--code", "EXF", "--admin", "admin@example.org", "--admin-name", "Ada Example", "--seal"}
	if r := passmusterIn(t, data, "a good password\n", env, args...); r.code != exitOK {
		t.Fatalf("init: exit %d\n%s%s", r.code, r.out, r.err)
	}
	if r := passmusterIn(t, data, "a good password\n", env, args...); r.code != exitNo {
		t.Errorf("init over a registry: exit %d, want 1\n%s", r.code, r.err)
	}
	if r := passmusterIn(t, data, "wrong\n", []string{"PASSMUSTER_KEY_PASSPHRASE=wrong wrong wrong"}, "key", "list"); r.code == exitOK {
		t.Error("sealed keys open with a wrong passphrase")
	}
	list := passmusterIn(t, data, "", env, "key", "list", "--json")
	if list.code != exitOK || strings.Contains(list.out, "PRIVATE") || !strings.Contains(list.out, `"publisher"`) {
		t.Errorf("key list: exit %d\n%s%s", list.code, list.out, list.err)
	}
	backup := filepath.Join(t.TempDir(), "keys.backup")
	if r := passmusterIn(t, data, "", env, "key", "backup", backup); r.code != exitOK {
		t.Fatalf("backup: %s", r.err)
	}
	if r := passmusterIn(t, filepath.Join(t.TempDir(), "again"), "", env, "key", "restore", backup); r.code != exitOK {
		t.Errorf("restore: exit %d\n%s", r.code, r.err)
	}
	token := passmusterIn(t, data, "a good password\n", env, "token", "create", "admin@example.org")
	if token.code != exitOK || strings.Count(token.out, ".") != 2 {
		t.Errorf("token: exit %d\n%s%s", token.code, token.out, token.err)
	}
	if r := passmusterIn(t, data, "not the password\n", env, "token", "create", "admin@example.org"); r.code != exitNo {
		t.Errorf("token with a wrong password: exit %d", r.code)
	}
	issue := []string{"issue", filepath.Join(t.TempDir(), "x.csv"), "--course", "CPR1", "--base", "SJZ", "--out", t.TempDir()}
	if err := os.WriteFile(issue[1], []byte("name\nAda\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := passmusterIn(t, data, "", env, append(issue, "--actor", "admin@example.org", "--approver", "admin@example.org")...); r.code == exitOK {
		t.Error("outside of a demonstration an e-mail address sufficed to act")
	}
}
