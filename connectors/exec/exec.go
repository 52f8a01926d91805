// Package exec observes a tracker through a plugin: a program in any language
// that speaks JSON lines on its standard input and output, as
// docs/connector-protocol.md describes.
//
// A program lives for one pass: it is started for it, greeted, asked, and ended
// with it, together with all it has started. So there is nothing to close, a
// crash costs one pass, and the engine's back-off between failing passes is the
// back-off between starts. Its memory is bounded on Linux. Everything the program
// sends is checked and bounded; what breaks the protocol ends the pass with an
// error and leaves what was read before standing.
package exec

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"syscall"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// mostBatches bounds a pass, so that one that never ends does.
const mostBatches = 100_000

// Connector runs one plugin. One goroutine at a time may use it.
type Connector struct {
	config  Config
	options connectors.Options
	log     *slog.Logger

	// What the last hello said.
	met          bool
	capabilities []string
	product      string

	site     *wireSite
	lastTold string
	unknown  map[string]bool // fields already noted
}

var (
	_ connectors.Connector = (*Connector)(nil)
	_ connectors.Sweeper   = (*Connector)(nil)
	_ connectors.Asker     = (*Connector)(nil)
	_ connectors.Censor    = (*Connector)(nil)
	_ connectors.Checker   = (*Connector)(nil)
)

// New makes the connector; it starts nothing.
func (c *Config) New(o connectors.Options) (connectors.Connector, error) {
	p := &Connector{config: *c, options: o, log: o.Logger, unknown: map[string]bool{}}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	return p, nil
}

// brokenPipe is what writing to a program that ended gives.
func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

// Changes asks for what changed since cursor. Every batch must have a cursor of
// its own: one that comes again means that the plugin makes no progress.
func (c *Connector) Changes(ctx context.Context, cursor string) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		// Digests, as a plugin may send many cursors, and long ones.
		seen := map[[sha256.Size]byte]bool{sha256.Sum256([]byte(cursor)): true}
		c.stream(ctx, methodChanges, wireCursor{cursor}, yield, func(s *session, b *model.Batch) error {
			digest := sha256.Sum256([]byte(b.Cursor))
			switch {
			case b.Cursor == "":
				return s.fail(s.lie("sent a batch without a cursor"))
			case seen[digest]:
				return s.fail(s.lie("sent a cursor again: it makes no progress"))
			}
			seen[digest] = true
			return nil
		})
	}
}

// Sweep asks for what can change unnoticed; nothing if the plugin does not offer it.
func (c *Connector) Sweep(ctx context.Context, open []*model.Record) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		if c.lacks(methodSweep) {
			return
		}
		c.stream(ctx, methodSweep, wireOpen{known(open)}, yield, func(_ *session, b *model.Batch) error {
			b.Cursor = ""
			return nil
		})
	}
}

// stream runs the program for one request answered by batches, and yields them
// as they come.
func (c *Connector) stream(ctx context.Context, method string, params any, yield func(model.Batch, error) bool, check func(*session, *model.Batch) error) {
	s, err := c.open(ctx)
	if err != nil {
		yield(model.Batch{}, err)
		return
	}
	defer s.process.close(false) // yield may panic
	left := false
	take := func(b model.Batch) bool {
		left = !yield(b, nil)
		return !left
	}
	err = c.batches(s, method, params, check, take)
	if left {
		return
	}
	if err := c.close(s, err); err != nil {
		yield(model.Batch{}, err)
	}
}

// batches reads batches until the end of the answer, or until take has enough.
func (c *Connector) batches(s *session, method string, params any, check func(*session, *model.Batch) error, take func(model.Batch) bool) error {
	if c.lacks(method) {
		return nil
	}
	if site := c.news(s); site != nil && !take(model.Batch{Site: site}) {
		return nil
	}
	if err := s.ask(method, params); err != nil {
		return err
	}
	for range mostBatches {
		m, err := s.next(s.timeout)
		switch {
		case err != nil:
			return err
		case m.End:
			return nil
		case !present(m.Batch):
			return s.fail(s.lie("sent a result instead of batches"))
		}
		b, err := c.batch(s, m.Batch)
		if err == nil {
			err = check(s, &b)
		}
		if err != nil {
			return err
		}
		if !take(b) {
			return nil
		}
	}
	return s.fail(s.lie("sent %d batches and no end", mostBatches))
}

// Ask looks keys up; nothing if the plugin does not offer it.
func (c *Connector) Ask(ctx context.Context, keys []string) (model.Batch, error) {
	var b model.Batch
	err := c.single(ctx, methodAsk, wireKeys{nonNil(keys)}, func(s *session, m *message) error {
		var err error
		if b, err = c.batch(s, m.Result); err != nil {
			return err
		}
		b.Cursor = ""
		b.Answers = slices.DeleteFunc(b.Answers, func(a model.Answer) bool { return !slices.Contains(keys, a.Key) })
		return nil
	})
	if err != nil {
		return model.Batch{}, err
	}
	return b, nil
}

// Census asks which items exist; nothing is judged if the plugin does not offer it.
func (c *Connector) Census(ctx context.Context, records []*model.Record) (model.Census, error) {
	var census model.Census
	err := c.single(ctx, methodCensus, wireAllKnown{known(records)}, func(s *session, m *message) error {
		var w wireCensus
		if err := s.decode(m.Result, &w); err != nil {
			return err
		}
		census = c.census(s, &w, records)
		return nil
	})
	if err != nil {
		return model.Census{}, err
	}
	return census, nil
}

// Check greets the plugin and, if it offers it, lets it try the tracker.
func (c *Connector) Check(ctx context.Context) (model.Site, []string, error) {
	s, err := c.open(ctx)
	if err != nil {
		return model.Site{}, nil, err
	}
	var unmapped []string
	if !c.lacks(methodCheck) {
		var w wireChecked
		if err = s.ask(methodCheck, struct{}{}); err == nil {
			err = s.result(s.timeout, &w)
		}
		if w.Site != nil {
			c.site = w.Site
		}
		for _, u := range bounded(w.Unmapped) {
			unmapped = append(unmapped, s.text(u))
		}
	}
	site := c.told(s)
	if err := c.close(s, err); err != nil {
		return model.Site{Product: site.Product}, nil, err
	}
	return site, unmapped, nil
}

// single runs the program for one request with one answer.
func (c *Connector) single(ctx context.Context, method string, params any, take func(*session, *message) error) error {
	if c.lacks(method) {
		return nil
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	if c.lacks(method) {
		return c.close(s, nil)
	}
	var m *message
	if err = s.ask(method, params); err == nil {
		m, err = s.next(s.timeout)
	}
	switch {
	case err != nil:
	case !present(m.Result):
		err = s.fail(s.lie("sent no result"))
	default:
		err = take(s, m)
	}
	return c.close(s, err)
}

// lacks reports whether the plugin is known not to offer a method.
func (c *Connector) lacks(method string) bool {
	return c.met && method != methodChanges && !slices.Contains(c.capabilities, method)
}

func known(records []*model.Record) []wireKnown {
	list := make([]wireKnown, len(records))
	for i, r := range records {
		list[i] = wireKnown{r.Item.ID.Native, r.Item.Key, r.Item.Stub}
	}
	return list
}
