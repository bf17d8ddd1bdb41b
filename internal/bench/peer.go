package bench

import (
	"context"
)

// The peers, by the names they give themselves.
const (
	goPeer   = "gofpdf+go-qrcode+pdfsign"
	nodePeer = "@cantoo/pdf-lib+fontkit+@signpdf"
)

// peer is a running program of another stack, or why it does not run.
type peer struct {
	name   string
	reason string
}

func (s *session) startPeers(context.Context) error { return nil }
func (s *session) stopPeers()                       {}

func (s *session) peerRound(context.Context, *round) error { return nil }

func (p *peer) summary([]round) Peer { return Peer{Name: p.name, Reason: p.reason} }
