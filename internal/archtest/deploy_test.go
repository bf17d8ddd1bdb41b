package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// No container engine is needed: this reads the files as far as they can be
// read without one.

func readYAML(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func TestTheComposeFileWaitsForItsDatabaseAndRunsWithoutRights(t *testing.T) {
	var file struct {
		Services map[string]struct {
			Image       string
			DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
			Environment map[string]string
			Ports       []string
			Volumes     []string
			ReadOnly    bool     `yaml:"read_only"`
			CapDrop     []string `yaml:"cap_drop"`
			Healthcheck struct{ Test []string }
		}
		Volumes map[string]any
	}
	readYAML(t, "docker-compose.yml", &file)
	app, db := file.Services["app"], file.Services["db"]
	if app.DependsOn["db"].Condition != "service_healthy" || len(db.Healthcheck.Test) == 0 {
		t.Error("the application does not wait until the database answers")
	}
	if !app.ReadOnly || len(app.CapDrop) == 0 || len(app.Ports) != 1 || !strings.HasPrefix(app.Ports[0], "127.0.0.1:") {
		t.Error("the application has rights or doors that it does not need")
	}
	for _, s := range []string{"PASSMUSTER_DATABASE", "PASSMUSTER_PUBLIC_URL"} {
		if !strings.Contains(app.Environment[s], ":?") {
			t.Errorf("%s does not say that it is missing", s)
		}
	}
	for _, mount := range append(app.Volumes, db.Volumes...) {
		name, _, _ := strings.Cut(mount, ":")
		if _, ok := file.Volumes[name]; !ok {
			t.Errorf("volume %s is not declared", name)
		}
	}
}

func TestTheImageIsOneStaticBinaryThatIsNotRoot(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"CGO_ENABLED=0", "-trimpath", "\nFROM scratch\n", "\nUSER 65532", "\nVOLUME /data", "PASSMUSTER_ADDR=0.0.0.0:8080", "\nCMD [\"serve\"]"} {
		if !strings.Contains(string(text), line) {
			t.Errorf("Dockerfile: %q is gone", strings.TrimSpace(line))
		}
	}
}

func TestTheExampleSettingsCanBeRead(t *testing.T) {
	var settings map[string]any
	readYAML(t, "passmuster.example.yaml", &settings)
	for _, name := range []string{"addr", "data", "log"} {
		if _, ok := settings[name]; !ok {
			t.Errorf("passmuster.example.yaml does not show %s", name)
		}
	}
}
