// Package archtest holds the shape of the program: which package may import
// which, where the clock may be read, and that the whole tree is formatted,
// vetted and builds for every platform that is promised. It has no code of its
// own, only tests; docs/architecture.md is the table in words.
package archtest
