package main

import "net/http"

func (a *app) handler() (http.Handler, error) { return http.NotFoundHandler(), nil }
