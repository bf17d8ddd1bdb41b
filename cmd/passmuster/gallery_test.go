package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The pictures of docs/screens.
var (
	screenLangs  = []string{"zh", "en", "ru"}
	screenWidths = []int64{360, 1280}
)

// exhibit is one page of the gallery.
type exhibit struct {
	name  string
	title string // in English
}

func (e exhibit) file(lang string, width int64) string {
	return fmt.Sprintf("%s-%s-%d.webp", e.name, lang, width)
}

// gallery is the index of the pictures.
type gallery []exhibit

// write writes the index, and removes the pictures of pages that are gone.
func (g gallery) write(dir string) error {
	var b strings.Builder
	b.WriteString("# Pictures of every page\n\nEach page of the program and its states, in Chinese, English and Russian, on a phone (360 px) and on a desk (1280 px). All people are invented (DEMO). Long pages are cut off below.\n\n" +
		"One command renews the pictures and this index; it needs Chromium and axe-core (`npm ci` in `internal/interop`), and also checks each page (language, width, weight, targets, focus, axe-core):\n\n" +
		"```\ngo test -tags nomsgpack ./cmd/passmuster -run TestEveryPage -timeout 60m -screens ../../docs/screens\n```\n\n")
	b.WriteString("| Page | Title | 中文 | English | Русский |\n|---|---|---|---|---|\n")
	shown := map[string]bool{"README.md": true}
	for _, e := range g {
		fmt.Fprintf(&b, "| %s | %s |", e.name, strings.ReplaceAll(e.title, "|", "\\|"))
		for _, lang := range screenLangs {
			for i, width := range screenWidths {
				file := e.file(lang, width)
				shown[file] = true
				fmt.Fprintf(&b, "%s[%s](%s)", []string{" ", " · "}[i], []string{"phone", "desk"}[i], file)
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the pictures: %w", err)
	}
	for _, entry := range entries {
		if shown[entry.Name()] || filepath.Ext(entry.Name()) != ".webp" {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("remove the picture of a page that is gone: %w", err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return nil
}
