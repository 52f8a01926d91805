package connectortest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/connectortest"
	"github.com/waitgraph/waitgraph/model"
)

// shelf is a tracker of a dozen things that speaks HTTP and can be changed, in
// two boxes of which one can be hidden.
type shelf struct {
	things map[string]*thing
	last   int
	hidden bool // box B
}

type thing struct {
	ID, Box, Key, Title string
	Rev, Links          int
}

func newShelf(things int) *shelf {
	s := &shelf{things: map[string]*thing{}}
	for n := range things {
		s.add("AB"[n%2:n%2+1], "thing")
	}
	return s
}

func (s *shelf) rev() int { s.last++; return s.last }

func (s *shelf) add(box, title string) *thing {
	rev := s.rev()
	th := &thing{ID: strconv.Itoa(1000 + rev), Box: box, Key: box + "-" + strconv.Itoa(rev), Title: title, Rev: rev}
	s.things[th.ID] = th
	return th
}

func (s *shelf) in(box string) *thing {
	var list []*thing
	for _, th := range s.things {
		if th.Box == box {
			list = append(list, th)
		}
	}
	return slices.MinFunc(list, func(a, b *thing) int { return cmp.Compare(a.Rev, b.Rev) })
}

func (s *shelf) change(_ context.Context, what connectortest.Happening, title string) (connectortest.Changed, error) {
	th := s.in("A")
	switch what {
	case connectortest.Create:
		th = s.add("A", title)
	case connectortest.Update:
		th.Title, th.Rev = title, s.rev()
	case connectortest.Delete:
		delete(s.things, th.ID)
	case connectortest.Move:
		th.Box, th.Rev = "B", s.rev()
		th.Key = "B-" + strconv.Itoa(th.Rev)
	case connectortest.Hide, connectortest.Show:
		s.hidden = what == connectortest.Hide
	case connectortest.Touch:
		th = s.in("B")
		th.Title, th.Rev = title, s.rev()
		s.in("A").Rev = s.rev() // the stream goes on meanwhile
	case connectortest.Tangle:
		th.Links, th.Rev = 10_000, s.rev()
		return connectortest.Changed{Native: th.ID, Links: th.Links}, nil
	}
	return connectortest.Changed{Native: th.ID}, nil
}

// ServeHTTP gives three things after a revision or from an offset on, all
// revisions by id, or one thing.
func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var list []*thing
	for _, th := range s.things {
		if th.Box == "A" || !s.hidden {
			list = append(list, th)
		}
	}
	slices.SortFunc(list, func(a, b *thing) int { return cmp.Compare(a.Rev, b.Rev) })
	number := func(name string) int { n, _ := strconv.Atoi(r.URL.Query().Get(name)); return n }
	var answer any
	switch r.URL.Path {
	case "/things":
		list = slices.DeleteFunc(list, func(th *thing) bool { return th.Rev <= number("after") })
		list = list[min(len(list), number("skip")):]
		answer = list[:min(3, len(list))]
	case "/all":
		answer = list
	default:
		th := s.things[r.URL.Query().Get("id")]
		switch {
		case th == nil:
			w.WriteHeader(http.StatusNotFound)
		case th.Box == "B" && s.hidden:
			w.WriteHeader(http.StatusForbidden)
		}
		answer = th
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// reader reads a shelf, with one fault.
type reader struct {
	fault string
	http  http.RoundTripper
}

var errStatus = errors.New("status")

// get reads an answer, patiently.
func (c *reader) get(ctx context.Context, path string, into any) (int, error) {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://shelf.example"+path, nil)
		if err != nil {
			return 0, err
		}
		resp, err := c.http.RoundTrip(req)
		if err != nil {
			return 0, err
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if resp.StatusCode == http.StatusTooManyRequests {
			seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
			if c.fault == "impatient" {
				<-time.After(300 * time.Millisecond) // the fault is to wait for too short a time
				continue
			}
			return 0, &connectors.LimitError{Until: time.Now().Add(time.Duration(seconds) * time.Second), Err: errStatus}
		}
		if resp.StatusCode >= http.StatusInternalServerError {
			return resp.StatusCode, fmt.Errorf("%w %d", errStatus, resp.StatusCode)
		}
		if date, err := http.ParseTime(resp.Header.Get("Date")); c.fault == "believes the date" && err == nil && time.Since(date).Abs() > time.Hour {
			return resp.StatusCode, nil
		}
		defer func() { _ = resp.Body.Close() }()
		if resp.StatusCode != http.StatusOK {
			return resp.StatusCode, nil
		}
		return resp.StatusCode, json.NewDecoder(resp.Body).Decode(into)
	}
}

func (c *reader) observation(th *thing) model.Observation {
	o := model.Observation{Item: model.Item{
		ID: model.ID{Tracker: model.WordOf("shelf"), Native: th.ID}, Key: th.Key, Project: model.WordOf(th.Box), Title: th.Title, State: model.Todo, Updated: model.At(time.Unix(int64(th.Rev), 0).UTC()),
	}}
	for n := range th.Links {
		if n < 100 || c.fault != "few links" {
			o.Claims = append(o.Claims, model.Claim{Kind: model.Relates, Origin: model.IssueLink, Target: model.Target{Key: "X-" + strconv.Itoa(n+1)}})
		}
	}
	switch c.fault {
	case "old keys":
		o.Item.Key = "A-" + th.ID
	case "ascii only":
		o.Item.Title = strings.Map(func(r rune) rune {
			if r > 127 {
				return '?'
			}
			return r
		}, th.Title)
	}
	return o
}

func (c *reader) Changes(ctx context.Context, cursor string) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		at, err := strconv.Atoi(cursor)
		if err != nil && cursor != "" {
			yield(model.Batch{}, err)
			return
		}
		after, skipped := at, 0
		for {
			path := fmt.Sprintf("/things?after=%d", at)
			if c.fault == "counts pages" {
				path = fmt.Sprintf("/things?after=%d&skip=%d", after, skipped)
			}
			var list []*thing
			_, err := c.get(ctx, path, &list)
			switch {
			case err != nil && ctx.Err() == nil && (c.fault == "skips trouble" && errors.Is(err, errStatus) ||
				c.fault == "takes nonsense for the end" && !errors.Is(err, errStatus)):
				return
			case err != nil:
				yield(model.Batch{}, err)
				return
			case len(list) == 0 && cursor == "" && at == 0 && c.fault == "cannot be empty":
				yield(model.Batch{}, errors.New("nothing there"))
				return
			case len(list) == 0:
				return
			}
			b := model.Batch{}
			for _, th := range list {
				b.Items = append(b.Items, c.observation(th))
				at = max(at, th.Rev)
			}
			skipped += len(list)
			b.Cursor = strconv.Itoa(at)
			if !yield(b, nil) {
				return
			}
		}
	}
}

func (c *reader) Census(ctx context.Context, known []*model.Record) (model.Census, error) {
	census := model.Census{Native: map[string][]string{}, Scopes: []model.Scope{{Name: "A", Readable: true}, {Name: "B", Readable: true}}}
	var list []*thing
	if _, err := c.get(ctx, "/all", &list); err != nil && c.fault != "faults remove" {
		return census, err
	}
	was := map[string]time.Time{}
	for _, r := range known {
		if r.Gone == 0 {
			was[r.Item.ID.Native] = r.Item.Updated.Time()
		}
	}
	exists := map[string]bool{}
	for _, th := range list {
		exists[th.ID] = true
		census.Native[th.Box] = append(census.Native[th.Box], th.ID)
		if o := c.observation(th); !was[th.ID].Equal(o.Item.Updated.Time()) {
			census.Batch.Items = append(census.Batch.Items, o)
		}
	}
	for _, r := range known {
		if exists[r.Item.ID.Native] || c.fault == "keeps the dead" {
			continue
		}
		var th thing
		code, err := c.get(ctx, "/thing?id="+r.Item.ID.Native, &th)
		a := model.Absence{ID: r.Item.ID, Reason: model.Gone}
		switch {
		case code == http.StatusForbidden && c.fault != "hidden is gone":
			a.Reason = model.Forbidden
		case err != nil && c.fault != "faults remove":
			return census, err
		case code == http.StatusOK && c.fault != "faults remove":
			continue
		}
		census.Gone = append(census.Gone, a)
	}
	return census, nil
}
