package connectortest_test

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
	"testing"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/connectortest"
	"github.com/waitgraph/waitgraph/model"
)

// paper is a connector of nine items in batches of two, with one fault.
type paper struct {
	fault string
	reads *int // passes of all connectors of one run
}

func (p *paper) observation(i int) model.Observation {
	n := strconv.Itoa(i)
	o := model.Observation{
		Item:   model.Item{ID: model.ID{Tracker: model.WordOf("paper"), Native: n}, Key: "A-" + n, Project: model.WordOf("A"), Title: "item " + n, State: model.Todo},
		Claims: []model.Claim{{Kind: model.Blocks, Target: model.Target{Key: "B-" + n}, Origin: model.IssueLink}},
	}
	if i != 5 {
		return o
	}
	switch p.fault {
	case "state":
		o.Item.State = 0
	case "tracker":
		o.Item.ID.Tracker = model.WordOf("other")
	case "claim twice":
		o.Claims = append(o.Claims, o.Claims[0])
	case "key twice":
		o.Item.Key = "A-4"
	case "other each time":
		o.Item.Title += strconv.Itoa(*p.reads)
	}
	return o
}

func (p *paper) Changes(ctx context.Context, cursor string) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		*p.reads++
		if ctx.Err() != nil && p.fault != "ends silently" {
			yield(model.Batch{}, ctx.Err())
			return
		}
		at, err := strconv.Atoi(cursor)
		if err != nil && cursor != "" {
			if at = 9; p.fault != "skips all" {
				yield(model.Batch{}, errors.New("no cursor of mine"))
				return
			}
		}
		if cursor != "" && p.fault == "skips one" {
			at++
		}
		if cursor == "9" && p.fault == "invents" {
			o := p.observation(10)
			yield(model.Batch{Cursor: "9", Items: []model.Observation{o}}, nil)
			return
		}
		for at < 9 {
			b := model.Batch{}
			for range min(2, 9-at) {
				b.Items = append(b.Items, p.observation(at))
				at++
			}
			if p.fault != "no cursor" {
				b.Cursor = strconv.Itoa(at)
			}
			if p.fault == "problem" {
				b.Problems = []model.Problem{{Where: "A-0", What: "unreadable"}}
			}
			if !yield(b, nil) {
				return
			}
			if p.fault == "fails" {
				yield(model.Batch{}, errors.New("no more"))
				return
			}
		}
	}
}

func (p *paper) Check(context.Context) (model.Site, []string, error) {
	return model.Site{Scopes: []model.Scope{{Name: "A", Readable: p.fault != "unreadable"}}}, nil, nil
}

func (p *paper) Sweep(context.Context, []*model.Record) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		o := p.observation(1)
		if p.fault == "sweep" {
			o.Claims = nil
		}
		yield(model.Batch{Items: []model.Observation{o}}, nil)
	}
}

func (p *paper) Ask(_ context.Context, keys []string) (model.Batch, error) {
	var b model.Batch
	for _, key := range keys {
		a := model.Answer{Key: key, Found: model.ID{Tracker: model.WordOf("paper"), Native: key[len("A-"):]}}
		if len(key) > 3 && p.fault != "finds all" {
			a = model.Answer{Key: key, Reason: model.Gone}
		}
		if key != "A-2" || p.fault != "no answer" {
			b.Answers = append(b.Answers, a)
		}
	}
	return b, nil
}

func (p *paper) Census(context.Context, []*model.Record) (model.Census, error) {
	c := model.Census{Scopes: []model.Scope{{Name: "A", Readable: true}}, Native: map[string][]string{}}
	for i := range 9 {
		if i != 3 || p.fault != "census misses" {
			c.Native["A"] = append(c.Native["A"], strconv.Itoa(i))
		}
	}
	if p.fault == "census finds" {
		c.Native["A"] = append(c.Native["A"], "77")
	}
	if p.fault == "gone" {
		c.Gone = []model.Absence{{ID: model.ID{Tracker: model.WordOf("paper"), Native: "3"}, Reason: model.Gone}}
	}
	return c, nil
}

// TestSuite: each fault fails the check that is for it, and without one all hold.
func TestSuite(t *testing.T) {
	for fault, check := range map[string]string{
		"": "", "fails": "full-read", "problem": "full-read", "no cursor": "full-read",
		"state": "items-are-valid", "tracker": "items-are-valid", "claim twice": "items-are-valid", "key twice": "items-are-valid",
		"other each time": "second-read-is-equal", "invents": "nothing-new-after-the-end", "skips one": "resumes-after-every-batch",
		"ends silently": "cancelled-read-is-an-error", "skips all": "unusable-cursor-skips-nothing", "unreadable": "check-agrees",
		"sweep": "sweep-agrees", "finds all": "ask-agrees", "no answer": "ask-agrees",
		"census misses": "census-agrees", "census finds": "census-agrees", "gone": "census-agrees",
	} {
		t.Run(fault, func(t *testing.T) {
			reads, checks, found := 0, 0, false
			for r := range connectortest.Run(t.Context(), connectortest.Harness{
				Name: "paper", New: func() (connectors.Connector, error) { return &paper{fault, &reads}, nil },
			}) {
				checks++
				found = found || r.Name == check && len(r.Problems) > 0
				if fault == "" && (len(r.Problems) > 0 || r.Skipped != "" && !strings.Contains(r.Skipped, "the harness")) {
					t.Errorf("%s fails on a connector without fault: %v %s", r.Name, r.Problems, r.Skipped)
				}
			}
			if check != "" && !found {
				t.Errorf("%s does not notice", check)
			}
			if fault == "" && checks != 27 {
				t.Errorf("%d checks were done", checks)
			}
		})
	}
}

// TestTroubles: the same for what needs a tracker that changes and fails.
func TestTroubles(t *testing.T) {
	for fault, check := range map[string]string{
		"": "", "impatient": "survives-429-storm", "skips trouble": "survives-5xx", "takes nonsense for the end": "survives-malformed-bodies",
		"faults remove": "faults-remove-nothing", "believes the date": "clock-skew", "cannot be empty": "empty-scope", "counts pages": "changes-while-paging",
		"ascii only": "unicode", "keeps the dead": "deletion", "old keys": "move", "hidden is gone": "permission-lost-and-back", "few links": "item-with-10000-links",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			tracker, found := newShelf(12), false
			weather, none := &connectortest.Weather{}, &connectortest.Weather{}
			weather.Handler(tracker)
			none.Handler(newShelf(0))
			for r := range connectortest.Run(t.Context(), connectortest.Harness{
				Name: "shelf", Weather: weather, Change: tracker.change,
				New:   func() (connectors.Connector, error) { return &reader{fault, weather}, nil },
				Empty: func() (connectors.Connector, error) { return &reader{fault, none}, nil },
			}) {
				found = found || r.Name == check && len(r.Problems) > 0
				if fault == "" && (len(r.Problems) > 0 || r.Skipped != "" && r.Skipped != "not offered") {
					t.Errorf("%s fails on a connector without fault: %v %s", r.Name, r.Problems, r.Skipped)
				}
			}
			if check != "" && !found {
				t.Errorf("%s does not notice", check)
			}
		})
	}
}
