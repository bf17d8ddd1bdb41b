package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// The peers, by the names they give themselves.
const (
	goPeer        = "gofpdf+go-qrcode+pdfsign"
	nodePeer      = "@cantoo/pdf-lib+fontkit+@signpdf"
	nodeOperators = "@cantoo/pdf-lib by operators"
)

// kind is a peer's directory and how it is made ready there (tmp is for what is
// built). Its short name is in those of the files that it is asked for.
type kind struct {
	name, short, dir string
	ready            func(ctx context.Context, dir, tmp string) (*exec.Cmd, error)
}

var kinds = []kind{
	{goPeer, "go", "go", readyGo},
	{nodePeer, "node", "node", readyNode("calls")},
	{nodeOperators, "node-operators", "node", readyNode("operators")},
}

// notHere is why a program without its source has no peers.
const notHere = "its program is not here: run in the source tree, or give --peers DIR"

// peer is a running program of another stack, or the reason why it does not run.
type peer struct {
	name, short, with, signs string
	reason                   string
	bytes                    int // of a file

	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	errors *strings.Builder
}

// errNotReady is why a peer is left out: something it needs is not here.
type errNotReady struct{ reason string }

func (e errNotReady) Error() string { return e.reason }

// readyGo builds the Go peer with its own pinned modules.
func readyGo(ctx context.Context, dir, tmp string) (*exec.Cmd, error) {
	program := filepath.Join(tmp, "peer-go")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-C", dir, "-trimpath", "-o", program, ".")
	build.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
	if err := quietly(build, "build it"); err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, program), nil
}

// readyNode installs the Node peers' pinned packages when they are first used; way
// is how the page is drawn.
func readyNode(way string) func(ctx context.Context, dir, tmp string) (*exec.Cmd, error) {
	return func(ctx context.Context, dir, _ string) (*exec.Cmd, error) {
		node, err := exec.LookPath("node")
		if err != nil {
			return nil, errNotReady{"node is not installed"}
		}
		if !installed(dir) {
			ci := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
			ci.Dir = dir
			if err := quietly(ci, "install its packages"); err != nil {
				return nil, err
			}
		}
		cmd := exec.CommandContext(ctx, node, "peer.mjs", way)
		cmd.Dir = dir
		return cmd, nil
	}
}

// installed reports whether the packages are there and not older than their list.
func installed(dir string) bool {
	have, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if err != nil {
		return false
	}
	want, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	return err == nil && !have.ModTime().Before(want.ModTime())
}

// quietly runs a preparing command; what it prints becomes the reason if it fails.
func quietly(cmd *exec.Cmd, what string) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return errNotReady{fmt.Sprintf("cannot %s: %v: %s", what, err, gist(string(out)))}
	}
	return nil
}

// gist is the line of a program's complaint that names the error, else its end.
func gist(s string) string {
	for line := range strings.Lines(s) {
		if strings.Contains(line, "rror:") || strings.Contains(line, "rror ") {
			return strings.TrimSpace(line)
		}
	}
	s = strings.Join(strings.Fields(s), " ")
	return s[max(0, len(s)-300):]
}

// startPeers makes every peer ready. One that cannot run keeps the reason.
func (s *session) startPeers(ctx context.Context) error {
	if s.o.Peers == "" {
		for _, k := range s.kinds {
			s.peers = append(s.peers, &peer{name: k.name, reason: notHere})
		}
		return nil
	}
	var err error
	if s.tmp, err = os.MkdirTemp("", "passmuster-bench-"); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	var described *spec
	if described, s.described, err = writeSpec(s.e, s.people, s.tmp); err != nil {
		return err
	}
	line, err := described.line()
	if err != nil {
		return err
	}
	for _, k := range s.kinds {
		s.o.Tell("making ready: " + k.name)
		p := &peer{name: k.name, short: k.short}
		s.peers = append(s.peers, p)
		cmd, err := k.ready(ctx, filepath.Join(s.o.Peers, k.dir), s.tmp)
		if err == nil {
			err = p.start(cmd, line)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			p.stop()
			p.reason = err.Error()
			s.o.Tell("  left out: " + p.reason)
		}
	}
	return nil
}

// start runs the program, gives it the spec and waits for its name.
func (p *peer) start(cmd *exec.Cmd, spec []byte) error {
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start it: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start it: %w", err)
	}
	p.errors = &strings.Builder{}
	cmd.Stderr, cmd.WaitDelay = p.errors, 5*time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start it: %w", err)
	}
	p.cmd, p.in, p.out = cmd, in, bufio.NewReaderSize(out, 1<<20)
	if _, err := in.Write(spec); err != nil {
		return p.lost(err)
	}
	var hello struct{ Name, Signs, With string }
	if err := p.read(&hello); err != nil {
		return err
	}
	if hello.Name != p.name {
		return fmt.Errorf("it calls itself %q", hello.Name)
	}
	p.with, p.signs = hello.With, hello.Signs
	return nil
}

func (p *peer) read(answer any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return p.lost(err)
	}
	if err := json.Unmarshal(line, answer); err != nil {
		return fmt.Errorf("read its answer: %w", err)
	}
	return nil
}

// lost is why a peer went away: what it said last, if anything.
func (p *peer) lost(err error) error {
	p.stop()
	if said := gist(p.errors.String()); said != "" {
		return errors.New("it stopped: " + said)
	}
	return fmt.Errorf("it stopped: %w", err)
}

// stop ends the program: it leaves when its input ends.
func (p *peer) stop() {
	if p.cmd == nil {
		return
	}
	_ = p.in.Close()
	_, _ = io.Copy(io.Discard, p.out)
	_ = p.cmd.Wait()
	p.cmd = nil
}

func (s *session) stopPeers() {
	for _, p := range s.peers {
		p.stop()
	}
	if s.tmp != "" {
		_ = os.RemoveAll(s.tmp)
	}
}

// work is a peer's answer about a round.
type work struct {
	Documents int     `json:"documents"`
	CPU       float64 `json:"cpu_us"`          // of all of them
	Unsigned  float64 `json:"unsigned_cpu_us"` // the part before signing
	Bytes     int     `json:"bytes"`
}

// peerRound gives each peer its turn. One that fails is left out from then on.
func (s *session) peerRound(ctx context.Context, r *round) error {
	r.peers = map[string]work{}
	for _, p := range s.peers {
		if p.reason != "" {
			continue
		}
		var w work
		files := len(s.described) // each page once, so that rounds are alike
		err := p.ask(fmt.Sprintf("round %d\n", files), &w)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && (w.Documents != files || w.CPU <= 0) {
			err = fmt.Errorf("it made %d files of %d", w.Documents, files)
		}
		if err != nil {
			p.stop()
			p.reason = err.Error()
			continue
		}
		p.bytes = w.Bytes / w.Documents
		w.CPU, w.Unsigned = w.CPU/float64(w.Documents), w.Unsigned/float64(w.Documents)
		r.peers[p.name] = w
	}
	return nil
}

func (p *peer) ask(command string, answer any) error {
	if _, err := io.WriteString(p.in, command); err != nil {
		return p.lost(err)
	}
	return p.read(answer)
}

// file is one of the peer's files, to look at.
func (p *peer) file(i int) ([]byte, error) {
	var answer struct {
		PDF []byte `json:"pdf"`
	}
	if err := p.ask(fmt.Sprintf("file %d\n", i), &answer); err != nil {
		return nil, err
	}
	return answer.PDF, nil
}

// writeFiles puts the same page by everybody into the directory that was asked
// for, to be looked at: a number says nothing about what was drawn.
func (s *session) writeFiles() error {
	if s.o.Files == "" {
		return nil
	}
	if err := os.MkdirAll(s.o.Files, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	for n, i := range s.described {
		if n >= shownFiles {
			break
		}
		made, err := s.e.one(&s.people[i])
		if err != nil {
			return err
		}
		files := map[string][]byte{"passmuster": made.File.Bytes()}
		for _, p := range s.peers {
			if p.reason != "" {
				continue
			}
			if files["peer-"+p.short], err = p.file(n); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
		for name, file := range files {
			path := filepath.Join(s.o.Files, fmt.Sprintf("%02d-%s.pdf", n+1, name))
			if err := os.WriteFile(path, file, 0o644); err != nil {
				return fmt.Errorf("write file: %w", err)
			}
		}
	}
	return nil
}

// shownFiles is how many pages are written out.
const shownFiles = 8

// summary is what the report says of the peer.
func (p *peer) summary(rounds []round) Peer {
	out := Peer{Name: p.name, With: p.with, Signs: p.signs, Reason: p.reason}
	if p.reason != "" {
		return out
	}
	cpu := func(r round) float64 { return r.peers[p.name].CPU }
	unsigned := func(r round) float64 { return r.peers[p.name].Unsigned }
	out.CPU, out.Spread, out.Bytes = float64(whole(median(rounds, cpu))), spread(rounds, cpu), p.bytes
	out.Spread[0], out.Spread[1] = float64(whole(out.Spread[0])), float64(whole(out.Spread[1]))
	out.Ratio = tenth(median(rounds, func(r round) float64 { return cpu(r) / r.engine.cpu }))
	if out.Unsigned = float64(whole(median(rounds, unsigned))); out.Unsigned > 0 {
		out.UnsignedRatio = tenth(median(rounds, func(r round) float64 { return unsigned(r) / r.engine.cpu }))
	}
	return out
}
