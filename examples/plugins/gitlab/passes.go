package main

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"gitlab.com/gitlab-org/api/client-go/v2"
)

const (
	// overlap is read again by each pass: a change is stamped before it can be seen.
	overlap = 2 * time.Minute
	// mostSeen bounds what a cursor remembers of the overlap; what it forgets is sent again.
	mostSeen = 1000
	// some is how many issues are handed over at once, so that reading their
	// links takes no minute.
	some = 50
	// mostItems is what a batch may hold by the protocol.
	mostItems = 1000
)

// cursor is where the stream of changes stands, project by project.
type cursor struct {
	Version int `json:"v"`
	// Count makes every cursor another one.
	Count  int               `json:"n"`
	Site   uint64            `json:"site"` // a digest of what was last told
	Scopes map[string]*mark  `json:"scopes"`
	Paths  map[string]string `json:"paths,omitempty"`
}

// mark is a time of the project up to which it was read, in milliseconds, and
// the issues after mark - overlap that were, by id with their stamps.
type mark struct {
	From int64            `json:"from"`
	Seen map[string]int64 `json:"seen,omitempty"`
}

func resume(text string) *cursor {
	c := &cursor{Version: 1, Scopes: map[string]*mark{}, Paths: map[string]string{}}
	var was cursor
	if json.Unmarshal([]byte(text), &was) == nil && was.Version == c.Version && was.Scopes != nil {
		c = &was
	}
	if c.Paths == nil {
		c.Paths = map[string]string{}
	}
	return c
}

func (c *cursor) next() string {
	c.Count++
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // numbers and strings always encode
	}
	return string(b)
}

// take notes issues that were handed over.
func (m *mark) take(issues []*gitlab.Issue) {
	for _, i := range issues {
		at := i.UpdatedAt.UnixMilli()
		m.From = max(m.From, at)
		m.Seen[strconv.FormatInt(i.ID, 10)] = at
	}
	maps.DeleteFunc(m.Seen, func(_ string, at int64) bool { return at < m.From-overlap.Milliseconds() })
}

// bound forgets the oldest of what all projects remember beyond a number.
func (c *cursor) bound() {
	var all []int64
	for _, m := range c.Scopes {
		all = slices.AppendSeq(all, maps.Values(m.Seen))
	}
	if len(all) <= mostSeen {
		return
	}
	slices.Sort(all)
	least := all[len(all)-mostSeen]
	for _, m := range c.Scopes {
		maps.DeleteFunc(m.Seen, func(_ string, at int64) bool { return at < least })
	}
}

// changes reads what changed, project by project, the oldest change first.
func (p *plugin) changes(ctx context.Context, text string, yield func(*batch) bool) error {
	if err := p.resolve(ctx); err != nil {
		return err
	}
	c := resume(text)
	maps.DeleteFunc(c.Scopes, func(path string, _ *mark) bool { return !slices.Contains(p.scopes, path) })
	maps.DeleteFunc(c.Paths, func(path, _ string) bool { return !slices.Contains(p.scopes, path) })
	p.paths = c.Paths
	lost := map[string]string{}
	wanted, done := true, 0
	for _, path := range p.scopes {
		m := c.Scopes[path]
		if m == nil {
			m = &mark{}
			c.Scopes[path] = m
		}
		if m.Seen == nil {
			m.Seen = map[string]int64{}
		}
		from := time.Time{}
		if m.From > 0 {
			from = time.UnixMilli(m.From).Add(-overlap)
		}
		for pg, err := range p.walk(ctx, path, byUpdated, from) {
			if unreadable(err) {
				lost[path] = lostProject
				break
			}
			if err != nil {
				return err
			}
			fresh := slices.DeleteFunc(slices.Clone(pg.issues), func(i *gitlab.Issue) bool {
				return m.Seen[strconv.FormatInt(i.ID, 10)] == i.UpdatedAt.UnixMilli()
			})
			for chunk := range slices.Chunk(fresh, some) {
				p.renamed(path, chunk[0])
				items, err := p.complete(ctx, chunk)
				if err != nil {
					return err
				}
				// Far ends may be more than a batch holds: they go ahead, before the cursor passes their issue.
				for len(items) > mostItems {
					if !yield(&batch{Items: items[len(items)-some:], Cursor: c.next()}) {
						return nil
					}
					items = items[:len(items)-some]
				}
				m.take(chunk)
				c.bound()
				done += len(chunk)
				b := &batch{Items: items, Problems: pg.problems, Done: done}
				pg.problems = nil
				b.Cursor = c.next()
				if wanted = yield(b); !wanted {
					return nil
				}
			}
			if len(pg.problems) > 0 && !yield(&batch{Problems: pg.problems, Cursor: c.next()}) {
				return nil
			}
		}
	}
	news := p.told(lost)
	if d := digest(news); d != c.Site {
		c.Site = d
		if !yield(&batch{Site: news, Cursor: c.next()}) {
			return nil
		}
	}
	unread := slices.DeleteFunc(news.Scopes, func(s scope) bool { return s.Readable })
	if len(unread) > 0 && len(unread) == len(p.scopes)+len(p.unlisted) {
		return &failure{Kind: "scope", Message: "nothing can be read: " + unread[0].Error, Scope: unread[0].Scope}
	}
	return nil
}

func digest(s *site) uint64 {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always encode
	}
	h := fnv.New64a()
	_, _ = h.Write(b)
	return h.Sum64() >> 11 // a number every JSON reader holds exactly
}

// sweep reads the links of open issues again, which a link made at another issue
// need not touch, and the far ends outside of what is read.
func (p *plugin) sweep(ctx context.Context, open []known, yield func(*batch) bool) error {
	if err := p.resolve(ctx); err != nil {
		return err
	}
	for chunk := range slices.Chunk(open, some) {
		b, err := p.reread(ctx, chunk)
		if err != nil {
			return err
		}
		for len(b.Items) > mostItems {
			if !yield(&batch{Items: b.Items[mostItems:min(len(b.Items), 2*mostItems)]}) {
				return nil
			}
			b.Items = append(b.Items[:mostItems:mostItems], b.Items[min(len(b.Items), 2*mostItems):]...)
		}
		if !yield(b) {
			return nil
		}
	}
	return nil
}

func (p *plugin) reread(ctx context.Context, chunk []known) (*batch, error) {
	type found struct {
		links []*gitlab.IssueRelation
		issue *gitlab.Issue
		err   error
	}
	all := each(chunk, func(k known) (f found) {
		if k.Stub {
			f.issue, f.err = p.one(ctx, k.Key)
		} else {
			f.links, f.err = p.links(ctx, k.Key)
		}
		return f
	})
	b := &batch{}
	stubs := map[string]item{}
	for n, f := range all {
		switch k := chunk[n]; {
		case unreadable(f.err), keyProject(k.Key) == "":
			// The census tells what became of it.
		case f.err != nil:
			return nil, f.err
		case k.Stub:
			whole := p.item(f.issue)
			stubs[whole.ID] = item{ID: whole.ID, Key: whole.Key, Stub: true, Project: whole.Project, URL: whole.URL, Title: whole.Title, Status: whole.Status, State: whole.State, Resolution: whole.Resolution}
		default:
			claims, far := p.relations(f.links)
			b.Claims = append(b.Claims, claimSet{ID: k.ID, Origin: "issue_link", Claims: claims})
			for _, s := range far {
				stubs[s.ID] = s
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(stubs)) {
		b.Items = append(b.Items, stubs[id])
	}
	return b, nil
}

// census walks every project. Known issues that are in none are asked for, and
// those that are new, or have another key than before, are read.
func (p *plugin) census(ctx context.Context, all []known) (*census, error) {
	if err := p.resolve(ctx); err != nil {
		return nil, err
	}
	c := &census{Exists: map[string][]string{}}
	keys := map[string]string{}
	for _, k := range all {
		if !k.Stub {
			keys[k.ID] = k.Key
		}
	}
	lost, exists := map[string]string{}, map[string]bool{}
	var read []*gitlab.Issue
	for _, path := range p.scopes {
		ids := []string{}
		for pg, err := range p.walk(ctx, path, byCreated, time.Time{}) {
			if unreadable(err) {
				lost[path] = lostProject
				break
			}
			if err != nil {
				return nil, err
			}
			for _, i := range pg.issues {
				id := strconv.FormatInt(i.ID, 10)
				if exists[id] {
					continue
				}
				exists[id] = true
				ids = append(ids, id)
				p.renamed(path, i)
				if keys[id] != i.References.Full {
					read = append(read, i)
				}
			}
			for range pg.problems { // one that cannot be read is not one that is gone: nothing is judged
				lost[path] = "an issue cannot be read"
			}
		}
		if lost[path] == "" {
			c.Exists[path] = ids
		}
	}
	c.Scopes = p.told(lost).Scopes
	missing := slices.DeleteFunc(slices.Clone(all), func(k known) bool {
		path := keyProject(k.Key)
		return k.Stub || exists[k.ID] || !p.reads(path) || lost[path] != ""
	})
	type found struct {
		issue *gitlab.Issue
		err   error
	}
	for n, f := range each(missing, func(k known) (f found) { f.issue, f.err = p.one(ctx, k.Key); return f }) {
		switch k := missing[n]; {
		case f.err == nil && strconv.FormatInt(f.issue.ID, 10) == k.ID:
			read = append(read, f.issue)
		case f.err == nil || unreadable(f.err):
			c.Gone = append(c.Gone, absence{k.ID, p.absent(f.err)})
		default:
			return nil, f.err
		}
	}
	for chunk := range slices.Chunk(read, some) {
		items, err := p.complete(ctx, chunk)
		if err != nil {
			return nil, err
		}
		c.Items = append(c.Items, items...)
	}
	return c, nil
}

// absent is why an issue of a project that was read is not to be had. GitLab
// answers "not found" for confidential issues too.
func (p *plugin) absent(err error) string {
	if err == nil || errors.Is(err, errNotFound) {
		return "gone"
	}
	return "forbidden"
}

// each does the same for all, some at once.
func each[A, B any](list []A, do func(A) B) []B {
	out := make([]B, len(list))
	var group sync.WaitGroup
	for n := range list {
		group.Go(func() { out[n] = do(list[n]) }) // the client lets a few through at a time
	}
	group.Wait()
	return out
}
