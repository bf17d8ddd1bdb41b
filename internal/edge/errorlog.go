package edge

import (
	"log"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
)

// errorLog takes the lines that the server of net/http writes by itself (a
// handshake that failed, a panic that nobody caught), which name the client's
// address, into ours, which does not.
func errorLog(to *slog.Logger) *log.Logger {
	if to == nil {
		to = slog.New(slog.DiscardHandler)
	}
	return log.New(serverLines{to}, "", 0)
}

type serverLines struct{ log *slog.Logger }

// Write takes one line, which the stack of a panic may follow.
func (s serverLines) Write(p []byte) (int, error) {
	line, stack, _ := strings.Cut(strings.TrimRight(withoutAddresses(string(p)), "\n"), "\n")
	if stack == "" {
		s.log.Warn("server of HTTP", "line", line)
	} else {
		s.log.Error("server of HTTP", "line", line, "stack", stack)
	}
	return len(p), nil
}

// addressy is what an address may look like, with a port or without. What lies
// between colons in a text of another kind is told apart by reading it.
var addressy = regexp.MustCompile(`\[[0-9A-Fa-f:.]+(%[^\]\s]+)?\](:\d+)?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*|\d+\.\d+\.\d+\.\d+(:\d+)?`)

// withoutAddresses puts a word in the place of each network address.
func withoutAddresses(text string) string {
	return addressy.ReplaceAllStringFunc(text, func(found string) string {
		for end := len(found); end > 0; end-- { // a colon or a dot of the text may follow
			if isAddress(found[:end]) {
				return "CLIENT" + found[end:]
			}
			if last := found[end-1]; last != ':' && last != '.' {
				break
			}
		}
		return found
	})
}

func isAddress(text string) bool {
	if _, err := netip.ParseAddrPort(text); err == nil {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return err == nil
}
