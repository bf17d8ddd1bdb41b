package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Load asks a server as fast as it answers, over connections that stay open, each
// with one request at a time. Nothing is allocated for a request.
type Load struct {
	Addr        string
	Connections int
	Time        time.Duration
	Warm        time.Duration // asked before it is measured
	Want        int           // status that every answer must have
	// Request appends the next request to b. Each connection has a chance of its own.
	Request func(b []byte, r *rand.Rand) []byte
}

// Loaded is what came of it.
type Loaded struct {
	Answers   int
	PerSecond float64
	P50, P99  time.Duration
}

// latencies is how many waiting times a connection keeps: the last ones.
const latencies = 1 << 15

// client is one connection of a load.
type client struct {
	net.Conn
	r       *rand.Rand
	out, in []byte
	answers int
	took    []time.Duration
	err     error
}

// Run asks until the time is over. measure is called when the measured part
// begins and when it ends.
func (l Load) Run(ctx context.Context, measure func(begin bool)) (Loaded, error) {
	clients := make([]*client, l.Connections)
	for i := range clients {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr)
		if err != nil {
			return Loaded{}, fmt.Errorf("connect to the server under test: %w", err)
		}
		defer func() { _ = conn.Close() }()
		clients[i] = &client{Conn: conn, r: rand.New(rand.NewPCG(rand.Uint64(), uint64(i))), out: make([]byte, 0, 1024),
			in: make([]byte, 64<<10), took: make([]time.Duration, 0, latencies)}
	}
	var phase atomic.Int32 // 0: warming up, 1: measured, 2: over
	var wait sync.WaitGroup
	for _, c := range clients {
		wait.Go(func() { c.err = c.ask(l, &phase) })
	}
	time.Sleep(l.Warm)
	measure(true)
	began := time.Now()
	phase.Store(1)
	select {
	case <-time.After(l.Time):
	case <-ctx.Done():
	}
	phase.Store(2)
	took := time.Since(began)
	measure(false)
	wait.Wait()
	return sum(clients, took)
}

func sum(clients []*client, took time.Duration) (Loaded, error) {
	var all Loaded
	var waits []time.Duration
	for _, c := range clients {
		if c.err != nil {
			return all, c.err
		}
		all.Answers += c.answers
		waits = append(waits, c.took...)
	}
	if all.Answers == 0 {
		return all, errors.New("the server under test gave no answer")
	}
	slices.Sort(waits)
	all.PerSecond = float64(all.Answers) / took.Seconds()
	all.P50, all.P99 = waits[len(waits)/2], waits[len(waits)*99/100]
	return all, nil
}

func (c *client) ask(l Load, phase *atomic.Int32) error {
	for {
		before := phase.Load()
		if before == 2 {
			return nil
		}
		c.out = l.Request(c.out[:0], c.r)
		began := time.Now()
		if _, err := c.Write(c.out); err != nil {
			return fmt.Errorf("ask the server under test: %w", err)
		}
		status, err := c.answer()
		if err != nil {
			return err
		}
		if status != l.Want {
			return fmt.Errorf("the server under test answered %d, not %d: %.300s", status, l.Want, c.in)
		}
		if before == 1 && phase.Load() == 1 {
			c.answers++
			if len(c.took) < cap(c.took) {
				c.took = append(c.took, time.Since(began))
			} else {
				c.took[c.answers%cap(c.took)] = time.Since(began)
			}
		}
	}
}

var (
	endOfHead     = []byte("\r\n\r\n")
	contentLength = []byte("Content-Length: ")
)

// answer reads one whole answer and returns its status.
func (c *client) answer() (int, error) {
	n, head := 0, -1
	for head < 0 {
		if n == len(c.in) {
			return 0, errors.New("the server under test gave an answer that is too long")
		}
		m, err := c.Read(c.in[n:])
		if err != nil {
			return 0, fmt.Errorf("read the answer of the server under test: %w", err)
		}
		n += m
		head = bytes.Index(c.in[:n], endOfHead)
	}
	status, err := strconv.Atoi(string(c.in[9:12]))
	if err != nil {
		return 0, fmt.Errorf("read status: %w", err)
	}
	at := bytes.Index(c.in[:head], contentLength)
	if at < 0 {
		return status, c.chunks(n, head+len(endOfHead))
	}
	length := 0
	for _, d := range c.in[at+len(contentLength) : head] {
		if d < '0' || d > '9' {
			break
		}
		length = 10*length + int(d-'0')
	}
	return status, c.rest(head + len(endOfHead) + length - n)
}

// rest reads and forgets.
func (c *client) rest(left int) error {
	for left > 0 {
		m, err := c.Read(c.in[1024:min(len(c.in), 1024+left)])
		if err != nil {
			return fmt.Errorf("read the answer of the server under test: %w", err)
		}
		left -= m
	}
	return nil
}

var lastChunk = []byte("0\r\n\r\n")

// chunks reads an answer of unknown length to its end.
func (c *client) chunks(n, body int) error {
	for !bytes.HasSuffix(c.in[:n], lastChunk) || n < body+len(lastChunk) {
		if n == len(c.in) { // only the end matters
			copy(c.in, c.in[n-8:])
			n, body = 8, 0
		}
		m, err := c.Read(c.in[n:])
		if err != nil {
			return fmt.Errorf("read the answer of the server under test: %w", errors.Join(err, io.ErrUnexpectedEOF))
		}
		n += m
	}
	return nil
}
