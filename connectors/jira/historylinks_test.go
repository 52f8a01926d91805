package jira_test

import (
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

func TestLinkHistory(t *testing.T) {
	const blocks, blocked = "This issue blocks ", "This issue is blocked by "
	for name, test := range map[string]struct {
		log  func(i *fakeIssue)
		want time.Time
	}{
		"made once": {func(i *fakeIssue) { i.logged(hours(70), change("Link", "", "", "PAY-2", blocked+"PAY-2")) }, ago(70)},
		"not told":  {func(*fakeIssue) {}, time.Time{}},
		"removed and made again": {func(i *fakeIssue) {
			i.logged(hours(70), change("Link", "", "", "PAY-2", blocked+"PAY-2"))
			i.logged(hours(60), change("Link", "PAY-2", blocked+"PAY-2", "", ""))
			i.logged(hours(40), change("Link", "", "", "PAY-2", blocked+"PAY-2"))
		}, ago(40)},
		"another link to the same issue": {func(i *fakeIssue) {
			i.logged(hours(70), change("Link", "", "", "PAY-2", blocked+"PAY-2"))
			i.logged(hours(60), change("Link", "", "", "PAY-2", "This issue relates to PAY-2"))
			i.logged(hours(50), change("Link", "", "", "PAY-2", blocks+"PAY-2"))
			i.logged(hours(40), change("Link", "PAY-2", blocks+"PAY-2", "", ""))
		}, ago(70)},
		"another issue":  {func(i *fakeIssue) { i.logged(hours(70), change("Link", "", "", "PAY-22", blocked+"PAY-22")) }, time.Time{}},
		"renamed phrase": {func(i *fakeIssue) { i.logged(hours(70), change("Link", "", "", "PAY-2", "This issue waits for PAY-2")) }, ago(70)},
		"unclear": {func(i *fakeIssue) {
			i.logged(hours(70), change("Link", "", "", "PAY-2", "This issue waits for PAY-2"))
			i.logged(hours(60), change("Link", "", "", "PAY-2", "This issue hopes for PAY-2"))
		}, time.Time{}},
		"removed under another phrase": {func(i *fakeIssue) {
			i.logged(hours(70), change("Link", "", "", "PAY-2", "This issue waits for PAY-2"))
			i.logged(hours(60), change("Link", "PAY-2", "This issue hopes for PAY-2", "", ""))
		}, time.Time{}},
		"another language": {func(i *fakeIssue) {
			i.logged(hours(70), change("Link", "", "", "PAY-2", "Dieser Vorgang is blocked by PAY-2"))
		}, ago(70)},
		"a former project": {func(i *fakeIssue) { i.logged(hours(70), change("Link", "", "", "OLD-2", blocked+"OLD-2")) }, ago(70)},
		"no plain link":    {func(i *fakeIssue) { i.logged(hours(70), change("RemoteIssueLink", "", "", "PAY-2", blocked+"PAY-2")) }, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, f *fake) {
				f.projects[1]["projectKeys"] = []string{"OLD", "PAY"}
				blocker := f.add("2", "PAY-2", time.Hour, nil)
				i := f.add("1", "PAY-1", time.Hour, map[string]any{
					"issuelinks": []any{link("9", "inward", "is blocked by", blocker)}, "description": "blocked by PLAT-9",
				})
				test.log(i)
				c, r := f.connect(credentials), newRecord()
				r.poll(t, c)
				sweep(t, c, r)
				claims := r.item(t, "PAY-1").Claims
				if len(claims) != 2 || claims[0].At != model.At(test.want) || (claims[0].Author == "Ana") == test.want.IsZero() {
					t.Errorf("claims %+v, want the first at %v", claims, test.want)
				}
			})
		})
	}
}

// A link to an issue that was moved since is found under the key it had.
func TestLinkHistoryMoved(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		blocker := f.add("2", "PLAT-7", time.Hour, nil)
		i := f.add("1", "PAY-1", time.Hour, map[string]any{"issuelinks": []any{link("9", "inward", "is blocked by", blocker)}})
		i.logged(hours(70), change("Link", "", "", "PAY-2", "This issue is blocked by PAY-2"))
		c, r := f.connect(credentials), newRecord()
		r.poll(t, c)
		moved := r.items["2"]
		moved.Item.Aliases = []string{"PAY-2"}
		r.items["2"] = moved
		sweep(t, c, r)
		if got := r.item(t, "PAY-1").Claims[0].At; got != model.At(ago(70)) {
			t.Errorf("established %v", got)
		}
	})
}

func TestSignalHistory(t *testing.T) {
	for name, test := range map[string]struct {
		fields map[string]any
		log    func(i *fakeIssue)
		want   time.Time
	}{
		"flagged": {
			map[string]any{"customfield_10021": []any{map[string]any{"value": "Impediment"}}},
			func(i *fakeIssue) { i.logged(hours(30), change("Flagged", "", "", "", "Impediment")) }, ago(30),
		},
		"flagged again": {
			map[string]any{"customfield_10021": []any{map[string]any{"value": "Impediment"}}},
			func(i *fakeIssue) {
				i.logged(hours(30), change("Flagged", "", "", "", "Impediment"))
				i.logged(hours(20), change("Flagged", "", "Impediment", "", ""))
				i.logged(hours(10), change("Flagged", "", "", "", "Impediment"))
			}, ago(10),
		},
		"flagged from the beginning": {
			map[string]any{"customfield_10021": []any{map[string]any{"value": "Impediment"}}},
			func(*fakeIssue) {}, ago(created),
		},
		"flag removed, says the log": {
			map[string]any{"customfield_10021": []any{map[string]any{"value": "Impediment"}}},
			func(i *fakeIssue) { i.logged(hours(20), change("Flagged", "", "Impediment", "", "")) },
			time.Time{},
		},
		"status": {
			map[string]any{"status": status("Blocked", "indeterminate")},
			func(i *fakeIssue) { i.logged(hours(50), moved("1", "4")) }, ago(50),
		},
		"status entered again": {
			map[string]any{"status": status("Blocked", "indeterminate")},
			func(i *fakeIssue) {
				i.logged(hours(50), moved("1", "4"))
				i.logged(hours(40), moved("4", "3"))
				i.logged(hours(20), moved("3", "4"))
			}, ago(20),
		},
		"label": {
			map[string]any{"labels": []string{"q1", "blocked"}},
			func(i *fakeIssue) {
				i.logged(hours(60), change("labels", "", "", "", "unblocked q1"))
				i.logged(hours(50), change("labels", "", "unblocked q1", "", "q1 blocked"))
				i.logged(hours(40), change("labels", "", "q1 blocked x", "", "blocked q1"))
			}, ago(50),
		},
		"label from the beginning": {
			map[string]any{"labels": []string{"blocked"}},
			func(i *fakeIssue) { i.logged(hours(60), change("labels", "", "blocked old", "", "blocked")) }, ago(created),
		},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, f *fake) {
				f.fields = []map[string]any{flagged}
				test.log(f.add("1", "PAY-1", time.Hour, test.fields))
				c, r := f.connect(credentials), newRecord()
				r.poll(t, c)
				sweep(t, c, r)
				if got := r.item(t, "PAY-1").Item.Signals; len(got) != 1 || got[0].At != model.At(test.want) {
					t.Errorf("signals %+v, want one at %v", got, test.want)
				}
			})
		})
	}
}
