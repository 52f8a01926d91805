package jira_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/jira"
)

// atlassian is the token endpoint and the gateway in front of a fake site. Each
// refresh token is good for one exchange.
type atlassian struct {
	t      *testing.T
	site   *fake
	n      int    // exchanges
	valid  string // the refresh token that is
	access string // the access token that is
	keeps  []byte // what the connector keeps
	// brokenKeep and brokenToken make keeping and exchanging fail.
	brokenKeep  error
	brokenToken *http.Response
	crash       bool // the process dies before it can use a new token
	asked       []string
	secrets     map[string]string
}

func newAtlassian(t *testing.T) *atlassian {
	a := &atlassian{t: t, site: newFake(t, true), valid: "refresh-0", secrets: map[string]string{"CLIENT": "client-secret", "REFRESH": "refresh-0"}}
	a.site.add("1", "PAY-1", time.Hour, nil)
	return a
}

func (a *atlassian) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = append(a.asked, r.URL.Host+r.URL.Path)
	resp := a.answer(r)
	if resp == nil {
		return nil, errors.New("died")
	}
	resp.Request = r
	return resp, nil
}

func (a *atlassian) answer(r *http.Request) *http.Response {
	switch {
	case r.URL.Host == "auth.atlassian.com":
		if err := r.ParseForm(); err != nil || r.Method != "POST" || r.URL.Path != "/oauth/token" || r.Header.Get("Authorization") != "" {
			a.t.Errorf("token request %s %s: %v", r.Method, r.URL, err)
		}
		f := r.PostForm
		if f.Get("grant_type") != "refresh_token" || f.Get("client_id") != "app" || f.Get("client_secret") != "client-secret" {
			a.t.Errorf("token request %v", f)
		}
		if a.brokenToken != nil {
			return a.brokenToken
		}
		if f.Get("refresh_token") != a.valid {
			return reply(403, "application/json", `{"error":"unauthorized_client","error_description":"refresh_token is invalid"}`)
		}
		a.n++
		a.valid, a.access = fmt.Sprintf("refresh-%d", a.n), fmt.Sprintf("access-%d", a.n)
		return reply(200, "application/json", mustJSON(map[string]any{"access_token": a.access, "refresh_token": a.valid, "expires_in": 3600, "token_type": "Bearer"}))
	case r.URL.Host != "api.atlassian.com":
		a.t.Errorf("asked %s", r.URL.Host)
	}
	if a.crash {
		return nil
	}
	if r.Header.Get("Authorization") != "Bearer "+a.access {
		return reply(401, "application/json", `{"code":401,"message":"Unauthorized"}`)
	}
	if !strings.Contains(string(a.keeps), `"`+a.valid+`"`) {
		a.t.Errorf("%s was used before %s was kept", a.access, a.valid)
	}
	if r.URL.Path == "/oauth/token/accessible-resources" {
		return reply(200, "application/json", `[{"id":"ffff","url":"https://other.example"},{"id":"ab-12","url":"https://acme.example/jira"}]`)
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/ex/jira/ab-12/")
	if !ok {
		return reply(404, "application/json", `{}`)
	}
	moved := r.Clone(r.Context())
	moved.URL = &url.URL{Scheme: "https", Host: "acme.example", Path: "/jira/" + path, RawQuery: r.URL.RawQuery}
	resp, err := a.site.RoundTrip(moved)
	if err != nil {
		a.t.Error(err)
	}
	return resp
}

// process starts a connector with what the last one kept.
func (a *atlassian) process(change func(*jira.Config)) *jira.Connector {
	a.t.Helper()
	cfg := jira.NewConfig().(*jira.Config)
	cfg.URL, cfg.Projects = "https://acme.example/jira", []string{"PAY"}
	cfg.Auth.OAuth2 = &jira.OAuth{ClientID: "app", ClientSecretEnv: "CLIENT", RefreshTokenEnv: "REFRESH"}
	if change != nil {
		change(cfg)
	}
	if err := cfg.Validate(); err != nil {
		a.t.Fatal(err)
	}
	c, err := cfg.New(connectors.Options{
		Name: "acme", UserAgent: "waitgraph-test", Transport: a,
		Secret: connectors.SecretReader(a.t.TempDir(), func(name string) string { return a.secrets[name] }),
		Kept:   func(context.Context) ([]byte, error) { return a.keeps, nil },
		Keep: func(_ context.Context, data []byte) error {
			if a.brokenKeep == nil {
				a.keeps = data
			}
			return a.brokenKeep
		},
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return c.(*jira.Connector)
}

func (a *atlassian) refused(err error) {
	a.t.Helper()
	var auth *connectors.AuthError
	if !errors.As(err, &auth) {
		a.t.Errorf("error %v (%T)", err, err)
	}
	for _, secret := range []string{"refresh-", "access-", "client-secret"} {
		if err != nil && strings.Contains(err.Error(), secret) {
			a.t.Errorf("the error tells a secret: %v", err)
		}
	}
}

func TestOAuth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAtlassian(t)
		c, r := a.process(nil), newRecord()
		r.poll(t, c)
		if r.keys() != "PAY-1" || r.item(t, "PAY-1").Item.URL != "https://acme.example/jira/browse/PAY-1" {
			t.Errorf("read %s", r.keys())
		}
		<-time.After(50 * time.Minute)
		r.poll(t, c)
		if a.n != 1 {
			t.Errorf("%d exchanges within the life of a token", a.n)
		}
		<-time.After(10 * time.Minute)
		r.poll(t, c)
		r.poll(t, a.process(nil)) // a restart goes on with what is kept
		if a.n != 2 {
			t.Errorf("%d exchanges after an hour", a.n)
		}
		<-time.After(90 * 24 * time.Hour)
		r.poll(t, a.process(func(c *jira.Config) { c.Auth.OAuth2.CloudID = "ab-12" }))
		if a.n != 3 {
			t.Errorf("%d exchanges after some months", a.n)
		}
		var k map[string]any
		if json.Unmarshal(a.keeps, &k) != nil || k["refresh"] != "refresh-3" {
			t.Errorf("kept %s", a.keeps)
		}
	})
}

// A process that dies after an exchange, before the token was used.
func TestOAuthCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAtlassian(t)
		a.crash = true
		if err := newRecord().try(t, a.process(nil), -1); err == nil {
			t.Error("no error")
		}
		a.crash = false
		<-time.After(2 * time.Hour)
		newRecord().poll(t, a.process(nil))
		if a.n != 2 {
			t.Errorf("%d exchanges", a.n)
		}
	})
}

// Storage that cannot keep anything costs no token, and what could not be kept
// is not used until it can.
func TestOAuthKeepFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAtlassian(t)
		a.brokenKeep = errors.New("disk full")
		c := a.process(nil)
		for range 3 {
			if err := newRecord().try(t, c, -1); err == nil || !strings.Contains(err.Error(), "disk full") {
				t.Errorf("error %v", err)
			}
		}
		if a.n != 0 {
			t.Errorf("%d tokens were spent", a.n)
		}
		a.brokenKeep = nil
		newRecord().poll(t, c)
		if a.n != 1 {
			t.Errorf("%d exchanges", a.n)
		}
	})
}

// A grant that ended is not asked about again until it is renewed.
func TestOAuthRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAtlassian(t)
		c, r := a.process(nil), newRecord()
		r.poll(t, c)
		a.valid = "somebody else used it"
		<-time.After(2 * time.Hour)
		a.asked = nil
		for range 3 {
			a.refused(r.try(t, c, -1))
		}
		if len(a.asked) != 1 {
			t.Errorf("asked %v", a.asked)
		}
		a.valid, a.secrets["REFRESH"] = "refresh-anew", "refresh-anew"
		r.poll(t, c)

		// An access token that was revoked is replaced.
		a.access = "another"
		a.refused(r.try(t, c, -1))
		r.poll(t, c)
	})
}

func TestOAuthTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAtlassian(t)
		c := a.process(nil)
		a.brokenToken = reply(503, "text/html", "refresh-0 is down")
		err := newRecord().try(t, c, -1)
		if got := connectors.Reason(err); got != "status" || strings.Contains(err.Error(), "refresh-0") {
			t.Errorf("error %v, reason %s", err, got)
		}
		a.brokenToken = nil
		newRecord().poll(t, c)

		elsewhere := newAtlassian(t)
		err = newRecord().try(t, elsewhere.process(func(c *jira.Config) { c.URL = "https://third.example" }), -1)
		elsewhere.refused(err)
		if !strings.Contains(err.Error(), "https://other.example, https://acme.example/jira") {
			t.Errorf("error %v", err)
		}

		// Without storage nothing is spent.
		cfg := jira.NewConfig().(*jira.Config)
		cfg.URL, cfg.Projects = "https://acme.example/jira", []string{"PAY"}
		cfg.Auth.OAuth2 = &jira.OAuth{ClientID: "app", ClientSecretEnv: "CLIENT", RefreshTokenEnv: "REFRESH"}
		made, err := cfg.New(connectors.Options{Name: "acme", Transport: a, Secret: connectors.SecretReader("", func(string) string { return "x" })})
		if err != nil {
			t.Fatal(err)
		}
		a.asked = nil
		a.refused(func() error { _, _, err := made.(*jira.Connector).Check(t.Context()); return err }())
		if len(a.asked) != 0 {
			t.Errorf("asked %v", a.asked)
		}
	})
}
