package github

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// Page sizes: a first sync reads what the API gives at most, and less when the
// server does not manage; a later pass expects little.
const (
	fullPage   = 100
	leastPage  = 10
	idleIssues = 20
	idlePulls  = 10
)

// errStop ends a sequence whose consumer wants no more.
var errStop = errors.New("stopped")

// pass is one run over the stream of changes.
type pass struct {
	*Connector
	cursor      *cursor
	yield       func(model.Batch, error) bool
	walked      map[string]string // repository id to the name asked for
	done, total int
}

// Changes yields what changed since the cursor, repository by repository. One
// that cannot be read does not keep the others from being read.
func (g *Connector) Changes(ctx context.Context, text string) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		g.client.meter.keeping(keepChanges)
		p := &pass{Connector: g, cursor: decodeCursor(text), yield: yield, walked: map[string]string{}}
		if err := p.run(ctx); err != nil && !errors.Is(err, errStop) {
			g.forget(err)
			yield(model.Batch{}, err)
		}
	}
}

func (p *pass) run(ctx context.Context) error {
	if err := p.start(ctx); err != nil {
		return err
	}
	if err := p.resolve(ctx, p.cursor.names()); err != nil {
		return err
	}
	err := p.walkAll(ctx)
	if errors.Is(err, errStop) {
		return err
	}
	site := p.site()
	p.boards.trouble = ""
	if site != nil {
		if err := p.send(model.Batch{Site: site, Cursor: p.cursor.encode()}); err != nil {
			return err
		}
	}
	return err
}

// walkAll reads every repository that can be read. One broken page costs its
// repository only, and is the error in the end.
func (p *pass) walkAll(ctx context.Context) error {
	quiet, err := p.glance(ctx)
	if err != nil {
		return err
	}
	var first error
	read := len(quiet)
	for _, name := range p.scope.names {
		if quiet[name] {
			continue
		}
		err := p.walk(ctx, name)
		var lost *connectors.ScopeError
		switch {
		case errors.As(err, &lost):
			p.scope.unreadable(name, lost.Err)
		case err == nil:
			read++
		case fatal(err):
			return err
		case first == nil:
			first = err
		}
	}
	if first == nil && read == 0 {
		return p.unreadable()
	}
	return first
}

// unreadable is the error of a tracker no scope of which can be read.
func (g *Connector) unreadable() error {
	for _, s := range g.scope.site().Scopes {
		if !s.Readable {
			return &connectors.ScopeError{Scope: s.Name, Err: errors.New(s.Error)}
		}
	}
	return &connectors.ScopeError{Scope: strings.Join(g.config.Repositories, ", "), Err: errors.New("matches no repository")}
}

// fatal tells errors that concern the whole tracker from those of one page.
func fatal(err error) bool {
	var (
		answer *connectors.AnswerError
		status *connectors.StatusError
	)
	return !errors.As(err, &answer) && !errors.As(err, &status)
}

// send yields a batch with the progress so far.
func (p *pass) send(b model.Batch) error {
	b.Done, b.Total = p.done, p.total
	if !p.yield(b, nil) {
		return errStop
	}
	return nil
}

// walk reads one repository from where its streams stand to their ends.
func (p *pass) walk(ctx context.Context, name string) error {
	pos := p.cursor.at(name)
	resumed := pos.Issues.Begun || pos.Pulls.Begun
	fresh := pos.Issues.Seen.IsZero() && pos.Pulls.Seen.IsZero()
	pages, err := p.drain(ctx, name, pos, fresh, resumed)
	if err == nil && (resumed || fresh && pages > 1) {
		// What changed while so many pages were read may not be on them.
		_, err = p.drain(ctx, name, pos, false, false)
	}
	return err
}

// pace is what the last passes over a repository teach the next one.
type pace struct {
	moved time.Time // when its latest change was met, on our clock
	wide  bool      // more changed of late than a small page holds
}

// settled tells that a repository's latest change is old enough for earlier ones
// to have become visible.
func (p *pass) settled(name string) bool {
	moved := p.paces[name].moved
	return !moved.IsZero() && time.Since(moved) > overlap
}

// drain goes on with the passes under way and begins those that are not; it
// tells how many pages there were. fresh means that nothing was read before,
// resumed that a pass is under way.
func (p *pass) drain(ctx context.Context, name string, pos *position, fresh, resumed bool) (pages int, err error) {
	last, settled := p.paces[name], p.settled(name)
	pos.Issues.begin(settled)
	pos.Pulls.begin(settled)

	most := fullPage // the server manages in one page
	issues, pulls := idleIssues, idlePulls
	switch {
	case fresh || resumed || last.wide && !settled:
		issues, pulls = fullPage, fullPage
	case p.anonymous: // requests are dearer than bytes
		issues, pulls = fullPage, 3*idlePulls
	}
	small := !fresh && !resumed
	seen := map[string]bool{}
	for pos.Issues.Begun || pos.Pulls.Begun {
		state := fmt.Sprint(pos.Issues, pos.Pulls)
		if seen[state] {
			return pages, &connectors.AnswerError{Page: name, Err: errors.New("the next page is one that was read")}
		}
		l, err := p.reader().list(ctx, name, pos.Issues.window(min(issues, most)), pos.Pulls.window(min(pulls, most)))
		switch {
		case err == nil:
			seen[state] = true
		case overloaded(ctx, err) && most > leastPage:
			most /= 2
			continue
		case resumed && isAnswer(err) && (pos.Issues.After != "" || pos.Pulls.After != ""):
			// The place where a page ended may be forgotten by now.
			pos.Issues.After, pos.Pulls.After, resumed = "", "", false
			continue
		default:
			return pages, err
		}
		switch verdict := p.meetRepository(name, pos, &l.repository); verdict {
		case twin:
			return pages, nil
		case changed:
			fresh, small, issues, pulls = true, false, fullPage, fullPage
			continue
		}
		if fresh {
			for _, list := range []*connection{l.Issues, l.Pulls} {
				if list != nil {
					p.total += list.TotalCount
				}
			}
		}
		if err := p.record(name, pos, l); err != nil {
			return pages, err
		}
		pages++
		fresh, resumed, issues, pulls = false, false, fullPage, fullPage
	}
	if last = p.paces[name]; small && (pages > 1 || settled) {
		last.wide = pages > 1
		p.paces[name] = last
	}
	return pages, nil
}

// window is the stream's next page, nil when its pass is over.
func (s *stream) window(size int) *window {
	if !s.Begun {
		return nil
	}
	since := s.From
	if since.IsZero() {
		since = time.Unix(0, 0)
	}
	return &window{size: size, since: since, after: s.After}
}

// overloaded reports errors a smaller page may cure: GitHub gives up on a query
// after ten seconds.
func overloaded(ctx context.Context, err error) bool {
	switch status(err) {
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return ctx.Err() == nil
	}
	var refused *queryError
	return errors.As(err, &refused) && (refused.kind == "RESOURCE_LIMITS_EXCEEDED" || refused.kind == "MAX_NODE_LIMIT_EXCEEDED")
}

func isAnswer(err error) bool {
	var answer *connectors.AnswerError
	return errors.As(err, &answer)
}

// What a repository that answered turns out to be.
type verdict int

const (
	same    verdict = iota
	changed         // its streams start anew: another repository has the name now, or its items have new keys
	twin            // another name of one that was read in this pass
)

// meetRepository compares the repository that answered with the one known by the name.
func (p *pass) meetRepository(name string, pos *position, r *repository) verdict {
	if other, ok := p.walked[r.ID]; ok && other != name {
		at := p.cursor.at(other)
		at.Former = formerNames(at.Name, slices.Concat(at.Former, pos.Former, []string{pos.Name, name}))
		p.scope.readable(other, at.Name, at.Former)
		p.scope.drop(name)
		delete(p.cursor.Repositories, strings.ToLower(name))
		return twin
	}
	p.walked[r.ID] = name
	known := *pos
	pos.ID, pos.Name = r.ID, r.NameWithOwner
	former := []string{name}
	if known.ID == r.ID {
		former = slices.Concat(known.Former, []string{known.Name, name})
	}
	pos.Former = formerNames(pos.Name, former)
	p.scope.readable(name, pos.Name, pos.Former)
	if known.ID == "" || known.ID == r.ID && known.Name == r.NameWithOwner {
		return same
	}
	pos.Issues, pos.Pulls = stream{}, stream{}
	pos.Issues.begin(false)
	pos.Pulls.begin(false)
	return changed
}

// formerNames are the names but the present one, each once.
func formerNames(present string, names []string) []string {
	var former []string
	for _, n := range names {
		same := func(o string) bool { return strings.EqualFold(n, o) }
		if n != "" && !same(present) && !slices.ContainsFunc(former, same) {
			former = append(former, n)
		}
	}
	return former
}

// record yields one page and moves the streams behind it. After an error they
// stand where they stood.
func (p *pass) record(name string, pos *position, l *listing) error {
	b := p.convert.builder()
	b.host(l.URL)
	next := *pos
	if l.Issues != nil {
		latest, _ := b.addAll(name+" issues", l.Issues.Nodes)
		if err := next.Issues.ascend(latest, l.Issues.PageInfo); err != nil {
			return &connectors.AnswerError{Page: name + " issues", Err: err}
		}
		p.done += len(l.Issues.Nodes)
	}
	if l.Pulls != nil {
		latest, oldest := b.addAll(name+" pull requests", l.Pulls.Nodes)
		if err := next.Pulls.descend(latest, oldest, l.Pulls.PageInfo); err != nil {
			return &connectors.AnswerError{Page: name + " pull requests", Err: err}
		}
		p.done += len(l.Pulls.Nodes)
	}
	if last := p.paces[name]; last.moved.IsZero() || next.newest().After(pos.newest()) {
		last.moved = time.Now()
		p.paces[name] = last
	}
	*pos = next
	p.meetHosts(b.hosts)
	batch := b.done()
	batch.Cursor = p.cursor.encode()
	return p.send(batch)
}

// newest is the latest stamp met.
func (p *position) newest() time.Time {
	latest := p.Issues.Seen
	for _, t := range []time.Time{p.Pulls.Seen, p.Pulls.Top} {
		if t.After(latest) {
			latest = t
		}
	}
	return latest
}

// addAll observes the items of a page, names those that are broken, and tells
// the latest and oldest stamps.
func (b *builder) addAll(place string, items []listed) (latest, oldest time.Time) {
	for i := range items {
		l := &items[i]
		if l.err != nil {
			b.problem(l.name(place, i), l.err)
			continue
		}
		if !l.elsewhere {
			b.add(&l.node)
		}
		if l.UpdatedAt.After(latest) {
			latest = l.UpdatedAt
		}
		if oldest.IsZero() || l.UpdatedAt.Before(oldest) {
			oldest = l.UpdatedAt
		}
	}
	return latest, oldest
}
