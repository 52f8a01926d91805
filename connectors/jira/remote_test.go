package jira_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// complete has more of the recorded items read, once.
func complete(t *testing.T, c *jira.Connector, r *record) {
	t.Helper()
	for b, err := range c.Complete(t.Context(), r.records(func(it *model.Item) bool { return !it.Stub })) {
		if err != nil {
			t.Fatal(err)
		}
		r.add(b)
	}
}

// remotely makes a remote link as the site shows it.
func remotely(id any, relationship, url string) map[string]any {
	return map[string]any{
		"id": id, "application": map[string]any{}, "relationship": relationship,
		"object": map[string]any{"url": url, "title": "Elsewhere"},
	}
}

// relinked adds the changelog's entry for a new remote link.
func (i *fakeIssue) relinked(ago time.Duration, id int) {
	i.logged(ago, change("RemoteIssueLink", "", "", fmt.Sprint(id), `This issue links to "Elsewhere (Web Link)"`))
}

func asBot(c *jira.Config) { c.Auth = jira.Auth{Email: "bot@acme.example", TokenEnv: "TOKEN"} }

func remoteClaims(t *testing.T, r *record, key string) []string {
	t.Helper()
	var all []string
	for _, c := range r.item(t, key).Claims {
		if c.Origin != model.RemoteLink {
			continue
		}
		line := fmt.Sprintf("%s %s|%s", c.Kind, c.Target.Host, c.Target.Key)
		if c.Reverse {
			line = "reverse " + line
		}
		if !c.Unmapped.IsZero() {
			line += " unmapped " + c.Unmapped.String()
		}
		all = append(all, line)
	}
	return all
}

func TestRemoteLinks(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		i := f.add("1", "PAY-1", time.Hour, map[string]any{"description": "See PLAT-1."})
		i.remote = []any{
			remotely(100, "is blocked by", "https://github.com/acme/api/issues/7"),
			remotely("101", "Blocks", "https://GitHub.com/acme/api/pull/8/files#top"),
			remotely(102, "mentioned on", "https://github.com/acme/api/issues/9"),
			remotely(103, "waits for", "https://other.example/jira/browse/OPS-4?x=1"),
			remotely(104, "mentioned in", "https://acme.example/wiki/pages/1"),
			remotely(105, "is blocked by", "https://github.com/acme/api/commit/abcdef"),
			remotely(106, "mirrored by", " https://github.com/acme/api/issues/12 "),
			map[string]any{"id": 107, "object": map[string]any{"url": 5}},
			remotely(108, "", "javascript:alert(1)"),
		}
		c, r := f.connect(asBot), newRecord()
		r.poll(t, c)
		f.requests()
		complete(t, c, r)
		want := []string{
			"reverse blocks github.com|acme/api#7", "blocks github.com|acme/api#8", "relates github.com|acme/api#9",
			"relates other.example/jira|OPS-4 unmapped waits for", "mirrors github.com|acme/api#12",
		}
		if d := cmp.Diff(want, remoteClaims(t, r, "PAY-1")); d != "" {
			t.Errorf("claims (-want +got):\n%s", d)
		}
		if len(r.problems) != 1 || r.problems[0].Where != "PAY-1" {
			t.Errorf("problems %v", r.problems)
		}
		if d := cmp.Diff([]string{"GET issue/1/remotelink"}, f.requests()); d != "" {
			t.Errorf("requests (-want +got):\n%s", d)
		}
		// They stand when the issue is read again.
		i.stamp += 1000
		r.poll(t, c)
		if got := remoteClaims(t, r, "PAY-1"); len(got) != len(want) || len(r.item(t, "PAY-1").Claims) != len(want)+1 {
			t.Errorf("after a poll: %v of %d", got, len(r.item(t, "PAY-1").Claims))
		}
		// Other words in the config need no request.
		other := f.connect(func(c *jira.Config) { asBot(c); c.Links = map[string]jira.Role{"waits for": "blocked_by"} })
		f.requests()
		complete(t, other, r)
		if got := remoteClaims(t, r, "PAY-1"); !slices.Contains(got, "reverse blocks other.example/jira|OPS-4") || !slices.Contains(got, want[0]) {
			t.Errorf("with another phrase: %v", got)
		}
		if got := f.requests(); slices.Contains(got, "GET issue/1/remotelink") {
			t.Errorf("for another phrase it asked %v", got)
		}
	})
}

// The remote links of open issues are read before those of closed ones, those
// of linked issues before, and among these those of new ones; a restart goes on
// where the reading ended.
func TestRemoteLinksInTurn(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		old := jiraTime(start.Add(-2000 * time.Hour).UnixMilli())
		f.add("1", "PAY-1", time.Hour, map[string]any{"status": status("Done", "done")})
		f.add("2", "PAY-2", time.Hour, map[string]any{"created": old})
		f.add("3", "PAY-3", time.Hour, nil)
		f.add("4", "PAY-4", time.Hour, map[string]any{"created": old, "description": "Blocked by PAY-3"})
		f.add("5", "PAY-5", time.Hour, map[string]any{"description": "Blocked by PAY-3"})
		few := func(c *jira.Config) { asBot(c); c.RemoteLinks = 2; c.Concurrency = 1 }
		c, r := f.connect(few), newRecord()
		r.poll(t, c)
		var asked []string
		for n := range 4 {
			f.requests()
			complete(t, c, r)
			for _, q := range f.requests() {
				if strings.HasSuffix(q, "/remotelink") {
					asked = append(asked, strings.Split(q, "/")[1])
				}
			}
			if notes := strings.Join(r.site.Notes, " "); (n == 0) != strings.Contains(notes, "remote links are read of 2 of 5 issues, of 2 of 4 open ones") {
				t.Errorf("after %d passes it notes %q", n+1, notes)
			}
			if n == 0 {
				c = f.connect(few) // a restart
			}
		}
		slices.Sort(asked[:2]) // side by side
		slices.Sort(asked[2:4])
		if d := cmp.Diff([]string{"4", "5", "2", "3", "1"}, asked); d != "" {
			t.Errorf("asked (-want +got):\n%s", d)
		}
		if notes := strings.Join(r.site.Notes, " "); strings.Contains(notes, "remote") {
			t.Errorf("when all are read it notes %q", notes)
		}
	})
}

// The changelog tells which updates are new remote links; without one every
// update may be.
func TestRemoteLinksChange(t *testing.T) {
	for name, anonymous := range map[string]bool{"with changelogs": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, true)
			i := f.add("1", "PAY-1", time.Hour, nil)
			closed := f.add("2", "PAY-2", time.Hour, map[string]any{"status": status("Done", "done")})
			var change func(*jira.Config)
			if !anonymous {
				change = asBot
			}
			c, r := f.connect(change), newRecord()
			cycle := func() (asked []string) {
				t.Helper()
				r.poll(t, c)
				complete(t, c, r)
				sweep(t, c, r)
				complete(t, c, r)
				for _, q := range f.requests() {
					if strings.HasSuffix(q, "/remotelink") {
						asked = append(asked, q)
					}
				}
				return asked
			}
			expect := func(when string, want ...string) {
				t.Helper()
				got := cycle()
				slices.Sort(got)
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("%s (-want +got):\n%s", when, d)
				}
			}
			expect("first", "GET issue/1/remotelink", "GET issue/2/remotelink")
			expect("idle")

			touch := func(i *fakeIssue) time.Duration {
				f.now = f.now.Add(time.Minute)
				i.stamp = f.now.UnixMilli()
				return start.Sub(f.now)
			}
			i.fields["status"] = status("In Progress", "indeterminate")
			i.logged(touch(i), moved("1", "3"))
			if anonymous {
				expect("another change", "GET issue/1/remotelink")
			} else {
				expect("another change")
			}
			i.remote = []any{remotely(100, "is blocked by", "https://github.com/acme/api/issues/7")}
			i.relinked(touch(i), 100)
			expect("a remote link", "GET issue/1/remotelink")
			if got := remoteClaims(t, r, "PAY-1"); len(got) != 1 {
				t.Errorf("claims %v", got)
			}
			if !anonymous {
				for _, claim := range r.item(t, "PAY-1").Claims {
					if want := start.Add(2 * time.Minute); claim.At != model.At(want) || claim.Author != "Ana" {
						t.Errorf("made at %v by %q, want %v by Ana", claim.At, claim.Author, want)
					}
				}
			}
			touch(closed)
			expect("an update of a closed issue", "GET issue/2/remotelink")

			// What nothing tells of is found after a week.
			i.remote = nil
			expect("soon")
			for id, reading := range r.readings {
				reading.At = reading.At.Add(-8 * 24 * time.Hour)
				r.readings[id] = reading
			}
			expect("later", "GET issue/1/remotelink")
			if got := remoteClaims(t, r, "PAY-1"); len(got) != 0 {
				t.Errorf("claims %v", got)
			}
			expect("then")
		})
	}
}

// The time of a link that was made before it was first read is in the changelog.
func TestRemoteLinkSince(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		i := f.add("1", "PAY-1", time.Hour, nil)
		i.remote = []any{
			remotely(100, "is blocked by", "https://github.com/acme/api/issues/7"),
			remotely(101, "is blocked by", "https://github.com/acme/api/issues/8"),
		}
		i.relinked(5*time.Hour, 100)
		c, r := f.connect(asBot), newRecord()
		r.poll(t, c)
		sweep(t, c, r)
		complete(t, c, r)
		sweep(t, c, r)
		for _, claim := range r.item(t, "PAY-1").Claims {
			if known := claim.Target.Key == "acme/api#7"; known != (claim.At == model.At(start.Add(-5*time.Hour))) || known == claim.At.IsZero() {
				t.Errorf("%s since %v", claim.Target.Key, claim.At)
			}
		}
		f.requests()
		sweep(t, c, r)
		complete(t, c, r)
		if got := f.requests(); len(got) != 0 {
			t.Errorf("then it asked %v", got)
		}
	})
}

func TestRemoteLinksRefused(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		for n := range 4 {
			f.add(fmt.Sprint(n+1), fmt.Sprintf("PAY-%d", n+1), time.Hour, nil)
		}
		codes := map[string]int{"1": 403, "2": 404, "3": 413}
		f.intercept = func(r *http.Request, _ string) *http.Response {
			parts := strings.Split(r.URL.Path, "/")
			if code := codes[parts[len(parts)-2]]; code != 0 && strings.HasSuffix(r.URL.Path, "/remotelink") {
				return reply(code, "application/json", `{"errorMessages":["No."]}`)
			}
			return nil
		}
		c, r := f.connect(asBot), newRecord()
		r.poll(t, c)
		complete(t, c, r)
		if len(r.readings) != 1 {
			t.Errorf("read %v", r.readings)
		}
		var named []string
		for _, p := range r.problems {
			named = append(named, p.Where)
		}
		if d := cmp.Diff([]string{"PAY-1", "PAY-3"}, named); d != "" {
			t.Errorf("problems (-want +got):\n%s", d)
		}
		f.requests()
		complete(t, c, r)
		if got := f.requests(); len(got) != 0 {
			t.Errorf("then it asked %v", got)
		}

		// An administrator turned linking off.
		codes = map[string]int{"1": 403, "2": 403, "3": 403, "4": 403}
		c, r = f.connect(asBot), newRecord()
		r.poll(t, c)
		complete(t, c, r)
		if notes := strings.Join(r.site.Notes, " "); !strings.Contains(notes, "gives this account no remote links") || len(r.problems) != 1 {
			t.Errorf("notes %q, problems %v", notes, r.problems)
		}
	})
}

// What was read before an error is kept.
func TestRemoteLinksInterrupted(t *testing.T) {
	f := newFake(t, true)
	for n := range 60 {
		f.add(fmt.Sprint(n+1), fmt.Sprintf("PAY-%d", n+1), time.Hour, nil)
	}
	broken := true
	f.intercept = func(r *http.Request, _ string) *http.Response {
		if broken && strings.HasSuffix(r.URL.Path, "/issue/13/remotelink") {
			return reply(200, "text/html", "<html>")
		}
		return nil
	}
	c, r := f.connect(func(c *jira.Config) { asBot(c); c.Concurrency = 1 }), newRecord()
	r.poll(t, c)
	failed := false
	for b, err := range c.Complete(t.Context(), r.records(func(*model.Item) bool { return true })) {
		failed = failed || err != nil
		r.add(b)
	}
	if !failed || len(r.readings) == 0 || len(r.readings) == 60 {
		t.Errorf("failed %t after %d readings", failed, len(r.readings))
	}
	read := len(r.readings)
	broken = false
	f.requests()
	complete(t, c, r)
	n := 0
	for _, q := range f.requests() {
		if strings.HasSuffix(q, "/remotelink") {
			n++
		}
	}
	if n != 60-read || len(r.readings) != 60 {
		t.Errorf("then %d of %d were read", n, 60-read)
	}
}

func TestNoRemoteLinks(t *testing.T) {
	f := newFake(t, true)
	f.add("1", "PAY-1", time.Hour, nil)
	c, r := f.connect(func(c *jira.Config) { c.RemoteLinks = 0 }), newRecord()
	r.poll(t, c)
	f.requests()
	complete(t, c, r)
	if got := f.requests(); len(got) != 0 {
		t.Errorf("asked %v", got)
	}
}
