package jira

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// pass is one run over the stream of changes, see position.
type pass struct {
	c   *Connector
	s   *site
	jql string
	// until is the stamp before which what is read ends, 0 for no end.
	until int64
	yield func(model.Batch) bool

	at position
	// cursor is the last position handed over.
	cursor string
	// following tells that the walk under way is Tail's and takes Head along;
	// otherwise it is Head's alone.
	following bool
	// carried tells that the turn began in an earlier pass.
	carried bool
	// single tells that one request was the whole turn.
	single bool

	// told tells that this pass knows the tracker's clock.
	told bool

	// seen are the stamps of the issues handed over, by id.
	seen map[string]int64
	// tokens are Cloud's page tokens that were followed.
	tokens map[string]bool
	// low is the oldest stamp of the present walk.
	low int64
	// paged tells that tokens were followed, and moved that an issue came again
	// since with a newer stamp: another may have slipped over a page's edge.
	paged, moved bool
	// far are the far ends of what the issues handed over show.
	far []end
	// barren counts pages in a row that brought nothing new.
	barren int

	done, total int
}

func (c *Connector) newPass(s *site, cursor string, yield func(model.Batch) bool) *pass {
	clear(c.pending)
	return &pass{
		c: c, s: s, yield: yield, jql: c.scope(s.readable), cursor: cursor,
		at:   resume(cursor, c.reads(s), s.readable),
		seen: map[string]int64{}, tokens: map[string]bool{},
	}
}

func (p *pass) run(ctx context.Context) error {
	if len(p.c.cfg.Projects) > 0 && len(p.s.readable) == 0 {
		if news := p.c.news(p.s); news != nil && !p.yield(model.Batch{Site: news}) {
			return errStopped
		}
		return p.c.unreadableScope()
	}
	if !p.at.Whole {
		return p.first(ctx)
	}
	at, known := &p.at, p.at.Head
	p.c.began = at.Began
	if p.carried = at.Turn != 0; !p.carried {
		at.Turn = max(at.Head, milli(p.s.now))
	}
	w, pg, err := p.start(ctx)
	pages := 1
	for ; err == nil && !pg.last; pages++ {
		p.reach(pg)
		if err := p.emit(ctx, pg); err != nil {
			return err
		}
		pg, err = p.next(ctx, &w)
	}
	if err != nil {
		return err
	}
	p.reach(pg)
	if err := p.pickUp(ctx, &pg); err != nil {
		return err
	}
	if err := p.farEnds(ctx, &pg); err != nil {
		return err
	}
	if p.following {
		p.endTurn(ctx)
		return p.emit(ctx, pg)
	}
	if err := p.emit(ctx, pg); err != nil {
		return err
	}
	return p.catchUp(ctx, pages-1, known)
}

// start reads the first page: at Tail, and then at Head unless Tail's page came
// so far.
func (p *pass) start(ctx context.Context) (walk, page, error) {
	at := &p.at
	w, pg, pages, err := p.trail(ctx)
	if err != nil || pg.last || pg.end >= at.Head || at.Tail >= at.Head {
		p.following, p.single = true, pg.last && !p.carried && pages == 1
		if err == nil && !pg.last && !p.carried && pg.end > at.Head {
			p.tell(ctx) // a long way begins: a later start of its turn saves reading all of it again
			at.Turn = max(at.Turn, milli(p.s.now))
		}
		return w, pg, err
	}
	// The rest of the overlap is for later polls.
	at.Tail = max(pg.end, at.Tail+1)
	if err := p.emit(ctx, pg); err != nil {
		return w, pg, err
	}
	if w = (walk{From: at.Head}); !p.paged {
		p.low = 0
	}
	pg, err = p.next(ctx, &w)
	return w, pg, err
}

// trail reads a page at Tail, or as many as it takes to come past a stamp that
// fills pages: between polls there is no place within a stamp to go on from.
func (p *pass) trail(ctx context.Context) (w walk, pg page, pages int, err error) {
	w = walk{From: p.at.Tail}
	for pages = 1; ; pages++ {
		pg, err = p.next(ctx, &w)
		if err != nil || pg.last || pg.end > p.at.Tail {
			return w, pg, pages, err
		}
		if err = p.emit(ctx, pg); err != nil {
			return w, pg, pages, err
		}
	}
}

// reach moves the position to the end of a page. What slipped while tokens were
// followed is known at the end of the walk only: should that not be reached,
// Tail reads it again.
func (p *pass) reach(pg page) {
	p.at.Head = max(p.at.Head, pg.end)
	if p.following && !p.s.cloud {
		p.at.Tail = p.at.Head
	}
}

// catchUp reads n more pages at Tail, so that it does not fall behind a site
// that changes more than a page between polls. What was read from the stamp
// known on need not be read again.
func (p *pass) catchUp(ctx context.Context, n int, known int64) error {
	for range n {
		_, pg, _, err := p.trail(ctx)
		if err != nil {
			return err
		}
		p.at.Tail = max(pg.end, p.at.Tail+1)
		through := pg.last || pg.end >= known
		if through {
			p.endTurn(ctx)
		}
		if err := p.emit(ctx, pg); err != nil || through {
			return err
		}
	}
	return nil
}

// endTurn sends Tail back to where the next turn begins.
func (p *pass) endTurn(ctx context.Context) {
	at := &p.at
	if p.single || at.Turn == 0 {
		// One request read it all, at a time not before Head.
		at.Turn = max(at.Turn, at.Head)
	}
	at.Tail = max(0, at.Turn-overlap.Milliseconds())
	at.Turn = 0
	if !p.single {
		p.tell(ctx) // while nothing changes, only the clock tells that the overlap has passed
	}
}

// tell asks for the tracker's clock, unless that was just done. Not to know it
// costs no more than another turn.
func (p *pass) tell(ctx context.Context) {
	if p.told {
		return
	}
	if _, now, err := p.c.server(ctx); err == nil && now.After(p.s.now) {
		p.s.now = now
	}
	p.told = true
}

// emit converts a page and hands it over with the position after it.
func (p *pass) emit(ctx context.Context, pg page) error {
	b := model.Batch{Problems: pg.problems}
	if err := p.c.completeComments(ctx, pg.issues, &b); err != nil {
		return err
	}
	p.c.collect(&b, p.s, pg.issues)
	b.Items = append(b.Items, pg.more.Items...)
	b.Problems = append(b.Problems, pg.more.Problems...)
	b.Site = p.c.news(p.s)
	b.Done, b.Total = p.done, p.total
	b.Cursor = p.at.String()
	p.cursor = b.Cursor
	if !p.yield(b) {
		return errStopped
	}
	maps.Copy(p.c.commented, p.c.pending)
	clear(p.c.pending)
	return nil
}

// estimate asks Cloud, which tells no totals, how much a first sync will bring.
// Progress is worth one request, not an error.
func (p *pass) estimate(ctx context.Context) error {
	if !p.s.cloud {
		return nil
	}
	body, err := p.c.post(ctx, "rest/api/2/search/approximate-count", map[string]string{"jql": p.jql})
	var answer struct {
		Count int `json:"count"`
	}
	if err == nil && json.Unmarshal(body, &answer) == nil {
		p.total = max(0, answer.Count)
	}
	return ctx.Err()
}

// milli is a time in milliseconds; 0 for the zero time.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
