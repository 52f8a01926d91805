package github_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/github"
	"github.com/waitgraph/waitgraph/model"
)

const emptyRepository = `{"data":{"repository":{"id":"R","nameWithOwner":"acme/api","url":"u","issues":{"nodes":[]},"pullRequests":{"nodes":[]}}}}`

// Every request is reported, with the budget the answer tells.
func TestObserve(t *testing.T) {
	var requests []connectors.Request
	var budgets []model.Budget
	config := configure("https://api.github.com", "secret", "acme/api")
	c, err := config.New(connectors.Options{
		Name:   "gh",
		Secret: func(connectors.SecretRef) (connectors.Secret, error) { return connectors.NewSecret("secret"), nil },
		Transport: headers(func(r *http.Request) (int, string, http.Header) {
			if got := r.Header.Get("Authorization"); got != "Bearer secret" {
				t.Errorf("authorization is %q", got)
			}
			h := http.Header{}
			h.Set("X-RateLimit-Limit", "5000")
			h.Set("X-RateLimit-Remaining", "4990")
			h.Set("X-RateLimit-Reset", "1900000000")
			h.Set("X-RateLimit-Resource", "graphql")
			return http.StatusOK, `{"data":{"issue":{"fields":[]},"repository":{"id":"R","nameWithOwner":"acme/api","url":"u","issues":{"nodes":[]},"pullRequests":{"nodes":[]}}}}`, h
		}),
		Observe: func(r connectors.Request) { r.Took = 0; requests = append(requests, r) },
		Budget:  func(b model.Budget) { budgets = append(budgets, b) },
	})
	if err != nil {
		t.Fatal(err)
	}
	newMemory(t).must(newMemory(t).changes(c))
	if len(requests) != 2 || requests[0].Route != "POST /graphql" || requests[0].Code != 200 || requests[0].Bytes == 0 {
		t.Errorf("requests: %+v", requests)
	}
	want := model.Budget{Resource: "graphql", Limit: 5000, Remaining: 4990, Reset: time.Unix(1900000000, 0).UTC()}
	if len(budgets) != 2 || !cmp.Equal(budgets[0], want) {
		t.Errorf("budgets: %+v", budgets)
	}
}

// A secret that cannot be read is a matter of credentials, and nothing is sent.
func TestSecretMissing(t *testing.T) {
	config := configure("https://api.github.com", "secret", "acme/api")
	c, err := config.New(connectors.Options{
		Name: "gh",
		Secret: func(connectors.SecretRef) (connectors.Secret, error) {
			return connectors.Secret{}, errors.New("no such file")
		},
		Transport: headers(func(*http.Request) (int, string, http.Header) { t.Error("a request was sent"); return 200, "{}", nil }),
	})
	if err != nil {
		t.Fatal(err)
	}
	var auth *connectors.AuthError
	if err := newMemory(t).changes(c); !errors.As(err, &auth) {
		t.Errorf("got %v", err)
	}
}

// A plain address leads to the API, wherever the host has it.
func TestLocate(t *testing.T) {
	for _, test := range []struct {
		name, url, root string // where the server has its API
		kind            string // of the answer to other addresses
	}{
		{"at the root", "https://github.acme.example", "", "application/json"},
		{"an Enterprise Server", "https://github.acme.example", "/api/v3", "application/json"},
		{"an Enterprise Server with a login page", "https://github.acme.example/", "/api/v3", "text/html"},
		{"as configured", "https://github.acme.example/api/v3/", "/api/v3", "text/html"},
	} {
		t.Run(test.name, func(t *testing.T) {
			graphql := strings.TrimSuffix(test.root, "/v3") + "/graphql"
			next := headers(func(r *http.Request) (int, string, http.Header) {
				switch r.URL.Path {
				case test.root + "/meta":
					return http.StatusOK, "{}", nil
				case graphql:
					return http.StatusOK, `{"data":{"issue":{"fields":[]},"repository":{"id":"R","nameWithOwner":"acme/api","url":"https://github.acme.example/acme/api","issues":{"nodes":[]},"pullRequests":{"nodes":[]}}}}`,
						http.Header{"X-Github-Enterprise-Version": {"3.19.0"}}
				}
				if test.kind == "text/html" {
					return http.StatusOK, "<html>", nil
				}
				return http.StatusNotFound, `{"message":"Not Found"}`, nil
			})
			m := newMemory(t)
			m.must(m.changes(build(t, configure(test.url, "secret", "acme/api"), "secret", html(next))))
			if m.site.Product != "GitHub Enterprise Server 3.19.0" || !cmp.Equal(m.site.Hosts, []string{"github.acme.example"}) {
				t.Errorf("site: %+v", m.site)
			}
		})
	}
}

// A host whose answer does not tell where its API is is asked again.
func TestLocateLater(t *testing.T) {
	bad := ""
	next := headers(func(r *http.Request) (int, string, http.Header) {
		switch {
		case bad != "" && r.URL.Path == "/meta":
			return http.StatusOK, bad, nil
		case r.URL.Path == "/meta":
			return http.StatusOK, "{}", nil
		case r.URL.Path == "/graphql":
			return http.StatusOK, strings.Replace(emptyRepository, `{"data":{`, `{"data":{"issue":{"fields":[]},`, 1), nil
		}
		return http.StatusNotFound, `{"message":"Not Found"}`, nil
	})
	m := newMemory(t)
	c := build(t, configure("https://github.acme.example", "secret", "acme/api"), "secret", html(next))
	for want, body := range map[string]string{"answer": "{", "status": "<html>"} {
		bad = body
		if got := connectors.Reason(m.changes(c)); got != want {
			t.Errorf("%s is %s, want %s", body, got, want)
		}
	}
	bad = ""
	m.must(m.changes(c))
}

// html says so of bodies that are.
func html(next headers) headers {
	return func(r *http.Request) (int, string, http.Header) {
		code, body, h := next(r)
		if strings.HasPrefix(body, "<html") {
			h = http.Header{"Content-Type": {"text/html"}}
		}
		return code, body, h
	}
}

// A GitHub App signs for a token, uses it for its life and renews it before its end.
func TestApp(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	secret := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	synctest.Test(t, func(t *testing.T) {
		issued := 0
		next := headers(func(r *http.Request) (int, string, http.Header) {
			token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			if r.URL.Path == "/app/installations/34/access_tokens" {
				claims := &jwt.RegisteredClaims{}
				_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
					jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("12"), jwt.WithIssuedAt(), jwt.WithExpirationRequired(), jwt.WithTimeFunc(time.Now))
				if err != nil || claims.ExpiresAt.Sub(claims.IssuedAt.Time) > 10*time.Minute {
					t.Errorf("the statement is not valid: %v", err)
				}
				issued++
				return http.StatusCreated, fmt.Sprintf(`{"token":"t%d","expires_at":%q}`, issued, time.Now().Add(time.Hour).Format(time.RFC3339)), nil
			}
			if want := fmt.Sprintf("t%d", issued); token != want {
				t.Errorf("token %q, want %q", token, want)
			}
			return http.StatusOK, strings.Replace(emptyRepository, `{"data":{`, `{"data":{"issue":{"fields":[]},`, 1), nil
		})
		config := configure(github.DefaultURL, "", "acme/api")
		config.Auth.App = &github.App{ID: 12, InstallationID: 34, PrivateKeyFile: "k.pem"}
		c, m := build(t, config, secret, next), newMemory(t)
		for i, want := range []int{1, 1, 2} {
			m.must(m.changes(c))
			if issued != want {
				t.Errorf("after poll %d %d tokens were issued, want %d", i+1, issued, want)
			}
			time.Sleep(28 * time.Minute)
		}
	})
}

// An installation that is gone is a matter of credentials.
func TestAppRefused(t *testing.T) {
	config := configure(github.DefaultURL, "", "acme/api")
	config.Auth.App = &github.App{ID: 12, InstallationID: 34, PrivateKeyFile: "k.pem"}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	for name, secret := range map[string]string{"no installation": good, "no key": "not a key"} {
		t.Run(name, func(t *testing.T) {
			c := build(t, config, secret, headers(func(*http.Request) (int, string, http.Header) {
				return http.StatusNotFound, `{"message":"Not Found"}`, nil
			}))
			var auth *connectors.AuthError
			err := newMemory(t).changes(c)
			if !errors.As(err, &auth) || strings.Contains(err.Error(), "not a key") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// When a token ends is told by GitHub's answers, else by the config; of an App's
// tokens, which are renewed, it does not matter.
func TestTokenEnd(t *testing.T) {
	const header = "GitHub-Authentication-Token-Expiration"
	var day connectors.Day
	if err := day.UnmarshalText([]byte("2027-01-31")); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		said       string
		configured connectors.Day
		want       string
	}{
		"told":                {said: "2026-10-07 19:07:53 UTC", configured: day, want: "2026-10-07T19:07:53Z"},
		"told with an offset": {said: "2026-10-07 19:07:53 -0700", want: "2026-10-08T02:07:53Z"},
		"configured":          {configured: day, want: "2027-01-31T00:00:00Z"},
		"neither":             {want: "0001-01-01T00:00:00Z"},
		"nonsense":            {said: "soon", want: "0001-01-01T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.add("acme/api", 1, 0)
			f.meddle = func(w http.ResponseWriter, _ *http.Request, _ string, _ object) bool {
				w.Header().Set(header, test.said)
				return false
			}
			config := configure(f.url, "secret", "acme/api")
			config.Auth.Expires = test.configured
			var ends time.Time
			c, err := config.New(connectors.Options{
				Name:    "gh",
				Secret:  func(connectors.SecretRef) (connectors.Secret, error) { return connectors.NewSecret("secret"), nil },
				Expires: func(at time.Time) { ends = at },
			})
			if err != nil {
				t.Fatal(err)
			}
			m := newMemory(t)
			m.must(m.changes(c))
			if got := ends.Format(time.RFC3339); got != test.want {
				t.Errorf("the token ends %s, want %s", got, test.want)
			}
		})
	}
}
