package jira_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

// scoped is Atlassian's gateway in front of a fake site, as API tokens with
// scopes need it. Nobody else is to be asked, and nothing but the site's part
// of the gateway.
func scoped(t *testing.T, f *fake, answer func(*http.Request) *http.Response) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		if r.URL.Scheme != "https" || r.URL.Host != "api.atlassian.com" {
			t.Errorf("asked %s://%s", r.URL.Scheme, r.URL.Host)
		}
		if user, token, ok := r.BasicAuth(); !ok || user != "bot@acme.example" || token != "swordfish" {
			t.Errorf("%s came from %q with %q", r.URL.Path, user, token)
		}
		path, ok := strings.CutPrefix(r.URL.Path, "/ex/jira/ab-12/")
		if !ok {
			t.Errorf("asked for %s", r.URL.Path)
		}
		if answer != nil {
			if resp := answer(r); resp != nil {
				resp.Request = r
				return resp, nil
			}
		}
		moved := r.Clone(r.Context())
		moved.URL = &url.URL{Scheme: "https", Host: "acme.example", Path: "/jira/" + path, RawQuery: r.URL.RawQuery}
		return f.RoundTrip(moved)
	}
}

func scopedToken(c *jira.Config) {
	c.URL = "https://api.atlassian.com/ex/jira/ab-12"
	c.Auth = jira.Auth{Email: "bot@acme.example", TokenEnv: "TOKEN"}
}

// Through the gateway everything is asked that is asked of a site itself, and
// items and links to them have the addresses people see.
func TestScopedToken(t *testing.T) {
	f := newFake(t, true)
	f.add("1", "PAY-1", time.Hour, map[string]any{"description": "Blocked by https://acme.example/jira/browse/PLAT-2"})
	f.add("2", "PLAT-2", time.Hour, nil).remote = []any{map[string]any{
		"id": 7, "relationship": "is blocked by", "object": map[string]any{"url": "https://acme.example/jira/browse/OPS-3"},
	}}
	c, r := f.connectBy(scoped(t, f, nil), scopedToken), newRecord()
	r.poll(t, c)
	for _, key := range []string{"PAY-1", "PLAT-2"} {
		if got, want := r.item(t, key).Item.URL, "https://acme.example/jira/browse/"+key; got != want {
			t.Errorf("%s is at %s, want %s", key, got, want)
		}
	}
	if got := strings.Join(r.site.Hosts, " "); got != "api.atlassian.com/ex/jira/ab-12 acme.example/jira" {
		t.Errorf("people see it at %s", got)
	}
	if got := r.item(t, "PAY-1").Claims; len(got) != 1 || got[0].Kind != model.Blocks || got[0].Target.Key != "PLAT-2" || got[0].Target.Host != "acme.example/jira" {
		t.Errorf("PAY-1 claims %+v", got)
	}

	var known []*model.Record
	for _, o := range r.items {
		known = append(known, &model.Record{Item: o.Item, Claims: o.Claims})
	}
	for b, err := range c.Complete(t.Context(), known) {
		if err != nil {
			t.Fatal(err)
		}
		r.add(b)
	}
	if got := r.item(t, "PLAT-2").Claims; len(got) != 1 || got[0].Target.Key != "OPS-3" || got[0].Target.Host != "acme.example/jira" {
		t.Errorf("PLAT-2 claims %+v", got)
	}
	for b, err := range c.Sweep(t.Context(), known) {
		if err != nil {
			t.Fatal(err)
		}
		r.add(b)
	}
	if _, err := c.Census(t.Context(), known); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Ask(t.Context(), []string{"OPS-9"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	asked := strings.Join(f.requests(), "\n")
	for _, path := range []string{"search/jql", "changelog/bulkfetch", "remotelink", "issue/OPS-9", "myself"} {
		if !strings.Contains(asked, path) {
			t.Errorf("nobody asked for %s", path)
		}
	}
}

// The token goes to the gateway only, though the site has an address of its own.
func TestScopedTokenStays(t *testing.T) {
	for name, elsewhere := range map[string]string{
		"the site":       "https://acme.example/jira/rest/api/2/serverInfo",
		"another host":   "https://evil.example/ex/jira/ab-12/rest/api/2/serverInfo",
		"without TLS":    "http://api.atlassian.com/ex/jira/ab-12/rest/api/2/serverInfo",
		"another's port": "https://api.atlassian.com:8443/ex/jira/ab-12/rest/api/2/serverInfo",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, true)
			err := newRecord().try(t, f.connectBy(scoped(t, f, func(r *http.Request) *http.Response {
				resp := reply(http.StatusFound, "application/json", "{}")
				resp.Header.Set("Location", elsewhere)
				return resp
			}), scopedToken), -1)
			if got := connectors.Reason(err); got != "answer" || !strings.Contains(err.Error(), "https://api.atlassian.com:443") {
				t.Errorf("reason %s, error %v", got, err)
			}
		})
	}
}

// What the gateway says of a token without the scopes, and of an id that is no site's.
func TestScopedTokenRefused(t *testing.T) {
	for name, test := range map[string]struct {
		code int
		body string
		says string
	}{
		"scope": {401, `{"code":401,"message":"Unauthorized; scope does not match"}`, "scope does not match"},
		"token": {401, `{"code":401,"message":"Unauthorized"}`, "Unauthorized"},
		"site":  {404, `{"timestamp":"2026-03-10T12:00:00Z","status":404,"error":"Not Found","message":"No message available","path":"/ex/jira/ab-12"}`, "there is no Jira at https://api.atlassian.com/ex/jira/ab-12: "},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, true)
			err := newRecord().try(t, f.connectBy(scoped(t, f, func(*http.Request) *http.Response {
				return reply(test.code, "application/json", test.body)
			}), scopedToken), -1)
			var auth *connectors.AuthError
			if err == nil || errors.As(err, &auth) != (test.code == 401) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "swordfish") {
				t.Errorf("error %v", err)
			}
		})
	}
}
