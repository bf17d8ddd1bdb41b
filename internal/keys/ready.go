package keys

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// attended are the uses whose private half a serving registry cannot do without
// (docs/keys.md). The root is none of them: it may be offline.
var attended = []Use{PDFCA, PDFSigner, Publisher, Record, Token, IDHMAC}

// Ready reports whether the directory holds what a serving registry signs with
// at the time: the newest key of each use and issuer, but for the root. It looks
// whether the files are there, and reads none. What was read before may still
// sign; after the next start it would not. Refusals, all registry.Unavailable:
// those of Reload, and keys.absent, which names every use and file that is gone.
func (r *Ring) Ready(now time.Time) error {
	s, err := r.fresh()
	if err != nil {
		return err
	}
	var uses, files []string
	for i, k := range s.keys {
		if newest, ok := s.signs(k.Use, k.Issuer, now); !ok || newest.KID != k.KID || !slices.Contains(attended, k.Use) {
			continue
		}
		name := r.box.name(s.meta.Keys[i].File)
		if _, err := os.Stat(filepath.Join(r.dir, name)); err == nil {
			continue
		} else if !errors.Is(err, os.ErrNotExist) {
			return damaged(name, err)
		}
		files = append(files, name)
		if !slices.Contains(uses, string(k.Use)) {
			uses = append(uses, string(k.Use))
		}
	}
	if len(files) > 0 {
		return registry.Fail(registry.Unavailable, "keys.absent", strings.Join(uses, ", "), strings.Join(files, ", "))
	}
	return nil
}
