package jira_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// fill adds n issues, every group of which shares a stamp.
func (f *fake) fill(n, group int) {
	for i := range n {
		f.add(fmt.Sprint(1000+i), fmt.Sprintf("PAY-%d", i+1), 90*24*time.Hour-time.Duration(i/group)*time.Hour, nil)
	}
}

func (f *fake) allKeys() string {
	var keys []string
	for _, i := range f.issues {
		keys = append(keys, i.key)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// Wherever a first sync is stopped, the next one goes on without loss, without
// a loop, and asks for no more than one page again.
func TestResume(t *testing.T) {
	alone := func(c *jira.Config) { c.Concurrency = 1 } // one lane
	for _, group := range []int{1, 3, 5, 12, 40} {
		both(t, func(t *testing.T, f *fake) {
			f.most = 5
			f.fill(40, group)
			whole := newRecord()
			whole.poll(t, f.connect(alone))
			pages := searches(f.requests())
			for stop := 1; stop < whole.batches; stop++ {
				r := newRecord()
				if err := r.try(t, f.connect(alone), stop); err != nil {
					t.Fatal(err)
				}
				r.poll(t, f.connect(alone))
				if got := searches(f.requests()); got > pages+1 {
					t.Errorf("groups of %d, stopped after %d: %d pages instead of %d", group, stop, got, pages)
				}
				if r.keys() != f.allKeys() {
					t.Errorf("groups of %d, stopped after %d: read %s", group, stop, r.keys())
				}
			}
		})
	}
}

// searching tells requests for a page of issues.
func searching(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/2/search") || strings.HasSuffix(r.URL.Path, "/search/jql")
}

func searches(asked []string) int {
	n := 0
	for _, a := range asked {
		if a == "POST search" || a == "POST search/jql" {
			n++
		}
	}
	return n
}

// An issue that changes while pages are read moves to the end and lets another
// slip over the page's edge.
func TestMovedWhilePaging(t *testing.T) {
	for _, group := range []int{1, 30} {
		both(t, func(t *testing.T, f *fake) {
			f.most = 10
			f.fill(60, group)
			pages := 0
			f.intercept = func(r *http.Request, _ string) *http.Response {
				if searching(r) {
					if pages++; pages == 3 {
						f.issues[2].stamp = start.UnixMilli()
					}
				}
				return nil
			}
			r := newRecord()
			r.poll(t, f.connect(nil))
			if r.keys() != f.allKeys() {
				t.Errorf("groups of %d: read %s", group, r.keys())
			}
			if got := r.item(t, "PAY-3").Item.Updated; got != model.At(start) {
				t.Errorf("groups of %d: PAY-3 as of %s", group, got)
			}
		})
	}
}

func TestTokenExpires(t *testing.T) {
	f := newFake(t, true)
	f.most = 5
	f.fill(30, 3)
	pages := 0
	f.intercept = func(r *http.Request, _ string) *http.Response {
		if searching(r) {
			if pages++; pages == 4 {
				clear(f.tokens)
			}
		}
		return nil
	}
	r := newRecord()
	r.poll(t, f.connect(nil))
	if r.keys() != f.allKeys() {
		t.Errorf("read %s", r.keys())
	}
}

// Unusable answers end the poll as errors of that page; what was read before
// stands, and the next poll goes on behind it.
func TestUnusableAnswers(t *testing.T) {
	const json = "application/json"
	for name, answer := range map[string]func() *http.Response{
		"login page":          func() *http.Response { return reply(200, "text/html", "<!doctype html><title>Log in</title>") },
		"html that says json": func() *http.Response { return reply(200, json, "<!doctype html>") },
		"cut in the middle":   func() *http.Response { return reply(200, json, `{"issues":[{"id":"1","ke`) },
		"no issues":           func() *http.Response { return reply(200, json, `{"total":3}`) },
		"null":                func() *http.Response { return reply(200, json, `null`) },
		"another type":        func() *http.Response { return reply(200, json, `[1,2]`) },
		"issues of a type":    func() *http.Response { return reply(200, json, `{"issues":"none","total":3}`) },
		"cut connection": func() *http.Response {
			resp := reply(200, json, "")
			resp.ContentLength, resp.Body = 1000, io.NopCloser(io.MultiReader(strings.NewReader(`{"issues":[`), failing{}))
			return resp
		},
		"endless": func() *http.Response {
			resp := reply(200, json, "")
			resp.ContentLength, resp.Body = -1, io.NopCloser(&endless{})
			return resp
		},
		"another host": func() *http.Response {
			resp := reply(302, "text/html", "")
			resp.Header.Set("Location", "https://login.example/sso")
			return resp
		},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, f *fake) {
				if name == "endless" && f.cloud {
					t.Skip("once is enough for so many bytes")
				}
				synctest.Test(t, func(t *testing.T) {
					f.most = 5
					f.fill(20, 1)
					c, r, pages := f.connect(func(c *jira.Config) { c.Concurrency = 1 }), newRecord(), 0
					f.intercept = func(rq *http.Request, _ string) *http.Response {
						if searching(rq) {
							if pages++; pages > 2 {
								return answer()
							}
						}
						return nil
					}
					err := r.try(t, c, -1)
					var bad *connectors.AnswerError
					if !errors.As(err, &bad) {
						t.Errorf("error %v (%T)", err, err)
					}
					if err == nil || r.batches != 2 {
						t.Errorf("%d batches, then %v", r.batches, err)
					}
					f.intercept = nil
					r.poll(t, c)
					if r.keys() != f.allKeys() {
						t.Errorf("read %s", r.keys())
					}
				})
			})
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// Pages that lead nowhere end the poll.
func TestPagesWithoutProgress(t *testing.T) {
	one := `{"id":"1","key":"PAY-1","fields":{"status":{"name":"Open"},"updated":"2026-03-01T10:00:00.000+0000"}}`
	for name, test := range map[string]struct {
		cloud bool
		page  string
	}{
		"token repeats":           {true, `{"issues":[` + one + `],"nextPageToken":"again"}`},
		"maxResults 0":            {false, `{"issues":[],"total":7,"maxResults":0}`},
		"offset is not looked at": {false, `{"issues":[` + one + `],"total":70000,"maxResults":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, test.cloud)
			asked := 0
			f.intercept = func(r *http.Request, _ string) *http.Response {
				if !searching(r) {
					return nil
				}
				asked++
				return reply(200, "application/json", test.page)
			}
			err := newRecord().try(t, f.connect(nil), -1)
			var bad *connectors.AnswerError
			if !errors.As(err, &bad) || asked > 10 {
				t.Errorf("after %d pages: %v", asked, err)
			}
		})
	}
	t.Run("empty page with a token", func(t *testing.T) {
		f := newFake(t, true)
		f.intercept = func(r *http.Request, _ string) *http.Response {
			if searching(r) {
				return reply(200, "application/json", `{"issues":[],"nextPageToken":"more"}`)
			}
			return nil
		}
		if err := newRecord().try(t, f.connect(nil), -1); err != nil {
			t.Error(err)
		}
	})
}

// A malformed issue is named and left out; the rest of its page is kept.
func TestMalformedIssues(t *testing.T) {
	both(t, func(t *testing.T, f *fake) {
		f.fill(6, 1)
		f.issues[1].fields["summary"] = 5
		f.issues[2].fields["status"] = nil
		f.issues[3].fields["issuelinks"] = "none"
		f.add(`1) OR (1=1`, "PAY-77", time.Hour, nil)
		bad := f.add("99", "PAY-99", time.Hour, nil)
		bad.fields["updated"] = "yesterday"
		r := newRecord()
		r.poll(t, f.connect(nil))
		if want := "PAY-1 PAY-5 PAY-6"; r.keys() != want {
			t.Errorf("read %s, want %s", r.keys(), want)
		}
		var named []string
		for _, p := range r.problems {
			named = append(named, p.Where)
		}
		slices.Sort(named)
		if d := cmp.Diff([]string{"PAY-2", "PAY-3", "PAY-4", "PAY-77", "PAY-99"}, named); d != "" {
			t.Errorf("problems (-want +got):\n%s\n%v", d, r.problems)
		}
	})
}

// A poll without changes costs one request, and two at most.
func TestIdleCost(t *testing.T) {
	both(t, func(t *testing.T, f *fake) { synctest.Test(t, func(t *testing.T) { idleCost(t, f) }) })
}

func idleCost(t *testing.T, f *fake) {
	f.fill(30, 1)
	c, r := f.connect(nil), newRecord()
	r.poll(t, c)
	f.requests()
	for range 3 {
		r.poll(t, c)
		if got := f.requests(); len(got) != 1 {
			t.Errorf("idle poll asked %v", got)
		}
	}
	// A burst larger than a page, all within the overlap.
	f.most = 10
	f.now = start.Add(time.Hour)
	for i, is := range f.issues {
		is.stamp = f.now.Add(time.Duration(i-30) * time.Second).UnixMilli()
	}
	r.poll(t, c)
	f.requests()
	for range 10 {
		r.poll(t, c)
		if got := f.requests(); len(got) > 2 {
			t.Errorf("idle poll after a burst asked %v", got)
		}
	}
	// The tracker's clock, and nothing else, tells that it is over.
	f.now = f.now.Add(time.Hour)
	for range 10 {
		r.poll(t, c)
		f.requests()
	}
	r.poll(t, c)
	if got := f.requests(); len(got) != 1 {
		t.Errorf("idle poll long after a burst asked %v", got)
	}
}

// Whatever the index shows late is found as long as it is not later than the
// overlap, however polls, restarts and bursts fall.
func TestLateIndex(t *testing.T) {
	both(t, func(t *testing.T, like *fake) {
		// In a bubble the pauses between requests take no time, and nobody may ask for the deadline.
		synctest.Test(t, func(t *testing.T) {
			rapid.Check(struct{ rapid.TB }{t}, func(rt *rapid.T) { lateIndex(t, rt, newFake(t, like.cloud)) })
		})
	})
}

func lateIndex(t *testing.T, rt *rapid.T, f *fake) {
	f.most = rapid.IntRange(2, 12).Draw(rt, "page")
	grain := time.Duration(rapid.SampledFrom([]int{1, 20, 60}).Draw(rt, "grain")) * time.Second // of stamps
	f.fill(rapid.IntRange(1, 25).Draw(rt, "issues"), 2)
	c, r := f.connect(nil), newRecord()
	r.poll(t, c)
	for range rapid.IntRange(1, 40).Draw(rt, "steps") {
		switch rapid.IntRange(0, 4).Draw(rt, "step") {
		case 0:
			r.poll(t, c)
		case 1:
			c = f.connect(nil)
		case 2:
			if err := r.try(t, c, rapid.IntRange(1, 4).Draw(rt, "batches")); err != nil {
				rt.Fatal(err)
			}
			c = f.connect(nil)
		default:
			stamp := f.now.Truncate(grain).UnixMilli()
			for range rapid.IntRange(1, 8).Draw(rt, "changes") {
				i := f.issues[rapid.IntRange(0, len(f.issues)-1).Draw(rt, "issue")]
				if i.late != nil {
					continue
				}
				i.late = &stamp
				i.ready = f.now.Add(time.Duration(rapid.IntRange(0, 540-int(grain.Seconds())).Draw(rt, "lag")) * time.Second)
			}
		}
		f.now = f.now.Add(time.Duration(rapid.IntRange(0, 300).Draw(rt, "seconds")) * time.Second)
	}
	f.now = f.now.Add(time.Hour)
	for range 4*len(f.issues) + 10 { // three turns of Tail
		r.poll(t, c)
	}
	if late := r.behind(f); len(late) > 0 {
		rt.Fatal(late)
	}
	f.requests()
	r.poll(t, c)
	if asked := f.requests(); len(asked) != 1 {
		rt.Fatalf("the last idle poll asked %v", asked)
	}
}

func TestStopsWithTheContext(t *testing.T) {
	f := newFake(t, true)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	for _, err := range f.connect(nil).Changes(ctx, "") {
		if !errors.Is(err, why) && !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
}
