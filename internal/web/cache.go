package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// prepared is a body with what sending it takes.
type prepared struct {
	body   []byte
	tag    func() string
	zipped func() []byte
}

func prepare(body []byte) *prepared {
	return &prepared{
		body: body,
		tag: sync.OnceValue(func() string {
			sum := sha256.Sum256(body)
			return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		}),
		zipped: sync.OnceValue(func() []byte {
			var b bytes.Buffer
			z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is a valid one
			_, _ = z.Write(body)                            // a buffer takes all
			_ = z.Close()
			return b.Bytes()
		}),
	}
}

// shelf keeps pages and answers that were made of the published graph, so that many
// readers cost no more than one. What it holds is as old as ageSlot at most; a new
// graph or another state of a tracker empties it.
type shelf struct {
	mu    sync.Mutex
	graph *model.Graph
	state string
	pages map[string]*shelved
	size  int
}

type shelved struct {
	once sync.Once
	page *prepared
	err  error
}

const (
	ageSlot        = 5 * time.Second // ages are told in minutes
	shelfPages     = 1000
	shelfBytes     = 32 << 20
	longestAddress = 2000
)

// shared is what fill makes for an address of a graph: once for all who ask for it.
func (s *server) shared(g *model.Graph, st *model.Status, address string, fill func() ([]byte, error)) (*prepared, error) {
	if len(address) > longestAddress {
		body, err := fill()
		return prepare(body), err
	}
	return s.shelf.get(g, stateOf(st, s.Now()), address, fill)
}

// get is the page of an address, made by the first that asks. An error is told to
// those who wait for it, and not kept.
func (s *shelf) get(g *model.Graph, state, address string, fill func() ([]byte, error)) (*prepared, error) {
	s.mu.Lock()
	if s.graph != g || s.state != state || len(s.pages) >= shelfPages || s.size > shelfBytes {
		s.graph, s.state, s.pages, s.size = g, state, map[string]*shelved{}, 0
	}
	e := s.pages[address]
	if e == nil {
		e = &shelved{err: errUnmade}
		s.pages[address] = e
	}
	pages := s.pages
	s.mu.Unlock()
	e.once.Do(func() {
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if e.err != nil {
				delete(pages, address)
			} else {
				s.size += len(e.page.body)
			}
		}()
		body, err := fill()
		e.page, e.err = prepare(body), err
	})
	return e.page, e.err
}

// errUnmade is what those meet who wait for a page whose making panics.
var errUnmade = errors.New("the page could not be made")

// stateOf is all a page shows besides the graph: the time, and the trackers' freshness.
func stateOf(st *model.Status, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", now.UnixNano()/int64(ageSlot), st.Version)
	for i := range st.Trackers {
		t := &st.Trackers[i]
		fmt.Fprintf(&b, "\x00%s %t %t %d %d %d %d %d %s", t.Name, t.Fresh, t.Complete, t.LastSync.UnixNano(), t.Items, t.Done, t.Total, t.Pages, t.Error)
	}
	return b.String()
}
