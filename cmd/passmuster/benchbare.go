package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/passmuster/passmuster/internal/edge"
)

// benchBareCmd is the yardstick of bench verify: gin with constant bytes, and
// nothing else.
type benchBareCmd struct {
	Listen string
	Bytes  int
	Full   bool // with the middleware of the registry
}

// Run serves until it is stopped.
func (c *benchBareCmd) Run(e *env) error {
	g, server, err := c.engine(e)
	if err != nil {
		return err
	}
	body := []byte(`{"status":"valid","name":"` + strings.Repeat("x", max(0, c.Bytes-28)) + `"}`)
	g.GET("/api/v1/verify/:code", func(c *gin.Context) { c.Data(http.StatusOK, "application/json; charset=utf-8", body) })
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	if c.Full {
		listener = edge.Listener(listener)
	}
	go func() {
		<-e.ctx.Done()
		_ = server.Close()
	}()
	_ = server.Serve(listener)
	return nil
}

func (c *benchBareCmd) engine(e *env) (*gin.Engine, *http.Server, error) {
	if !c.Full {
		gin.SetMode(gin.ReleaseMode)
		g := gin.New()
		return g, &http.Server{Handler: g}, nil
	}
	log := slog.New(slog.NewJSONHandler(e.out, nil))
	g, err := edge.New(edge.Options{Log: log, PublicURL: "https://verify.demo.example", TrustedProxies: []string{"127.0.0.1"}})
	if err != nil {
		return nil, nil, err
	}
	return g, edge.Server(c.Listen, g, log), nil
}
