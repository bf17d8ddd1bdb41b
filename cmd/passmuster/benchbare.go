package main

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// benchBareCmd is the yardstick of bench verify: gin with constant bytes, and
// nothing else.
type benchBareCmd struct {
	Listen string
	Bytes  int
}

// Run serves until it is stopped.
func (c *benchBareCmd) Run(e *env) error {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	body := []byte(`{"status":"valid","name":"` + strings.Repeat("x", max(0, c.Bytes-28)) + `"}`)
	g.GET("/api/v1/verify/:code", func(c *gin.Context) { c.Data(http.StatusOK, "application/json; charset=utf-8", body) })
	server := &http.Server{Addr: c.Listen, Handler: g}
	go func() {
		<-e.ctx.Done()
		_ = server.Close()
	}()
	_ = server.ListenAndServe()
	return nil
}
