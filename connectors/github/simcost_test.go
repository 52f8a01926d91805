package github_test

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestRequestsPerCycle counts what a poll costs when nothing changed, and when
// one item in a hundred did, against the least there could be: a request for
// each repository, or the pages that hold the changes if they are more.
func TestRequestsPerCycle(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		repo string
	}{
		{"archive", []string{"--github-data", data("github-pulls.jsonl.gz"), "--as-of", "2026-01-01T00:00:00Z"}, "appcelerator/alloy"},
		{"acme", []string{"--jira", "cloud", "--scenario", filepath.Join(filepath.Dir(data("")), "trackersim", "scenarios", "acme.json")}, "acme/*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := startSim(t, append([]string{"--github", "ghec", "--github-auth", "bearer:secret"}, test.args...)...)
			c, m := s.connector("secret", test.repo), newMemory(t)
			m.must(m.changes(c))
			first := s.journal("first sync")
			m.must(m.changes(c))
			idle, least := s.journal("idle"), len(m.site.Projects)
			m.must(m.sweep(c))
			sweep := s.journal("sweep")

			var keys []string
			for _, o := range m.items {
				keys = append(keys, o.Item.Key)
			}
			slices.Sort(keys)
			var ops []map[string]any
			for i := 0; i < len(keys); i += 100 {
				ops = append(ops, map[string]any{"op": "github.comment", "issue": keys[i], "body": "Blocked by #1"})
			}
			s.Post("/_sim/clock", map[string]string{"advance": "1h"})
			s.Post("/_sim/mutate", ops)
			m.must(m.changes(c))
			some := s.journal("one in a hundred changed")
			t.Logf("%d items in %d repositories, %d open: first sync %d requests, idle %d, %d changes %d (at least %d), sweep %d",
				len(keys), least, len(m.open()), first.Requests, idle.Requests, len(ops), some.Requests, least, sweep.Requests)
			if idle.Requests != least || some.Requests > least+1 || sweep.Requests > (len(m.open())+99)/100 {
				t.Error("that is more than needed")
			}
		})
	}
}
