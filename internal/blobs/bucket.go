package blobs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/passmuster/passmuster/internal/registry"
)

// bucket is one that speaks the S3 protocol.
type bucket struct {
	client *minio.Client
	name   string
	prefix string
}

func openBucket(u *url.URL) (*bucket, error) {
	q := u.Query()
	host, secure := q.Get("endpoint"), true
	if rest, ok := strings.CutPrefix(host, "http://"); ok { // a server on this machine or in its network
		host, secure = rest, false
	}
	client, err := minio.New(strings.TrimPrefix(host, "https://"), &minio.Options{Creds: credentials.NewEnvAWS(), Secure: secure, Region: q.Get("region"), MaxRetries: 4})
	if err != nil {
		return nil, registry.Fail(registry.Invalid, "blobs.setting", "s3://…")
	}
	return &bucket{client: client, name: u.Host, prefix: strings.Trim(u.Path, "/")}, nil
}

func (b *bucket) key(sha string) (string, error) {
	p, err := place(sha)
	return path.Join(b.prefix, p), err
}

// Put uploads the file unless there is one of its name (If-None-Match): whoever
// was faster has put the same bytes there.
func (b *bucket) Put(ctx context.Context, sha string, file []byte) error {
	key, err := b.key(sha)
	if err != nil {
		return err
	}
	if err := named(sha, file); err != nil {
		return err
	}
	o := minio.PutObjectOptions{ContentType: "application/pdf", DisableMultipart: true}
	o.SetMatchETagExcept("*")
	_, err = b.client.PutObject(ctx, b.name, key, bytes.NewReader(file), int64(len(file)), o)
	switch status := minio.ToErrorResponse(err).StatusCode; {
	case err == nil, status == http.StatusPreconditionFailed:
		return nil
	default:
		return fmt.Errorf("archive file: %w", err)
	}
}

// maxFile bounds what is read back: a certificate has some 100 KB.
const maxFile = 64 << 20

// Get downloads the file.
func (b *bucket) Get(ctx context.Context, sha string) ([]byte, error) {
	key, err := b.key(sha)
	if err != nil {
		return nil, err
	}
	object, err := b.client.GetObject(ctx, b.name, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	defer func() { _ = object.Close() }()
	file, err := io.ReadAll(io.LimitReader(object, maxFile))
	switch {
	case err != nil && minio.ToErrorResponse(err).StatusCode == http.StatusNotFound:
		return nil, absent(sha)
	case err != nil:
		return nil, fmt.Errorf("read archive: %w", err)
	}
	return whole(sha, file)
}

// Remove deletes the object. A bucket that keeps versions keeps this one until
// its own rules end it.
func (b *bucket) Remove(ctx context.Context, sha string) error {
	key, err := b.key(sha)
	if err != nil {
		return err
	}
	if err := b.client.RemoveObject(ctx, b.name, key, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("remove from archive: %w", err)
	}
	return nil
}
