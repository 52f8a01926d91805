package jira

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// The first walk over everything goes in lanes: ranges of stamps that are read
// side by side, each page by page. It begins as one; while there are fewer than
// requests may be in flight, a lane that has got a page leaves later parts of
// what lies before it to new ones, which ask at once. A lane's next page is asked
// for when the one before is recorded, so whatever ends the process, at most one
// page of each lane is asked for again.

// lane is how far one range is read.
type lane struct {
	// Until is the stamp before which the range ends, 0 for no end.
	Until int64 `json:"until,omitempty"`
	Walk  walk  `json:"walk"`
}

// shortestLane is the shortest part that is left to another lane.
const shortestLane = 10 * time.Minute

// divide makes a lane that was read up to a stamp end before a later one and
// returns what lies behind.
func (l *lane) divide(read, end int64) *lane {
	end -= end % time.Minute.Milliseconds() // some sites read stamps to the minute
	behind := &lane{Until: l.Until, Walk: walk{From: end}}
	*l = lane{Until: end, Walk: walk{From: read}} // a token belongs to its query
	return behind
}

// laneReading is a lane being read. Either its goroutine asks for a page and
// converts it, or the pass goes on with the answer.
type laneReading struct {
	lane *lane
	pass *pass
	next chan struct{}
	got  int // issues so far
}

// answer is a page that a lane was given, not taken yet.
type answer struct {
	reading  *laneReading
	page     wirePage
	problems []model.Problem
	err      error
}

// first reads everything. What changes meanwhile is left to the next poll,
// which begins where this began.
func (p *pass) first(ctx context.Context) error {
	at := &p.at
	fresh := at.Lanes == nil
	if fresh {
		if err := p.estimate(ctx); err != nil {
			return err
		}
		p.tell(ctx)
		at.Turn, at.Lanes = milli(p.s.now), []*lane{{}}
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	answers := make(chan answer)
	read := func(l *lane) {
		r := &laneReading{lane: l, pass: p.c.newPass(p.s, "", nil), next: make(chan struct{})}
		r.pass.seen, r.pass.until, r.pass.at.Page = p.seen, l.Until, at.Page
		running.Go(func() { r.follow(ctx, answers) })
	}
	for _, l := range at.Lanes {
		read(l)
	}
	for len(at.Lanes) > 0 {
		var a answer
		select {
		case a = <-answers:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		l, reader := a.reading.lane, a.reading.pass
		pg, err := reader.take(ctx, &l.Walk, a.page, a.problems, a.err)
		if err == nil && pg.last {
			err = reader.pickUp(ctx, &pg)
		}
		if err != nil {
			return err
		}
		p.done += reader.done
		a.reading.got += reader.done
		if fresh && p.total == 0 && !p.s.cloud {
			p.total = reader.total // the whole is one lane yet
			at.Page = min(max(p.total/(pagesFirst*p.c.cfg.Concurrency), pageFirst), pageDC)
		}
		if reader.done = 0; p.total > 0 {
			p.total = max(p.total, p.done)
		}
		at.Head = max(at.Head, pg.end)
		if pg.last {
			at.Lanes = slices.DeleteFunc(at.Lanes, func(o *lane) bool { return o == l })
			if len(at.Lanes) == 0 {
				if err := p.endFirst(ctx, fresh, &pg); err != nil {
					return err
				}
			}
		}
		if !pg.last {
			for _, part := range p.divide(a, pg.end) {
				at.Lanes = append(at.Lanes, part)
				read(part) // while this page is recorded
			}
		}
		if err := p.emit(ctx, pg); err != nil {
			return err
		}
		if !pg.last {
			reader.at.Page = at.Page
			a.reading.next <- struct{}{}
		}
	}
	return nil
}

// follow asks for the pages of a lane, each when the one before is recorded.
func (r *laneReading) follow(ctx context.Context, answers chan<- answer) {
	for {
		got, problems, err := r.pass.ask(ctx, r.lane.Walk)
		// What is there in full is converted here, while another lane's page is recorded.
		r.pass.c.convert(r.pass.s, got.Issues, func(is *wireIssue) bool { return !is.lacksComments() })
		select {
		case answers <- answer{r, got, problems, err}:
		case <-ctx.Done():
			return
		}
		select {
		case <-r.next:
		case <-ctx.Done():
			return
		}
	}
}

// divide gives parts of what lies before a lane to new ones, if there may be more
// and enough is left. Where the parts end is a guess: they are of the same time,
// and short if what was read was dense.
func (p *pass) divide(a answer, read int64) []*lane {
	l, r, lanes, left := a.reading.lane, a.reading, len(p.at.Lanes), p.total-p.done
	parts := p.c.cfg.Concurrency - lanes + 1
	if p.total > 0 { // a page for each lane
		parts = min(parts, (left-1)/max(1, a.page.Raw)+2-lanes)
	}
	until := l.Until
	if until == 0 {
		until = max(p.at.Turn, p.at.Head)
	}
	ahead := until - read
	if p.total > 0 && r.got > 0 {
		ahead = min(ahead, (read-r.pass.low)/int64(r.got)*int64(left/lanes))
	}
	parts = min(parts, int(ahead/shortestLane.Milliseconds()))
	stuck := l.Walk.Skip > 0 || l.Walk.Token != "" && read <= l.Walk.From // within one stamp
	if stuck || parts < 2 {
		return nil
	}
	var behind []*lane
	for i := int64(parts - 1); i > 0; i-- {
		behind = append(behind, l.divide(read, read+ahead/int64(parts)*i))
	}
	clear(r.pass.tokens)
	r.pass.until = l.Until
	return behind
}

// endFirst sets the position behind the first walk. An issue that changed while
// Cloud's tokens were followed may have let another slip over a page's edge, and
// shown itself in another lane: ids that were not seen are read.
func (p *pass) endFirst(ctx context.Context, fresh bool, pg *page) error {
	if p.s.cloud && fresh && p.done > pageCloud {
		ids, err := p.c.ids(ctx, p.s, p.jql+" ORDER BY key ASC")
		if err != nil {
			return err
		}
		missed := slices.DeleteFunc(ids, func(id string) bool { _, seen := p.seen[id]; return seen })
		if err := p.more(ctx, pg, missed); err != nil {
			return err
		}
	}
	at := &p.at
	if at.Turn == 0 {
		at.Turn = at.Head
	}
	at.Began, p.c.began = at.Turn, at.Turn
	at.Tail = max(0, at.Turn-overlap.Milliseconds())
	at.Head, at.Turn, at.Lanes, at.Page, at.Whole = at.Tail, 0, nil, 0, true
	return nil
}
