package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sync"

	"github.com/passmuster/passmuster/verify/js"
)

// addModules names the modules of the verifier. They import each other by
// relative names, so the checksum of all stands in the name of their directory:
// "verify/index.js" is "/assets/verify/1f2e3d4c5b6a/index.js". A change of one
// gives all of them new addresses, and none is ever mixed with an older one.
func (t table) addModules() {
	names, _ := fs.Glob(js.Files, "*.js") // the pattern is a constant that is one
	bodies, sum := map[string][]byte{}, sha256.New()
	for _, name := range names { // in order, as Glob returns them
		bodies[name], _ = fs.ReadFile(js.Files, name)
		sum.Write([]byte(name + "\x00"))
		sum.Write(bodies[name])
	}
	dir := prefix + "verify/" + hex.EncodeToString(sum.Sum(nil)[:6]) + "/"
	for name, body := range bodies {
		t.add("verify/"+name, body)
		a := t.byName["verify/"+name]
		delete(t.byPath, a.path)
		a.path = dir + name
		t.byPath[a.path] = a
	}
}

var imports = regexp.MustCompile(`(?m)^(?:import|export) .*from "\./([a-z0-9]+\.js)";$`)

// Modules returns the addresses of a module of the verifier, "verify/index.js",
// and of all that it needs, itself first: what a page fetches ahead, and what a
// service worker keeps. It is empty for a module that does not exist.
func Modules(name string) []string {
	if paths, ok := found.Load(name); ok {
		return slices.Clone(paths.([]string))
	}
	paths := modules(name)
	if paths != nil {
		found.Store(name, paths)
	}
	return slices.Clone(paths)
}

// found are the answers of Modules: nothing of them changes while a program runs.
var found sync.Map

func modules(name string) (paths []string) {
	names := []string{name}
	for i := 0; i < len(names); i++ {
		a, ok := all().byName[names[i]]
		if !ok {
			continue
		}
		paths = append(paths, a.path)
		for _, m := range imports.FindAllSubmatch(a.body, -1) {
			if next := path.Dir(name) + "/" + string(m[1]); !slices.Contains(names, next) {
				names = append(names, next)
			}
		}
	}
	return paths
}
