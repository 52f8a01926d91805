package jira_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
	"github.com/waitgraph/waitgraph/model"
)

func TestAuthorization(t *testing.T) {
	for name, test := range map[string]struct {
		auth jira.Auth
		want string
	}{
		"none":   {jira.Auth{}, ""},
		"basic":  {jira.Auth{Email: "bot@acme.example", TokenEnv: "TOKEN"}, "Basic Ym90QGFjbWUuZXhhbXBsZTpzd29yZGZpc2g="},
		"bearer": {jira.Auth{BearerTokenEnv: "TOKEN"}, "Bearer swordfish"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, true)
			f.intercept = func(r *http.Request, _ string) *http.Response {
				if got := r.Header.Get("Authorization"); got != test.want {
					t.Errorf("%s sent %q", r.URL.Path, got)
				}
				if got := r.Header.Get("User-Agent"); got != "waitgraph-test" {
					t.Errorf("%s sent by %q", r.URL.Path, got)
				}
				return nil
			}
			newRecord().poll(t, f.connect(func(c *jira.Config) { c.Auth = test.auth }))
		})
	}
}

func TestErrors(t *testing.T) {
	basic := jira.Auth{Email: "bot@acme.example", TokenEnv: "TOKEN"}
	answer := func(code int, body string, header ...string) *http.Response {
		resp := reply(code, "application/json", body)
		for i := 0; i < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp
	}
	for name, test := range map[string]struct {
		auth   jira.Auth
		answer func() *http.Response
		reason string
		says   string
	}{
		"401": {basic, func() *http.Response {
			return answer(401, `{"errorMessages":["Client must be authenticated"]}`)
		}, "auth", "Client must be authenticated"},
		"401 in html": {basic, func() *http.Response { return reply(401, "text/html", "<html>Unauthorized") }, "auth", "401"},
		"wrong token answered as to a visitor": {basic, func() *http.Response {
			return answer(200, `{"issues":[],"total":0}`, "X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
		}, "auth", "AUTHENTICATED_FAILED"},
		"captcha": {basic, func() *http.Response {
			return answer(403, `{}`, "X-Seraph-LoginReason", "AUTHENTICATION_DENIED")
		}, "auth", "AUTHENTICATION_DENIED"},
		"403": {basic, func() *http.Response { return answer(403, `{"message":"not\nallowed"}`) }, "status", "status 403 for POST /rest/api/2/search: not allowed"},
		"410": {basic, func() *http.Response { return answer(410, `{"errorMessages":["removed"]}`) }, "status", "410"},
		"429": {basic, func() *http.Response { return answer(429, `{}`, "Retry-After", "3600") }, "rate_limit", "rate limited until 2000-01-01T01"},
		"503": {basic, func() *http.Response { return answer(503, `{}`) }, "status", "503"},
		"long complaint": {basic, func() *http.Response {
			return answer(400, `{"errors":{"jql":"`+strings.Repeat("x", 5000)+`"}}`)
		}, "status", "jql: xxx"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t, false)
				f.intercept = func(r *http.Request, _ string) *http.Response {
					if searching(r) {
						return test.answer()
					}
					return nil
				}
				err := newRecord().try(t, f.connect(func(c *jira.Config) { c.Auth = test.auth }), -1)
				if err == nil {
					t.Fatal("no error")
				}
				if got := connectors.Reason(err); got != test.reason || !strings.Contains(err.Error(), test.says) {
					t.Errorf("reason %s, error %v", got, err)
				}
				if s := err.Error(); strings.Contains(s, "swordfish") || len(s) > 600 || strings.Contains(s, "\n") {
					t.Errorf("error %q", s)
				}
			})
		})
	}
}

func TestUnreadableSecret(t *testing.T) {
	f := newFake(t, false)
	err := newRecord().try(t, f.connect(func(c *jira.Config) { c.Auth = jira.Auth{BearerTokenFile: "not-there"} }), -1)
	var auth *connectors.AuthError
	if !errors.As(err, &auth) || len(f.requests()) != 0 {
		t.Errorf("error %v after %v", err, f.requests())
	}
}

// Without credentials 401 is about the issue, with them about the credentials.
func TestUnauthorizedIssue(t *testing.T) {
	for name, auth := range map[string]jira.Auth{"anonymous": {}, "bearer": {BearerTokenEnv: "TOKEN"}} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, false)
			f.intercept = func(r *http.Request, _ string) *http.Response {
				if strings.Contains(r.URL.Path, "/issue/") {
					return reply(401, "application/json", `{"errorMessages":["You do not have the permission to see the specified issue."]}`)
				}
				return nil
			}
			b, err := f.connect(func(c *jira.Config) { c.Auth = auth }).Ask(t.Context(), []string{"PAY-1"})
			var refused *connectors.AuthError
			if name == "bearer" {
				if !errors.As(err, &refused) {
					t.Errorf("error %v", err)
				}
				return
			}
			if d := cmp.Diff([]model.Answer{{Key: "PAY-1", Reason: model.Forbidden}}, b.Answers); d != "" || err != nil {
				t.Errorf("%v, answers (-want +got):\n%s", err, d)
			}
		})
	}
}

func TestObserve(t *testing.T) {
	f := newFake(t, false)
	f.add("1", "PAY-1", time.Hour, nil)
	f.intercept = func(r *http.Request, _ string) *http.Response {
		if !strings.HasSuffix(r.URL.Path, "/issue/PAY-1") {
			return nil
		}
		resp := reply(200, "application/json", mustJSON(f.issues[0].json()))
		resp.Header.Set("X-RateLimit-Limit", "100")
		resp.Header.Set("X-RateLimit-Remaining", "12")
		return resp
	}
	cfg := jira.NewConfig().(*jira.Config)
	cfg.URL, cfg.Projects = f.base, []string{"PAY"}
	var routes []string
	var budget model.Budget
	c, err := cfg.New(connectors.Options{
		Name: "acme", Transport: f,
		Observe: func(r connectors.Request) { routes = append(routes, r.Route) },
		Budget:  func(b model.Budget) { budget = b },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.(connectors.Asker).Ask(t.Context(), []string{"PAY-1"}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET /rest/api/2/serverInfo", "GET /rest/api/2/field", "GET /rest/api/2/priority", "GET /rest/api/2/status", "GET /rest/api/2/project", "GET /rest/api/2/issue/{issueIdOrKey}",
	}
	if d := cmp.Diff(want, routes); d != "" {
		t.Errorf("routes (-want +got):\n%s", d)
	}
	if budget != (model.Budget{Resource: "requests", Limit: 100, Remaining: 12}) {
		t.Errorf("budget %+v", budget)
	}
}
