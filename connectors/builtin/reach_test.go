package builtin_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/builtin"
)

// overHTTP are configurations of the types that speak HTTP, at an address.
var overHTTP = map[string]string{
	"jira":   "{name: a, type: jira, url: %s, projects: [PAY], http: {%s}}",
	"github": "{name: a, type: github, url: %s/api/v3, auth: {token_env: TOKEN}, repositories: [acme/api], http: {%s}}",
	"oauth":  "{name: a, type: jira, url: %s, projects: [PAY], auth: {oauth2: {client_id: a, client_secret_env: TOKEN, refresh_token_env: TOKEN}}, http: {%s}}",
}

// ask loads a configuration file in dir and tries its tracker.
func ask(ctx context.Context, t *testing.T, dir, tracker string) error {
	t.Helper()
	file := filepath.Join(dir, "waitgraph.yml")
	if err := os.WriteFile(file, []byte("trackers:\n  - "+tracker+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, warnings, err := config.Load(file, builtin.Registry())
	if err != nil || len(warnings) > 0 {
		t.Fatalf("loading gives warnings %v and error:\n%v", warnings, err)
	}
	secret := connectors.SecretReader(c.Dir, func(string) string { return "hunter2" })
	connector, err := c.Trackers[0].Config.New(connectors.Options{
		Name: "a", Secret: secret,
		Keep: func(context.Context, []byte) error { return nil },
		Kept: func(context.Context) ([]byte, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = connector.(connectors.Checker).Check(ctx)
	return err
}

// absent answers every request, and counts them.
func absent(n *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "{}")
	}
}

// TestPrivateAuthority holds that a server with a certificate of an authority of
// one's own is asked only with that authority's file, and that the error without
// says so.
func TestPrivateAuthority(t *testing.T) {
	for _, kind := range []string{"jira", "github"} {
		t.Run(kind, func(t *testing.T) {
			var asked atomic.Int32
			server := httptest.NewUnstartedServer(absent(&asked))
			server.Config.ErrorLog = nil
			server.StartTLS()
			defer server.Close()
			dir := t.TempDir()
			certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
			if err := os.WriteFile(filepath.Join(dir, "ca.pem"), certificate, 0o644); err != nil {
				t.Fatal(err)
			}

			err := ask(t.Context(), t, dir, fmt.Sprintf(overHTTP[kind], server.URL, ""))
			if err == nil || !strings.Contains(err.Error(), "http.ca_file") || asked.Load() > 0 {
				t.Errorf("without ca_file %d requests came through, error: %v", asked.Load(), err)
			}
			err = ask(t.Context(), t, dir, fmt.Sprintf(overHTTP[kind], server.URL, "ca_file: ca.pem"))
			if asked.Load() == 0 || err == nil || strings.Contains(err.Error(), "certificate") {
				t.Errorf("with ca_file %d requests came through, error: %v", asked.Load(), err)
			}
		})
	}
}

// TestProxy holds that requests go through the configured proxy: by name, since
// the server's name need not be known here.
func TestProxy(t *testing.T) {
	for kind, want := range map[string]string{
		"jira":   "GET tracker.invalid",
		"github": "POST tracker.invalid",
		"oauth":  "CONNECT auth.atlassian.com:443",
	} {
		t.Run(kind, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var asked atomic.Int32
			var first atomic.Value
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				first.CompareAndSwap(nil, r.Method+" "+r.Host)
				if r.Method == http.MethodConnect {
					cancel() // nothing is behind this proxy
				}
				absent(&asked)(w, r)
			}))
			defer proxy.Close()
			err := ask(ctx, t, t.TempDir(), fmt.Sprintf(overHTTP[kind], "http://tracker.invalid", "proxy_url: "+proxy.URL))
			if err == nil || first.Load() != want {
				t.Errorf("the proxy was asked for %v, want %s; error: %v", first.Load(), want, err)
			}
		})
	}
}

// TestBadReach holds what is refused of the http keys, and that a proxy's
// credentials are not shown.
func TestBadReach(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key.pem"), []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cut.pem"), []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "w.yml")
	for keys, want := range map[string]string{
		"ca_file: nowhere.pem":                     "ca_file: there is no file ",
		"ca_file: key.pem":                         "holds no certificate in PEM form",
		"ca_file: cut.pem":                         "certificate 1 cannot be read",
		"proxy_url: proxy.example":                 "http.proxy_url: not an address that starts with",
		"proxy_url: ftp://proxy.example":           "http.proxy_url: not an address that starts with",
		"proxy_url: http://proxy.example:3128/a":   "http.proxy_url: must end with the port",
		"proxy_url: http://me:hunter2@proxy:3128":  "must not hold credentials",
		"proxy_url: 'http://me:hunter2@proxy:%zz'": "http.proxy_url: not an address",
	} {
		for kind, tracker := range overHTTP {
			text := "trackers:\n  - " + fmt.Sprintf(tracker, "https://tracker.example", keys) + "\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := config.Load(file, builtin.Registry())
			if err == nil || !strings.HasPrefix(err.Error(), file+":2:") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %s gives\n%v\nwant %s", kind, keys, err, want)
			}
		}
	}
}
