package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/model"
)

// day is the n-th of January 2020, when the fake's items are made.
func day(n int) time.Time { return time.Date(2020, 1, n, 0, 0, 0, 0, time.UTC) }

func happened(n int, name string, more object) object {
	e := object{"__typename": name, "createdAt": day(n), "actor": object{"login": fmt.Sprintf("user%d", n)}}
	for k, v := range more {
		e[k] = v
	}
	return e
}

func events(earlier string, all ...object) object {
	nodes := []any{}
	for _, e := range all {
		nodes = append(nodes, e)
	}
	return object{"pageInfo": object{"hasPreviousPage": earlier != "", "startCursor": earlier}, "nodes": nodes}
}

func farIssue(n int) object {
	return object{"id": fmt.Sprintf("I_acme/web_%d", n), "number": n, "repository": object{"nameWithOwner": "acme/web"}}
}

// Who attended to an issue last is told by its own events, edits and comments,
// not by what was linked to it; of a pull request it is not known.
func TestAttended(t *testing.T) {
	comment := func(n int) object {
		return object{"nodes": []any{object{"databaseId": n, "createdAt": day(n), "author": object{"login": "ana"}, "body": "seen"}}}
	}
	f := newFake(t)
	r := f.add("acme/api", 5, 1)
	for _, it := range append(r.issues, r.pulls...) {
		it["timelineItems"] = events("",
			happened(2, "AssignedEvent", nil), happened(3, "MilestonedEvent", nil),
			happened(9, "BlockingAddedEvent", object{"blockedIssue": farIssue(9)}))
	}
	r.issues[1]["lastEditedAt"] = day(4)
	r.issues[2]["comments"] = comment(5)
	r.issues[3]["comments"] = comment(1)
	r.issues[4]["timelineItems"] = events("")
	m := newMemory(t)
	m.must(m.changes(connect(t, f.url, "secret", "acme/api")))
	for i, want := range []string{"date 3", "other 4", "comment 5", "date 3", "created 1", " 1"} {
		it := m.item(fmt.Sprintf("acme/api#%d", i+1))
		if a := it.Item.LastAttended(); fmt.Sprintf("%s %d", a.What, a.At.Time().Day()) != want {
			t.Errorf("%s: %s on %v, want %s", it.Item.Key, a.What, a.At, want)
		}
	}
}

// Timelines tell when dependencies were made and removed, labels set, and
// states changed, also of pull requests.
func TestTimeline(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 1, 4)
	blocker, label := object{"blockingIssue": farIssue(1)}, object{"label": object{"name": "Blocked"}}
	r.issues[0]["labels"] = object{"nodes": []any{object{"name": "blocked"}, object{"name": "bug"}}}
	r.issues[0]["blockedBy"] = object{"nodes": []any{item("acme/web", 1, day(1))}}
	r.issues[0]["timelineItems"] = events("",
		happened(2, "BlockedByAddedEvent", blocker),
		happened(3, "LabeledEvent", label),
		happened(4, "BlockedByRemovedEvent", blocker),
		happened(5, "BlockingAddedEvent", object{"blockedIssue": farIssue(9)}),
		happened(6, "LabeledEvent", label),
		happened(7, "LabeledEvent", object{"label": object{"name": "bug"}}),
		happened(8, "BlockingRemovedEvent", object{"blockedIssue": farIssue(9)}),
		happened(9, "BlockedByAddedEvent", blocker),
		happened(10, "BlockedByRemovedEvent", object{"blockingIssue": nil}),
		happened(11, "BlockedByRemovedEvent", object{"blockingIssue": farIssue(4)}), // made before issues had a timeline
	)
	merged, dropped, again, draft := r.pulls[0], r.pulls[1], r.pulls[2], r.pulls[3]
	merged["pullState"], merged["closedAt"] = "MERGED", day(4)
	merged["timelineItems"] = events("", happened(4, "MergedEvent", nil), happened(4, "ClosedEvent", nil))
	dropped["pullState"], dropped["closedAt"] = "CLOSED", day(4)
	dropped["timelineItems"] = events("", happened(4, "ClosedEvent", nil))
	again["timelineItems"] = events("", happened(4, "ClosedEvent", nil), happened(6, "ReopenedEvent", nil))
	again["reviewDecision"] = "CHANGES_REQUESTED"
	draft["isDraft"], draft["reviewDecision"] = true, "REVIEW_REQUIRED"

	m := newMemory(t)
	m.must(m.changes(connect(t, f.url, "secret", "acme/api")))
	it := m.item("acme/api#1")
	var claims []string
	for _, c := range it.Claims {
		claims = append(claims, fmt.Sprintf("%s %s by %s from %d to %d", c.Where, c.Target.Key, c.Author, c.At.Time().Day(), c.Ended.Time().Day()))
	}
	if diff := cmp.Diff([]string{
		"blocked by acme/web#1 by user9 from 9 to 1",
		"blocked by acme/web#1 by user2 from 2 to 4",
		"blocking acme/web#9 by user5 from 5 to 8",
	}, claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]model.Signal{{Kind: model.SignalLabel, Value: "blocked", At: model.At(day(6))}}, it.Item.Signals); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
	got := map[string]string{}
	for _, p := range r.pulls {
		o := m.item(fmt.Sprintf("acme/api#%d", p["number"]))
		s := o.Item.Status.String()
		for _, h := range o.Item.History {
			s += fmt.Sprintf(" %d:%s", h.At.Time().Day(), h.State)
		}
		got[o.Item.Key] = s
	}
	if diff := cmp.Diff(map[string]string{
		"acme/api#2": "merged 1:doing 4:done",
		"acme/api#3": "closed 1:doing 4:dropped",
		"acme/api#4": "changes requested 1:doing 4:dropped 6:doing",
		"acme/api#5": "draft",
	}, got); diff != "" {
		t.Errorf("pull requests (-want +got):\n%s", diff)
	}
}

// An open item's timeline is read back to its beginning, a closed one's is not.
func TestLongTimeline(t *testing.T) {
	for _, ends := range [][]string{{"b", "a", ""}, {"b", "b", ""}, {"b", "a", "-"}} {
		t.Run(strings.Join(ends, " "), func(t *testing.T) {
			f := newFake(t)
			r := f.add("acme/api", 2, 1)
			for _, it := range append(slices.Clone(r.issues), r.pulls...) {
				it["timelineItems"] = events(ends[0], happened(9, "ReopenedEvent", nil))
			}
			r.issues[1]["state"] = "CLOSED"
			asked := 0
			f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, v object) bool {
				if !strings.Contains(query, "before: $before") {
					return false
				}
				i := slices.Index(ends, v["before"].(string)) + 1
				asked++
				part := events(ends[i], happened(9-i, []string{"", "ClosedEvent", "LabeledEvent"}[i], nil))
				w.Header().Set("Content-Type", "application/json")
				if ends[i] == "-" {
					part = nil
				}
				_ = json.NewEncoder(w).Encode(object{"data": object{"node": object{"timelineItems": part}}})
				return true
			}
			m := newMemory(t)
			err := m.changes(connect(t, f.url, "secret", "acme/api"))
			if ends[1] != "a" || ends[2] != "" {
				if err == nil || len(m.items) > 0 {
					t.Errorf("%d items from a timeline without an end, error %v", len(m.items), err)
				}
				return
			}
			m.must(err)
			if asked != 4 {
				t.Errorf("%d pages asked for, want 2 for each open item", asked)
			}
			for key, want := range map[string]int{"acme/api#1": 3, "acme/api#2": 0, "acme/api#3": 3} {
				if got := m.item(key).Item; len(got.History) != want || got.HistoryKnown != (want > 0) {
					t.Errorf("%s has %d changes of state, want %d", key, len(got.History), want)
				}
			}
		})
	}
}
