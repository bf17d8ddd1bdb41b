// Package js embeds the offline verifier for browsers: ES modules that import
// each other by relative names, so all of them are served from one directory.
// README.md says what they do.
package js

import "embed"

// Files are the modules, index.js the one that gives everything.
//
//go:embed *.js
var Files embed.FS
