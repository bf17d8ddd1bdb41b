package edge_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
)

// sender answers "/n" with n bytes, each time others.
func sender(t *testing.T) net.Conn {
	t.Helper()
	g, err := edge.New(edge.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g.GET("/:n", func(c *gin.Context) {
		n, _ := strconv.Atoi(c.Param("n"))
		c.Header("Content-Length", strconv.Itoa(n))
		edge.Send(c, http.StatusTeapot, []byte(bodyOf(n)))
	})
	g.HEAD("/:n", func(c *gin.Context) { edge.Send(c, http.StatusTeapot, []byte(bodyOf(12000))) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := edge.Server("", g, nil)
	go func() { _ = server.Serve(edge.Listener(l)) }()
	t.Cleanup(func() { _ = server.Close() })
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func bodyOf(n int) string { return strings.Repeat(strconv.Itoa(n)+"/", n)[:n] }

// Answers of every length arrive whole and in their order, those that were asked
// for all at once too.
func TestWhatIsSentArrivesWhole(t *testing.T) {
	client := sender(t)
	r := bufio.NewReader(client)
	ask := func(method string, sizes ...int) {
		t.Helper()
		var all strings.Builder
		for _, n := range sizes {
			fmt.Fprintf(&all, "%s /%d HTTP/1.1\r\nHost: x\r\n\r\n", method, n)
		}
		if _, err := io.WriteString(client, all.String()); err != nil {
			t.Fatal(err)
		}
		for _, n := range sizes {
			answer, err := http.ReadResponse(r, &http.Request{Method: method})
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			want := bodyOf(n)
			if method == http.MethodHead {
				want = ""
			}
			if err != nil || answer.StatusCode != http.StatusTeapot || string(body) != want {
				t.Fatalf("%s %d: status %d, %d bytes, %v", method, n, answer.StatusCode, len(body), err)
			}
		}
	}
	for _, n := range []int{0, 1, 1000, 2047, 2048, 3300, 3500, 3700, 4096, 4097, 7500, 8192, 12000, 32 << 10, 32<<10 + 1, 300000} {
		ask(http.MethodGet, n)
	}
	ask(http.MethodHead, 12000)
	ask(http.MethodGet, 12000, 10, 40000, 5000, 0, 3700)
}

// A page leaves in one piece.
func TestWhatIsSentLeavesAtOnce(t *testing.T) {
	client := sender(t)
	for range 20 {
		if _, err := io.WriteString(client, "GET /12000 HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 64<<10)
		n, err := client.Read(b)
		if err != nil || !strings.HasSuffix(string(b[:n]), bodyOf(12000)) {
			t.Fatalf("of the answer %d bytes came first: %v", n, err)
		}
	}
}

// Who hangs up in the middle ends his own connection alone.
func TestWhoHangsUpIsNotWaitedFor(t *testing.T) {
	client := sender(t)
	for range 50 {
		if _, err := io.WriteString(client, "GET /30000 HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			break
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
}
