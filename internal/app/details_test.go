package app_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// slowly is a tracker that tells a remote link of each item, each after a while.
type slowly struct {
	fakeConfig
	each time.Duration
}

func (c slowly) New(connectors.Options) (connectors.Connector, error) { return c, nil }

func (c slowly) Complete(ctx context.Context, known []*model.Record) iter.Seq2[model.Batch, error] {
	return func(yield func(model.Batch, error) bool) {
		for _, r := range known {
			if _, read := r.Reading(model.RemoteLink); read {
				continue
			}
			select {
			case <-time.After(c.each):
			case <-ctx.Done():
				return
			}
			set := model.ClaimSet{Item: r.Item.ID, Origin: model.RemoteLink, AsOf: r.Item.Updated.Add(time.Second), Claims: []model.Claim{
				{Kind: model.Relates, Target: model.Target{Key: "PAY-1"}, Origin: model.RemoteLink, Where: "remote link 1"},
			}}
			if !yield(model.Batch{Claims: []model.ClaimSet{set}}, nil) {
				return
			}
		}
	}
}

// What is read item by item makes the stream of changes wait no longer than for
// one batch, and goes on where it was after a restart.
func TestDetails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &tracker{perPage: 10}
		for _, key := range []string{"PAY-2", "PAY-3", "PAY-4", "PAY-5", "PAY-6"} {
			o := item(key, model.Todo)
			o.Keeps = []model.Origin{model.RemoteLink}
			tr.items = append(tr.items, o)
		}
		shelf := newShelf()
		conf := jira(tr)
		conf.Config = slowly{conf.Config.(fakeConfig), 50 * time.Second}
		h := newHarness(t, shelf, configOf(conf))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.app.Run(ctx) }()

		readings := func() (n int) {
			for _, r := range h.app.Facts().Records {
				if reading, read := r.Reading(model.RemoteLink); read {
					n++
					if len(r.Claims) != 1 || reading.AsOf != r.Item.Updated.Add(time.Second) || reading.At.IsZero() {
						t.Errorf("%s: %+v", r.Item.Key, r)
					}
				}
			}
			return n
		}
		after(4 * time.Minute)
		if reads := tr.seen().reads; reads < 2 {
			t.Errorf("%d reads of changes beside the details", reads)
		}
		if n := readings(); n != 4 { // what a poll cut short goes on after it
			t.Errorf("%d items were completed, want one every 50 s", n)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		before := readings()

		h = newHarness(t, shelf, configOf(conf))
		if n := readings(); n != before {
			t.Errorf("%d of %d readings survived", n, before)
		}
		h.running(t)
		after(20 * time.Minute)
		if n := readings(); n != 5 {
			t.Errorf("%d items were completed in the end", n)
		}
		if loops := h.app.Status().Trackers[0].Loops; !slices.ContainsFunc(loops, func(l model.LoopStatus) bool { return l.Name == "details" }) {
			t.Errorf("loops %+v", loops)
		}
	})
}
