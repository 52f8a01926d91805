package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// pass is one run over the stream of changes, see position.
type pass struct {
	c     *Connector
	s     *site
	jql   string
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
	// moved is set when an issue came again with a newer stamp while tokens
	// were followed: another may have slipped over a page's edge.
	moved bool
	// far are the far ends of what the issues handed over show.
	far []end
	// barren counts pages in a row that brought nothing new.
	barren int

	done, total int
}

// page is one page of a walk, read.
type page struct {
	model.Batch
	end  int64 // the newest stamp, 0 for none
	last bool
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
	at, known := &p.at, p.at.Head
	if p.carried = at.Turn != 0; !p.carried {
		at.Turn = max(at.Head, milli(p.s.now))
	}
	if err := p.estimate(ctx); err != nil {
		return err
	}

	w, pg, err := p.start(ctx)
	pages := 1
	for ; err == nil && !pg.last; pages++ {
		p.reach(pg)
		at.Walk = w.rest()
		if err := p.emit(pg); err != nil {
			return err
		}
		pg, err = p.next(ctx, &w)
	}
	if err != nil {
		return err
	}
	p.reach(pg)
	at.Walk = nil
	if err := p.pickUp(ctx, &pg); err != nil {
		return err
	}
	if err := p.farEnds(ctx, &pg); err != nil {
		return err
	}
	at.Whole = true
	if p.following {
		p.endTurn(ctx)
		return p.emit(pg)
	}
	if err := p.emit(pg); err != nil {
		return err
	}
	return p.catchUp(ctx, pages-1, known)
}

// start reads the first page: where a walk was interrupted, or at Tail, and
// then at Head unless Tail's page came so far.
func (p *pass) start(ctx context.Context) (walk, page, error) {
	at := &p.at
	if at.Walk != nil {
		w := *at.Walk
		p.following = at.Tail >= at.Head
		pg, err := p.next(ctx, &w)
		return w, pg, err
	}
	w := walk{From: at.Tail}
	pg, err := p.next(ctx, &w)
	if err != nil || pg.last || pg.end > at.Head || at.Tail >= at.Head {
		p.following, p.single = true, pg.last && !p.carried
		if err == nil && !pg.last && !p.carried && pg.end > at.Head {
			p.tell(ctx) // a long way begins: a later start of its turn saves reading all of it again
			at.Turn = max(at.Turn, milli(p.s.now))
		}
		return w, pg, err
	}
	// The rest of the overlap is for later polls.
	at.Tail = max(pg.end, at.Tail+1)
	if err := p.emit(pg); err != nil {
		return w, pg, err
	}
	w, p.low = walk{From: at.Head}, 0
	pg, err = p.next(ctx, &w)
	return w, pg, err
}

// reach moves the position to the end of a page.
func (p *pass) reach(pg page) {
	p.at.Head = max(p.at.Head, pg.end)
	if p.following {
		p.at.Tail = p.at.Head
	}
}

// catchUp reads n more pages at Tail, so that it does not fall behind a site
// that changes more than a page between polls. What was read from the stamp
// known on need not be read again.
func (p *pass) catchUp(ctx context.Context, n int, known int64) error {
	for range n {
		pg, err := p.next(ctx, &walk{From: p.at.Tail})
		if err != nil {
			return err
		}
		p.at.Tail = max(pg.end, p.at.Tail+1)
		through := pg.last || pg.end >= known
		if through {
			p.endTurn(ctx)
		}
		if err := p.emit(pg); err != nil || through {
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
	if p.carried {
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

// next reads the page a walk stands before and moves the walk on.
func (p *pass) next(ctx context.Context, w *walk) (page, error) {
	q := query{JQL: p.bounded(w.From), Fields: p.c.wanted(p.s), Max: pageDC, Token: w.Token, Start: w.Skip}
	if p.s.cloud {
		q.Max = pageCloud
	}
	got, problems, err := p.c.search(ctx, p.s, q, p.s.layout)
	if refused(err) && w.Token != "" {
		*w = walk{From: max(w.From, w.End)} // tokens expire
		clear(p.tokens)
		return p.next(ctx, w)
	}
	if err != nil {
		return page{}, err
	}

	pg := page{Batch: model.Batch{Problems: problems}}
	fresh := got.Issues[:0]
	for _, is := range got.Issues {
		stamp := is.updated()
		pg.end = max(pg.end, stamp)
		if p.low == 0 || stamp != 0 && stamp < p.low {
			p.low = stamp
		}
		before, again := p.seen[is.ID]
		if again && before == stamp {
			continue
		}
		p.moved = p.moved || again && w.Token != ""
		p.seen[is.ID] = stamp
		p.note(&is)
		fresh = append(fresh, is)
	}
	if err := p.c.completeComments(ctx, fresh, &pg.Batch); err != nil {
		return page{}, err
	}
	p.c.collect(&pg.Batch, p.s, fresh)

	if p.s.cloud {
		err = p.moveCloud(w, got, &pg)
	} else {
		p.moveDC(w, got, &pg)
	}
	if p.barren++; pg.last || len(fresh) > 0 || len(problems) > 0 {
		p.barren = 0
	}
	if p.barren > mostBarren {
		err = errors.New("page after page brings nothing new")
	}
	if err != nil {
		return page{}, &connectors.AnswerError{Page: "search for changes", Err: err}
	}
	p.done += len(fresh)
	switch {
	case !p.s.cloud:
		p.total = p.done + max(0, got.Total-q.Start-got.Raw)
	case p.total > 0:
		p.total = max(p.total, p.done)
	}
	return pg, nil
}

// mostBarren is how many pages in a row may bring nothing new. Some may: after
// a resumption, or where a site reads stamps to the minute.
const mostBarren = 3

// moveCloud follows the token. Field reports say that it may come with the
// last page, that pages may be empty, and that tokens may repeat.
func (p *pass) moveCloud(w *walk, got wirePage, pg *page) error {
	w.End = max(w.End, pg.end)
	if pg.last = got.IsLast || got.Token == "" || got.Raw == 0; pg.last {
		w.Token = ""
		return nil
	}
	if p.tokens[got.Token] {
		return errors.New("the page token repeats")
	}
	p.tokens[got.Token] = true
	w.Token = got.Token
	return nil
}

// moveDC goes on from the newest stamp: offsets shift while issues change. Only
// when all of a page has one stamp it counts on within that, a little less
// than the page for those that leave the stamp meanwhile.
func (p *pass) moveDC(w *walk, got wirePage, pg *page) {
	pg.last = w.Skip+got.Raw >= got.Total
	switch {
	case pg.last:
	case pg.end > w.From:
		*w = walk{From: pg.end}
	default:
		w.Skip += max(1, got.Raw-got.Raw/10)
	}
}

// pickUp looks, after Cloud's tokens were followed while issues changed, for
// ids that slipped over a page's edge, and reads those issues.
func (p *pass) pickUp(ctx context.Context, pg *page) error {
	if !p.moved {
		return nil
	}
	ids, err := p.c.ids(ctx, p.s, p.bounded(p.low))
	if err != nil {
		return err
	}
	var missed []string
	for _, id := range ids {
		if _, ok := p.seen[id]; !ok {
			missed = append(missed, id)
		}
	}
	return p.more(ctx, pg, missed)
}

// bounded is the query for what was updated since a stamp. Epoch milliseconds
// mean the same in every account's time zone; a quoted time does not.
func (p *pass) bounded(from int64) string {
	jql := p.jql
	if from > 0 {
		jql += fmt.Sprintf(" AND updated >= %d", from)
	}
	return jql + " ORDER BY updated ASC, key ASC"
}

// emit hands a page over with the position after it.
func (p *pass) emit(pg page) error {
	pg.Cursor = p.at.String()
	pg.Site = p.c.news(p.s)
	p.cursor = pg.Cursor
	pg.Done, pg.Total = p.done, p.total
	if !p.yield(pg.Batch) {
		return errStopped
	}
	maps.Copy(p.c.commented, p.c.pending)
	clear(p.c.pending)
	return nil
}

// estimate asks Cloud, which tells no totals, how much a first sync will bring.
// Progress is worth one request, not an error.
func (p *pass) estimate(ctx context.Context) error {
	if !p.s.cloud || p.at.Head != 0 {
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
