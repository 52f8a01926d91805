package builtin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/builtin"
)

// TestSecretsAreReadOnUse holds that a token that was changed in its file is sent
// from then on by a connector that runs.
func TestSecretsAreReadOnUse(t *testing.T) {
	for kind, tracker := range map[string]string{
		"jira":   "{name: a, type: jira, url: %s, auth: {bearer_token_file: token}, projects: [PAY]}",
		"github": "{name: a, type: github, url: %s/api/v3, auth: {token_file: token}, repositories: [acme/api]}",
	} {
		t.Run(kind, func(t *testing.T) {
			var mu sync.Mutex
			var sent []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				sent = append(sent, r.Header.Get("Authorization"))
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusNotFound)
				fmt.Fprint(w, "{}")
			}))
			defer server.Close()
			dir := t.TempDir()
			write := func(name, text string) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("token", "first-token\n")
			write("waitgraph.yml", "trackers:\n  - "+fmt.Sprintf(tracker, server.URL)+"\n")
			c, _, err := config.Load(filepath.Join(dir, "waitgraph.yml"), builtin.Registry())
			if err != nil {
				t.Fatal(err)
			}
			connector, err := c.Trackers[0].Config.New(connectors.Options{Name: "a", Secret: connectors.SecretReader(c.Dir, func(string) string { return "" })})
			if err != nil {
				t.Fatal(err)
			}
			for _, token := range []string{"first-token", "second-token"} {
				write("token", token+"\n")
				sent = nil
				if _, _, err := connector.(connectors.Checker).Check(t.Context()); err == nil {
					t.Error("a server that has nothing passes the check")
				}
				if got := slices.Compact(sent); !slices.Equal(got, []string{"Bearer " + token}) {
					t.Errorf("sent %q, want %s", got, token)
				}
			}
		})
	}
}
