package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/passmuster/passmuster/internal/bench"
	"github.com/passmuster/passmuster/internal/registry"
)

// subject is a server under test: a process of its own.
type subject struct {
	cmd    *exec.Cmd
	addr   string
	family int // PostgreSQL's, whose time is counted with it
	first  time.Duration
}

func (s *subject) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// start starts this program with the arguments and waits for its first answer.
func (b *verifyBench) start(ctx context.Context, path string, settings map[string]string, args ...string) (*subject, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a port: %w", err)
	}
	s := &subject{addr: listener.Addr().String()}
	_ = listener.Close()
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "ADDR", s.addr)
	}
	s.cmd = exec.CommandContext(ctx, self, args...)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PASSMUSTER_") {
			s.cmd.Env = append(s.cmd.Env, kv)
		}
	}
	for k, v := range settings {
		s.cmd.Env = append(s.cmd.Env, "PASSMUSTER_"+k+"="+v)
	}
	s.cmd.Env = append(s.cmd.Env, "PASSMUSTER_ADDR="+s.addr)
	var said strings.Builder
	if settings == nil {
		s.cmd.Stderr = &said
	} // a registry logs every request: to nowhere
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server under test: %w", err)
	}
	b.alive = append(b.alive, s)
	for time.Since(began) < 2*time.Minute {
		if answered(ctx, "http://"+s.addr+path) {
			s.first = time.Since(began)
			return s, nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil, fmt.Errorf("the server under test does not answer: %s", said.String())
}

func answered(ctx context.Context, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, a.Body)
	_ = a.Body.Close()
	return a.StatusCode == http.StatusOK
}

// pair starts the bare handler and the registry.
func (b *verifyBench) pair(ctx context.Context, at registryAt, remembered int) (*subject, error) {
	path := "/api/v1/verify/" + string(at.codes[0])
	var err error
	if b.bare, err = b.start(ctx, path, nil, "bench", "bare", "--listen", "ADDR", "--bytes", "1000"); err != nil {
		return nil, err
	}
	s, err := b.start(ctx, path, map[string]string{"DATA": at.dir, "DATABASE": at.database, "PUBLIC_URL": "https://verify.demo.example",
		"TRUSTED_PROXIES": "127.0.0.1", "VERIFY_CACHE": strconv.Itoa(remembered), "LOG": "info"}, "serve")
	if err != nil {
		return nil, err
	}
	s.family = at.family
	if err := leaf(at.dir); err != nil {
		return nil, err
	}
	time.Sleep(3 * time.Second) // what it does after the start, once: the filter of codes, the first jobs
	return s, nil
}

// leaf reads the database through, so that the system holds it as it does that of
// a registry that has been asked for a while: a disk is not what is measured.
func leaf(dir string) error {
	f, err := os.Open(filepath.Join(dir, "passmuster.db"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is on a PostgreSQL
	}
	if err != nil {
		return fmt.Errorf("read the database through: %w", err)
	}
	defer func() { _ = f.Close() }()
	if _, err := io.Copy(io.Discard, f); err != nil {
		return fmt.Errorf("read the database through: %w", err)
	}
	return nil
}

// get appends a request for a code behind the path, by a client of his own, as a
// proxy would pass it on.
func get(b []byte, path, code, header string, r *rand.Rand) []byte {
	b = append(append(append(b, "GET "...), path...), code...)
	b = append(append(b, " HTTP/1.1\r\nHost: verify.demo.example\r\n"...), header...)
	b = append(b, "X-Forwarded-For: 10"...)
	for range 3 {
		b = strconv.AppendUint(append(b, '.'), uint64(r.Uint32()&255), 10)
	}
	return append(b, "\r\n\r\n"...)
}

const (
	wantJSON = "Accept: application/json\r\nUser-Agent: gate/1.0\r\n"
	wantPage = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\nUser-Agent: Mozilla/5.0\r\n"
)

// some asks for one of the codes.
func some(path, header string, codes []registry.Code) func([]byte, *rand.Rand) []byte {
	return func(b []byte, r *rand.Rand) []byte { return get(b, path, string(codes[r.IntN(len(codes))]), header, r) }
}

// unheard asks for a code that was never given out.
func unheard(b []byte, r *rand.Rand) []byte {
	var random [10]byte
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	return get(b, "/api/v1/verify/", string(registry.NewCode(random)), wantJSON, r)
}

// mistyped asks for a code whose check character is wrong.
func mistyped(codes []registry.Code) func([]byte, *rand.Rand) []byte {
	return func(b []byte, r *rand.Rand) []byte {
		code := []byte(codes[r.IntN(len(codes))])
		code[15] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[(strings.IndexByte("0123456789ABCDEFGHJKMNPQRSTVWXYZ", code[15])+1)%32]
		return get(b, "/api/v1/verify/", string(code), wantJSON, r)
	}
}

// turn is what one turn of a server came to.
type turn struct {
	bench.Loaded
	cpu float64 // µs for an answer
}

// tries is how often a turn is tried that others disturb.
const tries = 4

// undisturbed is how much of a core others may have.
const undisturbed = 0.15

// turn loads a server, again where others had more than their share of the
// machine.
func (b *verifyBench) turn(ctx context.Context, s *subject, want, connections int, request func([]byte, *rand.Rand) []byte) (turn, error) {
	for try := 1; ; try++ {
		t, foreign, err := b.load(ctx, s, bench.Load{Addr: s.addr, Connections: connections, Time: b.c.Time, Warm: 200 * time.Millisecond, Want: want, Request: request})
		if err != nil {
			return t, err
		}
		if foreign <= undisturbed {
			return t, nil
		}
		if try == tries {
			b.out.Disturbed++
			return t, nil
		}
	}
}

func (b *verifyBench) load(ctx context.Context, s *subject, l bench.Load) (t turn, foreign float64, err error) {
	var own, server, all [2]time.Duration
	var at [2]time.Time
	var wrong error
	loaded, err := l.Run(ctx, func(begin bool) {
		i := 1
		if begin {
			i = 0
		}
		at[i], own[i] = time.Now(), bench.CPUTime()
		var errs [3]error
		all[i], errs[0] = bench.MachineCPU()
		server[i], errs[1] = bench.ProcessCPU(s.cmd.Process.Pid, false)
		if s.family > 0 {
			var more time.Duration
			more, errs[2] = bench.ProcessCPU(s.family, true)
			server[i] += more
		}
		wrong = errors.Join(wrong, errors.Join(errs[:]...))
	})
	if err = errors.Join(err, wrong); err != nil {
		return t, 0, err
	}
	used := server[1] - server[0]
	foreign = (all[1] - all[0] - used - (own[1] - own[0])).Seconds() / at[1].Sub(at[0]).Seconds()
	return turn{loaded, used.Seconds() * 1e6 / float64(loaded.Answers)}, foreign, nil
}

// kind is one thing that is asked in turns with the bare handler.
type kind struct {
	name, ratio string
	want        int
	request     func([]byte, *rand.Rand) []byte
	who         *subject // nil: the registry of the round
}

// rounds asks everybody in turns and notes the ratios to the bare handler.
func (b *verifyBench) rounds(ctx context.Context, s *subject, codes []registry.Code, kinds []kind) (map[string][]turn, error) {
	bare := kind{name: "bare", want: http.StatusOK, request: some("/api/v1/verify/", wantJSON, codes), who: b.bare}
	turns := map[string][]turn{}
	for i := range b.c.Rounds {
		for _, k := range append([]kind{bare}, kinds...) {
			who := cmp.Or(k.who, s)
			t, err := b.turn(ctx, who, k.want, b.c.Connections, k.request)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k.name, err)
			}
			turns[k.name] = append(turns[k.name], t)
		}
		b.e.progress("rounds", i+1, b.c.Rounds)
	}
	for name, list := range turns {
		b.out.note(name, middle(list, func(t turn) float64 { return t.PerSecond }), middle(list, func(t turn) float64 { return t.cpu }),
			middle(list, func(t turn) float64 { return float64(t.P99.Microseconds()) / 1000 }))
	}
	for _, k := range kinds {
		if k.ratio == "" {
			continue
		}
		b.out.set(k.ratio, over(turns[k.name], turns["bare"], func(t turn) float64 { return t.PerSecond })...)
	}
	return turns, nil
}

func middle(list []turn, of func(turn) float64) float64 {
	values := make([]float64, len(list))
	for i, t := range list {
		values[i] = of(t)
	}
	return median(values)
}

// over are the ratios of each round.
func over(list, to []turn, of func(turn) float64) []float64 {
	values := make([]float64, len(list))
	for i := range list {
		values[i] = of(list[i]) / of(to[i])
	}
	return values
}

// fromStore measures without anything remembered: R2, R4, R5, R6, R8, R17.
func (b *verifyBench) fromStore(ctx context.Context, at registryAt) error {
	s, err := b.pair(ctx, at, 0)
	if err != nil {
		return err
	}
	b.out.Start = s.first.Seconds()
	turns, err := b.rounds(ctx, s, at.codes, []kind{
		{name: "store", ratio: "R2", want: http.StatusOK, request: some("/api/v1/verify/", wantJSON, at.codes)},
		{name: "page", ratio: "R4", want: http.StatusOK, request: some("/v/", wantPage, at.codes)},
		{name: "unknown", ratio: "R8", want: http.StatusNotFound, request: unheard},
		{name: "malformed", ratio: "R8_malformed", want: http.StatusBadRequest, request: mistyped(at.codes)},
	})
	if err != nil {
		return err
	}
	b.out.set("R5", over(turns["store"], turns["bare"], func(t turn) float64 { return t.cpu })...)
	if err := b.waits(ctx, s, at.codes); err != nil {
		return err
	}
	return b.memory(s)
}

// fromBoth measures R7: the same questions to this registry and to a smaller one.
func (b *verifyBench) fromBoth(ctx context.Context, at registryAt) error {
	fewer := b.c.Beside
	if fewer == 0 && b.c.Rows >= 10_000_000 {
		fewer = 1_000_000
	}
	if fewer == 0 {
		b.out.Skipped = append(b.out.Skipped, "R7: needs a registry of 10000000, or --beside")
		return nil
	}
	small, err := b.filled(ctx, registryAt{}, fewer)
	if err != nil {
		return err
	}
	one, err := b.pair(ctx, small, 0)
	if err != nil {
		return err
	}
	all, err := b.pair(ctx, at, 0)
	if err != nil {
		return err
	}
	turns, err := b.rounds(ctx, all, at.codes, []kind{
		{name: "all rows", want: http.StatusOK, request: some("/api/v1/verify/", wantJSON, at.codes)},
		{name: "fewer rows", want: http.StatusOK, request: some("/api/v1/verify/", wantJSON, small.codes), who: one},
	})
	if err != nil {
		return err
	}
	b.out.set("R7", over(turns["all rows"], turns["fewer rows"], func(t turn) float64 { return t.PerSecond })...)
	return nil
}

// waits measures R6.
func (b *verifyBench) waits(ctx context.Context, s *subject, codes []registry.Code) error {
	var ratios []float64
	request := some("/api/v1/verify/", wantJSON, codes)
	for range b.c.Rounds {
		bare, err := b.turn(ctx, b.bare, http.StatusOK, 1, request)
		if err != nil {
			return err
		}
		ours, err := b.turn(ctx, s, http.StatusOK, 1, request)
		if err != nil {
			return err
		}
		ratios = append(ratios, float64(ours.P50)/float64(bare.P50))
	}
	b.out.set("R6", ratios...)
	return nil
}

// memory measures R17, of servers that have just been under load.
func (b *verifyBench) memory(s *subject) error {
	ours, err := bench.Resident(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	bare, err := bench.Resident(b.bare.cmd.Process.Pid)
	if err != nil {
		return err
	}
	b.out.RSS = [2]float64{float64(ours) / (1 << 20), float64(bare) / (1 << 20)}
	b.out.set("R17", float64(ours)/float64(bare))
	return nil
}

// hot is how many certificates are asked for again and again: fewer than are
// remembered. shown is how many pages: those of a morning at one gate.
const (
	hot   = 8000
	shown = 64
)

// fromMemory measures R1 and R4 of what was asked for before.
func (b *verifyBench) fromMemory(ctx context.Context, at registryAt) error {
	s, err := b.pair(ctx, at, 20_000)
	if err != nil {
		return err
	}
	full, err := b.start(ctx, "/api/v1/verify/x", nil, "bench", "bare", "--full", "--listen", "ADDR", "--bytes", "1000")
	if err != nil {
		return err
	}
	warm := at.codes[:min(hot, len(at.codes))]
	_, err = b.rounds(ctx, s, warm, []kind{
		{name: "middleware", ratio: "R0", want: http.StatusOK, request: some("/api/v1/verify/", wantJSON, warm), who: full},
		{name: "memory", ratio: "R1", want: http.StatusOK, request: some("/api/v1/verify/", wantJSON, warm)},
		{name: "page in memory", ratio: "R4_memory", want: http.StatusOK, request: some("/v/", wantPage, warm[:min(shown, len(warm))])},
	})
	return err
}

// fromPostgres measures R3.
func (b *verifyBench) fromPostgres(ctx context.Context, at registryAt) error {
	s, err := b.pair(ctx, at, 0)
	if err != nil {
		return err
	}
	_, err = b.rounds(ctx, s, at.codes, []kind{{name: "postgres", ratio: "R3", want: http.StatusOK, request: some("/api/v1/verify/", wantJSON, at.codes)}})
	return err
}

// pairs is how many numbers are asked for with a wrong name.
const pairs = 5000

// names measures R19 over one connection: a number that exists with a wrong name,
// and one that does not, in turns.
func (b *verifyBench) names(ctx context.Context, at registryAt) error {
	s, err := b.pair(ctx, at, 0)
	if err != nil {
		return err
	}
	var ratios []float64
	rounds := max(1, min(b.c.Rounds, 5))
	for k := range rounds {
		list := at.numbers[k*len(at.numbers)/rounds : (k+1)*len(at.numbers)/rounds]
		wrong, none, err := bench.Pairs(ctx, s.addr, list)
		if err != nil {
			return err
		}
		ratios = append(ratios, float64(wrong)/float64(none))
	}
	b.out.set("R19", ratios...)
	return nil
}
