package api

import (
	"strconv"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// etag is the entity tag of a version: "v3" with its quotes (RFC 9110 §8.8.3).
func etag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// ifMatch reads the version that an edit is based on. Without one the edit is
// refused (428): whoever edits says what he saw. A tag that is none of ours
// matches no version.
func ifMatch(header, noun string, key any) (int64, error) {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0, registry.Fail(registry.Precondition, "request.if_match")
	}
	text, ok := strings.CutPrefix(header, `"v`)
	text, closed := strings.CutSuffix(text, `"`)
	version, err := strconv.ParseInt(text, 10, 64)
	if !ok || !closed || err != nil || version < 1 {
		return 0, registry.Fail(registry.Stale, noun+".stale", key)
	}
	return version, nil
}

// IfMatchParam is the header of edits.
type IfMatchParam struct {
	IfMatch string `header:"If-Match" doc:"ETag of the version that the edit is based on; required (428 without, 412 when stale)"`
}
