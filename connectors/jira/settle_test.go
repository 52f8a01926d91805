package jira_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/model"
)

// What is created while the site is followed is not asked for its remote links:
// its changelog tells whether it was given any. Nor are closed issues that changed.
func TestRemoteLinksOfNew(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		done := map[string]any{"status": status("Done", "done")}
		for n := range 6 {
			f.add(fmt.Sprint(n+1), fmt.Sprintf("PAY-%d", n+1), time.Hour, done)
		}
		c, r := f.connect(asBot), newRecord()
		r.poll(t, c)
		complete(t, c, r)
		f.requests()
		f.now = f.now.Add(time.Hour)
		later := start.Sub(f.now)
		give := func(i *fakeIssue, id int) {
			i.remote = []any{remotely(id, "is blocked by", "https://github.com/acme/api/issues/7")}
			i.relinked(later, id)
		}
		for n := range 12 { // half of them closed
			fields := map[string]any{"created": jiraTime(f.now.UnixMilli())}
			if n%2 == 0 {
				fields["status"] = done["status"]
			}
			i := f.add(fmt.Sprint(n+20), fmt.Sprintf("PAY-%d", n+20), later, fields)
			if n > 9 {
				give(i, n)
			}
		}
		for n := range 6 {
			f.find(fmt.Sprint(n + 1)).stamp = f.now.UnixMilli()
		}
		give(f.find("3"), 3)

		r.poll(t, c)
		complete(t, c, r)
		sweep(t, c, r)
		complete(t, c, r)
		var asked []string
		for _, q := range f.requests() {
			if strings.HasSuffix(q, "/remotelink") {
				asked = append(asked, q)
			}
		}
		slices.Sort(asked)
		if d := cmp.Diff([]string{"GET issue/3/remotelink", "GET issue/30/remotelink", "GET issue/31/remotelink"}, asked); d != "" {
			t.Errorf("asked (-want +got):\n%s", d)
		}
		for _, key := range []string{"PAY-3", "PAY-30", "PAY-31"} {
			if got := remoteClaims(t, r, key); len(got) != 1 {
				t.Errorf("%s claims %v", key, got)
			}
		}
		for _, o := range r.items {
			if reading := r.readings[o.Item.ID.Native]; reading.AsOf != o.Item.Updated {
				t.Errorf("%s: links as of %v, updated %v", o.Item.Key, reading.AsOf, o.Item.Updated)
			}
		}
		if r.site != nil && strings.Contains(strings.Join(r.site.Notes, " "), "remote links") {
			t.Errorf("notes %q", r.site.Notes)
		}
	})
}

// Remote links of a new issue that were refused are asked for again after the census.
func TestRemoteLinksOfNewRefused(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.add("1", "PAY-1", time.Hour, nil)
		c, r := f.connect(asBot), newRecord()
		r.poll(t, c)
		complete(t, c, r)
		f.now = f.now.Add(time.Hour)
		later := start.Sub(f.now)
		i := f.add("2", "PAY-2", later, map[string]any{"created": jiraTime(f.now.UnixMilli())})
		i.remote = []any{remotely(7, "is blocked by", "https://github.com/acme/api/issues/7")}
		i.relinked(later, 7)
		f.intercept = func(q *http.Request, _ string) *http.Response {
			if strings.HasSuffix(q.URL.Path, "/remotelink") {
				return reply(403, "application/json", `{"errorMessages":["not now"]}`)
			}
			return nil
		}
		cycle := func() {
			r.poll(t, c)
			complete(t, c, r)
			sweep(t, c, r)
			complete(t, c, r)
		}
		cycle()
		f.intercept = nil
		if got := remoteClaims(t, r, "PAY-2"); len(got) != 0 {
			t.Fatalf("claims %v were refused", got)
		}
		census, err := c.Census(t.Context(), r.records(func(it *model.Item) bool { return !it.Stub }))
		if err != nil {
			t.Fatal(err)
		}
		r.add(census.Batch)
		cycle()
		if got := remoteClaims(t, r, "PAY-2"); len(got) != 1 {
			t.Errorf("claims %v", got)
		}
	})
}
