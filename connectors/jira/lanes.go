package jira

import (
	"context"
	"sync"

	"github.com/waitgraph/waitgraph/model"
)

// The first walk over everything goes in lanes: groups of projects that are
// read side by side, each page by page. A lane's next page is asked for when
// the one before is recorded, so whatever ends the process, at most one page of
// each lane is asked for again.

// lane is how far one group of projects is read.
type lane struct {
	Projects []string `json:"projects,omitempty"`
	Walk     walk     `json:"walk"`
	Over     bool     `json:"over,omitempty"`
}

// divide makes at most n lanes of the projects; without projects there is one.
func divide(projects []string, n int) []lane {
	lanes := make([]lane, max(1, min(n, len(projects))))
	for i, project := range projects {
		l := &lanes[i%len(lanes)]
		l.Projects = append(l.Projects, project)
	}
	return lanes
}

// answer is a page that a lane was given, not looked into yet.
type answer struct {
	lane     int
	page     wirePage
	problems []model.Problem
	err      error
}

// first reads everything. What changes meanwhile is left to the next poll,
// which begins where this began.
func (p *pass) first(ctx context.Context) error {
	at := &p.at
	if at.Lanes == nil {
		at.Lanes = divide(p.s.readable, p.c.cfg.Concurrency)
		if err := p.estimate(ctx); err != nil {
			return err
		}
		p.tell(ctx)
		at.Turn = milli(p.s.now)
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	answers := make(chan answer)
	readers, recorded := make([]*pass, len(at.Lanes)), make([]chan struct{}, len(at.Lanes))
	open := 0
	for i := range at.Lanes {
		if at.Lanes[i].Over {
			continue
		}
		open++
		readers[i] = p.c.newPass(p.s, "", nil)
		readers[i].jql = p.c.scope(at.Lanes[i].Projects)
		recorded[i] = make(chan struct{})
		running.Go(func() { p.follow(ctx, i, readers[i], answers, recorded[i]) })
	}
	estimated := p.total
	for open > 0 {
		var a answer
		select {
		case a = <-answers:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		l, reader := &at.Lanes[a.lane], readers[a.lane]
		pg, err := reader.take(ctx, &l.Walk, a.page, a.problems, a.err)
		if err == nil && pg.last {
			err = reader.pickUp(ctx, &pg)
		}
		if err != nil {
			return err
		}
		at.Head = max(at.Head, pg.end)
		if pg.last {
			*l = lane{Projects: l.Projects, Over: true}
			if open--; open == 0 {
				p.endFirst()
			}
		}
		p.count(readers, estimated)
		if err := p.emit(ctx, pg); err != nil {
			return err
		}
		if !pg.last {
			recorded[a.lane] <- struct{}{}
		}
	}
	return nil
}

// follow asks for the pages of a lane, each when the one before is recorded.
func (p *pass) follow(ctx context.Context, i int, reader *pass, answers chan<- answer, recorded <-chan struct{}) {
	for {
		got, problems, err := reader.ask(ctx, p.at.Lanes[i].Walk)
		select {
		case answers <- answer{i, got, problems, err}:
		case <-ctx.Done():
			return
		}
		select {
		case <-recorded:
		case <-ctx.Done():
			return
		}
	}
}

// count adds up the progress of the lanes. Data Center tells the total of each
// with its first page.
func (p *pass) count(readers []*pass, estimated int) {
	p.done, p.total = 0, 0
	known := true
	for i, r := range readers {
		if r != nil {
			p.done += r.done
			p.total += r.total
			known = known && (r.total > 0 || i >= len(p.at.Lanes) || p.at.Lanes[i].Over)
		}
	}
	switch {
	case p.s.cloud && estimated > 0:
		p.total = max(estimated, p.done)
	case p.s.cloud || !known:
		p.total = 0
	}
}

// endFirst sets the position behind the first walk.
func (p *pass) endFirst() {
	at := &p.at
	if at.Turn == 0 {
		at.Turn = at.Head
	}
	at.Tail = max(0, at.Turn-overlap.Milliseconds())
	at.Head, at.Turn, at.Lanes, at.Whole = at.Tail, 0, nil, true
}
