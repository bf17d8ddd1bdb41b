// Package blobs archives issued files, for registries that want them beside the
// record (setting BLOBS): in a folder, or in a bucket that speaks S3. A file is
// kept under the hex SHA-256 of its bytes, so putting it twice keeps one, two
// writers cannot disagree, and what was archived before a crash is at most a
// file that is archived again with the same bytes. No archived file is ever
// overwritten or removed here; what a crash left half is removed by a later
// write.
package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/passmuster/passmuster/internal/registry"
)

// Store keeps files by the hex SHA-256 of their bytes.
type Store interface {
	// Put keeps the file and returns when it is on the disk, or the bucket has
	// said so; it succeeds where the file is kept already. Bytes that have
	// another hash are refused.
	Put(ctx context.Context, sha string, file []byte) error
	// Get returns the file: the refusal blobs.absent where there is none,
	// blobs.damaged where its bytes are no longer those of its name.
	Get(ctx context.Context, sha string) ([]byte, error)
	// Remove deletes the file, where it is there.
	Remove(ctx context.Context, sha string) error
}

// Open opens what the setting names: a folder, which is made, or
// s3://BUCKET[/PREFIX]?endpoint=HOST[:PORT][&region=…], whose keys are taken from
// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. What cannot be one is refused as
// blobs.setting.
func Open(setting string) (Store, error) {
	scheme, _, found := strings.Cut(setting, "://")
	switch {
	case !found:
		return openFolder(setting)
	case scheme != "s3":
		return nil, registry.Fail(registry.Invalid, "blobs.setting", setting)
	}
	u, err := url.Parse(setting)
	if err != nil || u.Host == "" || u.User != nil || u.Query().Get("endpoint") == "" {
		return nil, registry.Fail(registry.Invalid, "blobs.setting", "s3://…")
	}
	return openBucket(u)
}

// size is that of a SHA-256 in hex.
const size = 2 * sha256.Size

// named checks that the bytes have the hash.
func named(sha string, file []byte) error {
	sum := sha256.Sum256(file)
	if hex.EncodeToString(sum[:]) != sha {
		return fmt.Errorf("archive file: its hash is not %.16s…", sha)
	}
	return nil
}

// place is where the file is kept: "3f/a9/3fa9….pdf". A folder holds few enough
// files for any tool up to a hundred million of them.
func place(sha string) (string, error) {
	if len(sha) != size || strings.Trim(sha, "0123456789abcdef") != "" {
		return "", fmt.Errorf("archive file: %q is no hash", sha)
	}
	return sha[:2] + "/" + sha[2:4] + "/" + sha + ".pdf", nil
}

func absent(sha string) error { return registry.Fail(registry.NotFound, "blobs.absent", sha[:16]) }

// whole refuses a file that is no longer what it is called.
func whole(sha string, file []byte) ([]byte, error) {
	if named(sha, file) != nil {
		return nil, registry.Fail(registry.Unavailable, "blobs.damaged", sha[:16])
	}
	return file, nil
}
