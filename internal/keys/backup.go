package keys

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const maxBackupFiles = 100_000

// Backup writes every key that is present, sealed under a passphrase of its
// own (age, scrypt), apart from any backup of the database. A root that is
// offline is not in it.
func (r *Ring) Backup(w io.Writer, passphrase string) error {
	s, err := r.fresh()
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	if err := r.archive(&archive, s); err != nil {
		return fmt.Errorf("back up keys: %w", err)
	}
	sealed, err := sealWith(passphrase, r.work, archive.Bytes())
	if err != nil {
		return err
	}
	if _, err := w.Write(sealed); err != nil {
		return fmt.Errorf("back up keys: %w", err)
	}
	return nil
}

// archive writes keys.json and the unsealed private files as a tar.
func (r *Ring) archive(w io.Writer, s *state) error {
	t := tar.NewWriter(w)
	add := func(name string, data []byte) error {
		h := &tar.Header{Name: name, Mode: int64(fileMode), Size: int64(len(data)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		_, err := t.Write(data)
		return err
	}
	meta, err := s.meta.encode()
	if err != nil {
		return err
	}
	if err := add(metadataFile, meta); err != nil {
		return err
	}
	for _, e := range s.meta.Keys {
		raw, err := readPrivate(r.dir, r.box.name(e.File))
		if err != nil {
			return err
		}
		if raw == nil {
			continue
		}
		if raw, err = r.box.unseal(raw); err != nil {
			return damaged(e.File, err)
		}
		if err := add(e.File, raw); err != nil {
			return err
		}
	}
	return t.Close()
}

// RestoreBackup puts the keys of a backup into dir, which must be empty or
// absent ("keys.exists"). Keys that were sealed are sealed again, under the
// backup's passphrase. Either all of them are there afterwards or nothing.
func RestoreBackup(dir string, rd io.Reader, passphrase string) error {
	return restore(dir, rd, passphrase, scryptWork)
}

func restore(dir string, rd io.Reader, passphrase string, work int) error {
	if err := vacant(dir); err != nil {
		return err
	}
	plain, err := unsealWith(passphrase, rd, "backup")
	if err != nil {
		return err
	}
	files, err := unpack(plain)
	if err != nil {
		return damaged("backup", err)
	}
	meta, err := decodeMetadata(files[metadataFile])
	if err != nil {
		return err
	}
	return publish(dir, func(tmp string) error {
		var b *box
		if meta.Sealed {
			if b, err = seal(tmp, passphrase, work); err != nil {
				return err
			}
		}
		for name, data := range files {
			if name != metadataFile {
				if data, err = b.seal(data); err != nil {
					return err
				}
				name = b.name(name)
			}
			if err := writeFile(tmp, name, data, os.Rename); err != nil {
				return err
			}
		}
		_, err := load(tmp, b, nil) // what cannot be opened is not restored
		return err
	})
}

// unpack reads the archive. Names are plain file names: none leads elsewhere.
func unpack(archive []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	t := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := t.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		plainName := h.Name == filepath.Base(h.Name) && !strings.ContainsAny(h.Name, `/\:`) && !strings.HasPrefix(h.Name, ".")
		if h.Typeflag != tar.TypeReg || !plainName || len(files) >= maxBackupFiles {
			return nil, errors.New("unexpected entry")
		}
		if files[h.Name], err = io.ReadAll(t); err != nil {
			return nil, err
		}
	}
}
