package verify

import (
	"strings"

	"github.com/passmuster/passmuster/internal/record"
)

// Typed reads the link of a certificate as people hand it on: copied from the
// address bar, with the language that the page's switch put there, or without
// its scheme, which is then that of ours with the same host, else https. It
// gives the text of the QR code that it stands for (record.ParseScan, which
// takes no such liberties), and any other text as it is.
func Typed(text string, ours ...string) string {
	link, digits, hasRecord := strings.Cut(strings.TrimSpace(text), "#")
	if bare, lang, ok := strings.Cut(link, "?lang="); ok && isLang(lang) {
		link = bare
	}
	if !strings.Contains(link, "://") {
		link = withScheme(link, ours)
	}
	if scan, err := record.ParseScan(link); err != nil || scan.Code == "" {
		return text
	}
	if hasRecord {
		link += "#" + digits
	}
	return link
}

func isLang(s string) bool {
	return len(s) <= 16 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz-") == ""
}

func withScheme(link string, ours []string) string {
	host, _, _ := strings.Cut(link, "/")
	for _, origin := range ours {
		if _, own, ok := strings.Cut(origin, "://"); ok && strings.EqualFold(own, host) {
			return origin + link[len(host):]
		}
	}
	return "https://" + link
}
