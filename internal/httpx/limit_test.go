package httpx_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waitgraph/waitgraph/internal/httpx"
)

const (
	address       = "https://tracker.example/x"
	secondaryText = `{"message":"You have exceeded a secondary rate limit. Please wait.","documentation_url":"https://docs.github.com/x#about-secondary-rate-limits"}`
)

// TestRefusals: a refused request is sent again after the wait the tracker asks
// for: never earlier, and not much later.
func TestRefusals(t *testing.T) {
	// The clock of a synctest bubble starts here.
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	epoch := func(after time.Duration) string { return strconv.FormatInt(start.Add(after).Unix(), 10) }
	date := func(after time.Duration) string { return start.Add(after).Format(http.TimeFormat) }
	tests := map[string]struct {
		refusal reply
		want    time.Duration
	}{
		"429 seconds":    {reply{code: 429, header: map[string]string{"Retry-After": "30"}}, 30 * time.Second},
		"429 fraction":   {reply{code: 429, header: map[string]string{"Retry-After": "1.5"}}, 1500 * time.Millisecond},
		"429 date":       {reply{code: 429, header: map[string]string{"Retry-After": date(40 * time.Second)}}, 40 * time.Second},
		"429 no time":    {reply{code: 429}, 5 * time.Second},
		"429 zero":       {reply{code: 429, header: map[string]string{"Retry-After": "0"}}, 5 * time.Second},
		"429 nonsense":   {reply{code: 429, header: map[string]string{"Retry-After": "soon", "X-RateLimit-Reset": "later"}}, 5 * time.Second},
		"429 past date":  {reply{code: 429, header: map[string]string{"Retry-After": date(-time.Minute)}}, 5 * time.Second},
		"403 with time":  {reply{code: 403, header: map[string]string{"Retry-After": "7"}}, 7 * time.Second},
		"503 with time":  {reply{code: 503, header: map[string]string{"Retry-After": "9"}}, 9 * time.Second},
		"tracker's date": {reply{code: 429, header: map[string]string{"Date": date(time.Hour), "Retry-After": date(time.Hour + 20*time.Second)}}, 20 * time.Second},

		"github primary 403": {reply{code: 403, header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": epoch(50 * time.Second)}}, 50 * time.Second},
		"github primary 429": {reply{code: 429, header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": epoch(50 * time.Second)}}, 50 * time.Second},
		"github clock":       {reply{code: 403, header: map[string]string{"Date": date(-time.Hour), "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": epoch(50*time.Second - time.Hour)}}, 50 * time.Second},
		"github both":        {reply{code: 403, body: secondaryText, header: map[string]string{"Retry-After": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": epoch(50 * time.Second)}}, 50 * time.Second},

		"github secondary 403":          {reply{code: 403, body: secondaryText, header: map[string]string{"X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": epoch(time.Hour)}}, time.Minute},
		"github secondary 429":          {reply{code: 429, body: secondaryText, header: map[string]string{"X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": epoch(time.Hour)}}, time.Minute},
		"github secondary, Retry-After": {reply{code: 403, body: secondaryText, header: map[string]string{"Retry-After": "3"}}, 3 * time.Second},
		"graphql primary":               {reply{body: `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}`, header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": epoch(50 * time.Second)}}, 50 * time.Second},
		"graphql secondary":             {reply{body: `{"data":null,"errors":[{"message":"You have exceeded a secondary rate limit."}]}`}, time.Minute},

		"jira quota":          {reply{code: 429, header: map[string]string{"Retry-After": "5", "RateLimit-Reason": "jira-quota-tenant-based", "X-RateLimit-Reset": "2000-01-01T00:01:00Z"}}, time.Minute},
		"jira quota, minutes": {reply{code: 429, header: map[string]string{"RateLimit-Reason": "jira-quota-tenant-based", "X-RateLimit-Reset": "2000-01-01T00:01Z"}}, time.Minute},
		"jira burst":          {reply{code: 429, header: map[string]string{"Retry-After": "2", "RateLimit-Reason": "jira-burst-based", "X-RateLimit-Reset": "2000-01-01T00:01:00Z"}}, 2 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{tt.refusal, {body: `{"ok":true}`}}}
				code, body, err := get(t.Context(), client(t, s), address)
				if err != nil || code != 200 || body != `{"ok":true}` {
					t.Fatalf("got %d %q %v", code, body, err)
				}
				gaps := s.gaps()
				if len(gaps) != 1 {
					t.Fatalf("%d requests, want 2", len(s.sent))
				}
				if most := tt.want + tt.want/10 + time.Millisecond; gaps[0] < tt.want || gaps[0] > most {
					t.Errorf("sent again after %v, want %v to %v", gaps[0], tt.want, most)
				}
			})
		})
	}
}

// TestNoRefusals are answers that look like limits and are none: they come back at once.
func TestNoRefusals(t *testing.T) {
	tests := map[string]reply{
		"forbidden":                    {code: 403, body: `{"message":"Resource not accessible"}`},
		"forbidden by Data Center":     {code: 403, header: map[string]string{"Retry-After": "0", "X-RateLimit-Remaining": "0", "X-RateLimit-Interval-Seconds": "1"}},
		"success of Data Center":       {header: map[string]string{"Retry-After": "0", "X-RateLimit-Remaining": "0"}, body: `{}`},
		"reset that has passed":        {code: 403, header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "946684700"}},
		"an item's words":              {body: `{"data":{"title":"You have exceeded a secondary rate limit"},"errors":[{"type":"NOT_FOUND"}]}`},
		"an error that quotes a title": {body: `{"data":{"a":1},"errors":[{"type":"RATE_LIMITED","message":"x"}]}`},
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{r}}
				c := client(t, s)
				begin := time.Now()
				for range 2 {
					code, body, err := get(t.Context(), c, address)
					if want := max(r.code, 200); r.code != 0 && code != want || body != r.body || err != nil {
						t.Fatalf("got %d %q %v", code, body, err)
					}
				}
				if took := time.Since(begin); took != 0 || len(s.sent) != 2 {
					t.Errorf("took %v and %d requests, want none and 2", took, len(s.sent))
				}
			})
		})
	}
}

// TestHold: a success that used up the budget lets nothing follow before the reset.
func TestHold(t *testing.T) {
	tests := map[string]struct {
		last reply
		want time.Duration
	}{
		"github":                   {reply{header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "946684830"}}, 30 * time.Second},
		"github, conditional":      {reply{code: 304, header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "946684830"}}, 30 * time.Second},
		"data center, no token":    {reply{header: map[string]string{"X-RateLimit-Remaining": "0", "Retry-After": "4"}}, 4 * time.Second},
		"budget left, no hold":     {reply{header: map[string]string{"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "946684830"}}, 0},
		"jira reset without a 429": {reply{header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2000-01-01T00:01:00Z"}}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{tt.last, {}}}
				c := client(t, s)
				for i, path := range []string{"/a", "/b"} {
					ctx := httpx.WithRoute(t.Context(), "GET "+path)
					if _, _, err := get(ctx, c, "https://tracker.example"+path); err != nil {
						t.Fatalf("call %d: %v", i, err)
					}
				}
				if gap := s.gaps()[0]; gap < tt.want || gap > tt.want+tt.want/10+time.Millisecond {
					t.Errorf("second call after %v, want %v", gap, tt.want)
				}
			})
		})
	}
}

// TestScope: a quota stops everything; a burst only its route.
func TestScope(t *testing.T) {
	for reason, stopsAll := range map[string]bool{"jira-quota-global-based": true, "jira-burst-based": false, "": true} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{{code: 429, header: map[string]string{"Retry-After": "60", "RateLimit-Reason": reason}}, {}}}
				c := client(t, s)
				begin := time.Now()
				var wg sync.WaitGroup
				wg.Go(func() {
					if _, _, err := get(httpx.WithRoute(t.Context(), "GET /search"), c, "https://tracker.example/search"); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				wg.Go(func() {
					if _, _, err := get(httpx.WithRoute(t.Context(), "GET /issue"), c, "https://tracker.example/issue"); err != nil {
						t.Error(err)
					}
				})
				wg.Wait()
				for i, path := range s.paths[1:] {
					after := s.sent[i+1].Sub(begin)
					if waited := after >= time.Minute; waited != (stopsAll || path == "/search") {
						t.Errorf("%s sent after %v", path, after)
					}
				}
			})
		})
	}
}

// TestPatience: a wait that would be too long is a *LimitError at once, for the
// refused call and for every other one, without another request.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{{code: 429, header: map[string]string{"Retry-After": "121", "RateLimit-Reason": "jira-quota-global-based"}}, {}}}
		c := client(t, s)
		begin := time.Now()
		for range 2 {
			_, _, err := get(t.Context(), c, address)
			var limited *httpx.LimitError
			if !errors.As(err, &limited) {
				t.Fatalf("got %v, want a *LimitError", err)
			}
			if want := begin.Add(121 * time.Second); !limited.Until.Equal(want) || limited.Code != 429 || limited.Reason != "jira-quota-global-based" {
				t.Errorf("got %+v, want until %v", limited, want)
			}
		}
		if took := time.Since(begin); took != 0 || len(s.sent) != 1 {
			t.Errorf("took %v and %d requests, want none and 1", took, len(s.sent))
		}
		<-time.After(2 * time.Second) // one more second of waiting is within the patience of a new call
		if code, _, err := get(t.Context(), c, address); err != nil || code != 200 {
			t.Errorf("later call: %d %v", code, err)
		}
	})
}

// TestAbsurd: no header makes the wait overflow into the past.
func TestAbsurd(t *testing.T) {
	for name, h := range map[string]map[string]string{
		"seconds": {"Retry-After": "99999999999999999999"},
		"date":    {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"},
		"epoch":   {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9223372036854775807"},
		"clock":   {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": "Mon, 01 Jan 0001 00:00:00 GMT"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{{code: 429, header: h}}}
				_, _, err := get(t.Context(), client(t, s), address)
				var limited *httpx.LimitError
				if !errors.As(err, &limited) || time.Until(limited.Until) < 24*time.Hour {
					t.Errorf("got %v, want a limit far away", err)
				}
			})
		})
	}
}

// TestQueued: calls that already wait for a place or for the rate heed a limit
// set meanwhile.
func TestQueued(t *testing.T) {
	for name, change := range map[string]func(*httpx.Options){
		"place": func(o *httpx.Options) { o.Concurrency = 1 },
		"rate":  func(o *httpx.Options) { o.Rate = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{{code: 429, takes: 500 * time.Millisecond, header: map[string]string{"Retry-After": "30"}}, {}}}
				c := client(t, s, change)
				var wg sync.WaitGroup
				for range 3 {
					wg.Go(func() {
						if _, _, err := get(t.Context(), c, address); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if gap := s.gaps()[0]; len(s.sent) != 4 || gap < 30*time.Second {
					t.Errorf("%d requests, the second %v after the first; want 4 and 30 s", len(s.sent), gap)
				}
			})
		})
	}
}

// TestGrowing: refusals without a time are waited for longer and longer, and
// requests refused together count once.
func TestGrowing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{{code: 429, takes: time.Millisecond}}}
		c := client(t, s, func(o *httpx.Options) { o.Concurrency = 3 })
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				_, _, err := get(t.Context(), c, address)
				var limited *httpx.LimitError
				if !errors.As(err, &limited) {
					t.Errorf("got %v, want a *LimitError", err)
				}
			})
		}
		wg.Wait()
		// 5, 10, 20 and 40 seconds fit into two minutes, 80 more do not: 5 rounds.
		last := s.sent[len(s.sent)-1].Sub(s.sent[0])
		if last < 75*time.Second || last > 90*time.Second {
			t.Errorf("last request after %v, want 75 s and some", last)
		}
		if n := len(s.sent); n < 7 || n > 15 {
			t.Errorf("%d requests, want 7 to 15", n)
		}
	})
}

// TestCalm: an answer in between ends the growth.
func TestCalm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{{code: 429}, {code: 404}, {code: 429}, {}}}
		c := client(t, s)
		for range 2 {
			if _, _, err := get(t.Context(), c, address); err != nil {
				t.Fatal(err)
			}
		}
		if gap := s.gaps()[2]; gap < 5*time.Second || gap > 6*time.Second {
			t.Errorf("second refusal was waited for %v, want 5 s", gap)
		}
	})
}

// TestWaitHonoursContext: whatever a call waits for, it stops when told to.
func TestWaitHonoursContext(t *testing.T) {
	tests := map[string]struct {
		first  reply
		change func(*httpx.Options)
	}{
		"limit":       {reply{code: 429, header: map[string]string{"Retry-After": "60"}}, func(*httpx.Options) {}},
		"back-off":    {reply{err: errors.New("reset"), takes: 4500 * time.Millisecond}, func(*httpx.Options) {}},
		"concurrency": {reply{takes: 30 * time.Second}, func(o *httpx.Options) { o.Concurrency = 1 }},
		"rate":        {reply{}, func(o *httpx.Options) { o.Rate = 0.1 }},
		"answer":      {reply{takes: 30 * time.Second}, func(*httpx.Options) {}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{tt.first}}
				c := client(t, s, tt.change)
				why := errors.New("reloading")
				ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, why)
				defer cancel()
				begin := time.Now()
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() {
						if _, _, err := get(ctx, c, address); err != nil && !errors.Is(err, why) {
							t.Errorf("got %v, want %v", err, why)
						}
					})
				}
				wg.Wait()
				if took := time.Since(begin); took != 5*time.Second {
					t.Errorf("took %v, want 5s", took)
				}
			})
		})
	}
}

// TestConcurrencyAndRate: never more in flight, never more a second.
func TestConcurrencyAndRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{{takes: 50 * time.Millisecond}}}
		c := client(t, s, func(o *httpx.Options) { o.Concurrency, o.Rate = 3, 10 })
		var wg sync.WaitGroup
		for range 60 {
			wg.Go(func() {
				if _, _, err := get(t.Context(), c, address); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if s.peak != 3 {
			t.Errorf("%d in flight, want 3", s.peak)
		}
		for i := range s.sent {
			n := 0
			for _, at := range s.sent[i:] {
				if at.Sub(s.sent[i]) < time.Second {
					n++
				}
			}
			if n > 20 { // the burst, and what the next second allows
				t.Errorf("%d requests within a second", n)
			}
		}
		if took := s.sent[59].Sub(s.sent[0]); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("60 requests took %v, want 5 s at 10 a second with a burst of 10", took)
		}
	})
}
