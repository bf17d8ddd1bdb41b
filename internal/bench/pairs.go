package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// Pairs asks over one connection for each number with a wrong name, and for one
// that does not exist with another, in an order left to chance, and returns the
// median waits. Each question has a client and a name of its own, so that no
// budget of wrong guesses is used up.
func Pairs(ctx context.Context, addr string, numbers []registry.Number) (wrong, none time.Duration, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, 0, fmt.Errorf("connect to the server under test: %w", err)
	}
	defer func() { _ = conn.Close() }()
	c := &client{Conn: conn, r: rand.New(rand.NewPCG(rand.Uint64(), 1)), in: make([]byte, 64<<10)}
	var took [2][]time.Duration
	for _, n := range numbers {
		parts := strings.Split(string(n), "-")
		asked := [2]string{string(n), strings.Join(parts[:3], "-") + "-" + strconv.Itoa(900_000+c.r.IntN(90_000))}
		for _, i := range c.r.Perm(2) {
			t, err := c.pair(asked[i])
			if err != nil {
				return 0, 0, err
			}
			took[i] = append(took[i], t)
		}
	}
	for _, t := range took {
		slices.Sort(t)
	}
	return took[0][len(took[0])/2], took[1][len(took[1])/2], nil
}

func (c *client) pair(number string) (time.Duration, error) {
	body := fmt.Sprintf(`{"number":%q,"name":"无名氏%08d"}`, number, c.r.IntN(100_000_000))
	c.out = fmt.Appendf(c.out[:0], "POST /api/v1/verify HTTP/1.1\r\nHost: verify.demo.example\r\nContent-Type: application/json\r\nContent-Length: %d\r\nX-Forwarded-For: 10.%d.%d.%d\r\n\r\n%s",
		len(body), c.r.IntN(256), c.r.IntN(256), c.r.IntN(256), body)
	began := time.Now()
	if _, err := c.Write(c.out); err != nil {
		return 0, fmt.Errorf("ask the server under test: %w", err)
	}
	status, err := c.answer()
	took := time.Since(began)
	if err == nil && status != http.StatusNotFound {
		err = fmt.Errorf("the server under test answered %d for a wrong pair: %.300s", status, c.in)
	}
	return took, err
}
