package edge

import (
	"context"
	"sync"
	"time"

	"github.com/passmuster/passmuster/internal/registry"
)

// The rooms that a file goes through. Whoever sends slowly stays in the first,
// where there is the most room, and keeps nobody from the desks.
const (
	arriving = iota // its beginning comes in; a certificate is no longer than that
	large           // what is longer comes in whole
	desk            // it is looked at
	allRooms
)

// places are how many files are in a room at a time, and how many of them from one
// neighbourhood.
var places = [allRooms]struct{ all, ofClient int }{
	arriving: {filesArriving, arrivingOfClient}, large: {largeAtOnce, largeOfClient}, desk: {filesAtOnce, filesOfClient},
}

// desks are the places where files are received and looked at. A neighbourhood has
// a few of them at a time, so that others find one free, whatever it does with its
// own.
type desks struct {
	rooms   [allRooms]chan struct{}
	waiting chan struct{} // for the first room, unread
	grace   time.Duration
	mu      sync.Mutex
	clients map[string]*visitors
}

// visitors are the uploads of one neighbourhood.
type visitors struct {
	rooms [allRooms]chan struct{}
	here  int // in a room or waiting
}

func newDesks() *desks {
	d := &desks{waiting: make(chan struct{}, filesWaiting), grace: fileGrace, clients: map[string]*visitors{}}
	for i, p := range places {
		d.rooms[i] = make(chan struct{}, p.all)
	}
	return d
}

// upload is one file on its way through the rooms.
type upload struct {
	d        *desks
	client   string
	of       *visitors
	in       [allRooms]bool
	patience time.Duration // that is left for all its waiting
}

// receive waits for a place in the first room; the body of who waits lies with his
// kernel, not here.
func (d *desks) receive(ctx context.Context, client string) (*upload, error) {
	v, ok := d.come(client)
	if !ok {
		return nil, errBusy()
	}
	u := &upload{d: d, client: client, of: v, patience: fileWait}
	if u.try(arriving) {
		return u, nil
	}
	if !try(d.waiting) {
		u.leave()
		return nil, errBusy()
	}
	defer func() { <-d.waiting }()
	if err := u.enter(ctx, arriving); err != nil {
		u.leave()
		return nil, err
	}
	return u, nil
}

// come counts an upload of the client; not more than can arrive and wait.
func (d *desks) come(client string) (*visitors, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.clients[client]
	if v == nil {
		v = &visitors{}
		for i, p := range places {
			v.rooms[i] = make(chan struct{}, p.ofClient)
		}
		d.clients[client] = v
	}
	if v.here == arrivingOfClient+waitOfClient {
		return nil, false
	}
	v.here++
	return v, true
}

// enter waits for a place of the client's and then for one of all.
func (u *upload) enter(ctx context.Context, room int) error {
	if u.try(room) {
		return nil
	}
	began := time.Now()
	defer func() { u.patience -= time.Since(began) }()
	ctx, cancel := context.WithTimeout(ctx, u.patience)
	defer cancel()
	if !until(ctx, u.of.rooms[room]) {
		return errBusy()
	}
	if !until(ctx, u.d.rooms[room]) {
		<-u.of.rooms[room]
		return errBusy()
	}
	u.in[room] = true
	return nil
}

// try enters where both places are free: who need not wait is not kept out by those
// who do.
func (u *upload) try(room int) bool {
	if !try(u.of.rooms[room]) {
		return false
	}
	if !try(u.d.rooms[room]) {
		<-u.of.rooms[room]
		return false
	}
	u.in[room] = true
	return true
}

// exit gives the place in a room back, if there is one.
func (u *upload) exit(room int) {
	if u.in[room] {
		u.in[room] = false
		<-u.d.rooms[room]
		<-u.of.rooms[room]
	}
}

// leave gives everything back; a client who has no upload left is forgotten. It may
// be called again.
func (u *upload) leave() {
	if u.of == nil {
		return
	}
	for room := range u.in {
		u.exit(room)
	}
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	if u.of.here--; u.of.here == 0 {
		delete(u.d.clients, u.client)
	}
	u.of = nil
}

func errBusy() error { return registry.Fail(registry.Unavailable, "file.busy") }

func try(places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
		return false
	}
}

func until(ctx context.Context, places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}
