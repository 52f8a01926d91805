package connectortest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/connectors/connectortest"
	"github.com/waitgraph/waitgraph/internal/trackersim"
)

// simulator is the tracker simulator with a scenario of its own: two Jira sites
// and GitHub, which can be changed.
type simulator struct {
	control string
	urls    map[string]string
	made    atomic.Int64
	hidden  string // the GitHub issue that Touch touches
}

const (
	simItems = 130 // of each tracker: more than a page
	simToken = "conformance-token"
)

func simulate(t *testing.T) *simulator {
	t.Helper()
	type object = map[string]any
	jiraSite := func(name string) object {
		site := object{"site": name, "projects": []object{{"key": "AA", "name": "A"}, {"key": "BB", "name": "B"}, {"key": "NIL", "name": "Empty"}}}
		var issues []object
		for n := range simItems {
			key := [2]string{"AA", "BB"}[n%2]
			issues = append(issues, object{"id": strconv.Itoa(50000 + n), "key": fmt.Sprintf("%s-%d", key, n+1), "summary": fmt.Sprintf("item %d", n), "created": fmt.Sprintf("-%dh", n+1)})
		}
		site["issues"], site["links"] = issues, []object{{"type": "Blocks", "from": "AA-1", "to": "BB-2"}, {"type": "Blocks", "from": "AA-5", "to": "AA-7"}}
		return site
	}
	var things []object
	for n := range simItems {
		things = append(things, object{"ref": fmt.Sprintf("%s#%d", [2]string{"a", "b"}[n%2], n+1), "title": fmt.Sprintf("item %d", n), "created": fmt.Sprintf("-%dh", n+1), "pr": n%10 == 9})
	}
	scenario, err := json.Marshal(object{
		"now": "2026-03-10T12:00:00Z", "jira": []object{jiraSite("cloud"), jiraSite("centre")},
		"github": object{"org": "acme", "repos": []object{{"name": "a"}, {"name": "b"}, {"name": "nil"}}, "issues": things},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "scenario.json")
	if err := os.WriteFile(file, scenario, 0o600); err != nil {
		t.Fatal(err)
	}
	sim := trackersim.Start(t, os.Getenv(trackersim.Folder), "--jira", "name=cloud,kind=cloud,auth=bearer:"+simToken, "--jira", "name=centre,kind=dc,auth=bearer:"+simToken,
		"--github", "ghec", "--github-auth", "bearer:"+simToken, "--scenario", file)
	return &simulator{control: sim.Control, urls: map[string]string{"cloud": sim.Jira["cloud"], "centre": sim.Jira["centre"], "github": sim.GitHub}}
}

func (s *simulator) post(ctx context.Context, path string, body any, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.control+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %s %w", path, resp.Status, answer, err)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// mutate applies operations, a moment after what was before.
func (s *simulator) mutate(ctx context.Context, ops ...map[string]any) (map[string]any, error) {
	if err := s.post(ctx, "/_sim/clock", map[string]string{"advance": "1m"}, nil); err != nil {
		return nil, err
	}
	var answer struct{ Results []map[string]any }
	if err := s.post(ctx, "/_sim/mutate", map[string]any{"ops": ops}, &answer); err != nil {
		return nil, err
	}
	return answer.Results[0], nil
}

type op = map[string]any

// jira is the changes of a site.
func (s *simulator) jira(site string) func(context.Context, connectortest.Happening, string) (connectortest.Changed, error) {
	touched := func(ctx context.Context, native, name string, o op) (connectortest.Changed, error) {
		o["op"], o["site"] = "jira."+name, site
		_, err := s.mutate(ctx, o)
		return connectortest.Changed{Native: native}, err
	}
	return func(ctx context.Context, what connectortest.Happening, title string) (connectortest.Changed, error) {
		switch what {
		case connectortest.Create:
			made, err := s.mutate(ctx, op{"op": "jira.create", "site": site, "issue": op{"key": "AA-" + strconv.Itoa(1000+int(s.made.Add(1))), "summary": title}})
			id, _ := made["id"].(string)
			return connectortest.Changed{Native: id}, err
		case connectortest.Update:
			return touched(ctx, "50002", "update", op{"key": "AA-3", "set": op{"summary": title}})
		case connectortest.Delete:
			return touched(ctx, "50004", "delete", op{"key": "AA-5"})
		case connectortest.Move:
			return touched(ctx, "50006", "move", op{"key": "AA-7", "project": "BB", "newKey": "BB-2000"})
		case connectortest.Hide, connectortest.Show:
			return touched(ctx, "", "access", op{"project": "BB", "access": what == connectortest.Show})
		case connectortest.Touch:
			if _, err := touched(ctx, "", "update", op{"key": "BB-2", "set": op{"summary": title}}); err != nil {
				return connectortest.Changed{}, err
			}
			_, err := touched(ctx, "", "update", op{"key": "AA-9", "set": op{"summary": "the stream goes on"}})
			return connectortest.Changed{Native: "50001"}, err
		case connectortest.Tangle:
			var ops []op
			for n := range 10_000 {
				// Links of the same ends are links of their own.
				ops = append(ops, op{"op": "jira.link", "site": site, "type": "Blocks", "from": fmt.Sprintf("BB-%d", 4+2*(n%50)), "to": "AA-11"})
			}
			_, err := s.mutate(ctx, ops...)
			return connectortest.Changed{Native: "50010", Links: len(ops)}, err
		}
		return connectortest.Changed{}, fmt.Errorf("%s: %w", what, errors.ErrUnsupported)
	}
}

// TestSimulated holds jira and github to what needs a tracker that changes.
func TestSimulated(t *testing.T) {
	s := simulate(t)
	const file = `trackers:
  - {name: cloud, type: jira, url: "%s", auth: {bearer_token_env: TOKEN}, projects: [%s]}
  - {name: centre, type: jira, url: "%s", auth: {bearer_token_env: TOKEN}, projects: [%s]}
  - {name: github, type: github, url: "%s", auth: {token_env: TOKEN}, repositories: [%s]}
`
	parse := func(projects, repositories string) []config.Tracker {
		text := fmt.Sprintf(file, s.urls["cloud"], projects, s.urls["centre"], projects, s.urls["github"], repositories)
		c, _, err := config.Parse("sim.yml", []byte(text), builtin.Registry())
		if err != nil {
			t.Fatal(err)
		}
		return c.Trackers
	}
	all, none := parse("AA, BB", "acme/a, acme/b"), parse("NIL", "acme/nil")
	for n, tracker := range all {
		t.Run(tracker.Name, func(t *testing.T) {
			t.Parallel()
			weather := &connectortest.Weather{}
			connector := func(tracker *config.Tracker) func() (connectors.Connector, error) {
				return func() (connectors.Connector, error) {
					return tracker.Config.New(connectors.Options{
						Name: tracker.Name, UserAgent: "waitgraph-test", Transport: weather,
						Secret: connectors.SecretReader("", func(string) string { return simToken }),
					})
				}
			}
			change := s.jira(tracker.Name)
			if tracker.Type == "github" {
				change = s.github
			}
			connectortest.Test(t, connectortest.Harness{
				Name: tracker.Name, Boundaries: 3, Weather: weather, Change: change, New: connector(&tracker), Empty: connector(&none[n]),
			})
		})
	}
}

// github is the changes of GitHub, by node ids as the simulator makes them.
func (s *simulator) github(ctx context.Context, what connectortest.Happening, title string) (connectortest.Changed, error) {
	node := func(ref string) (string, error) {
		var answer struct {
			NodeID string `json:"node_id"`
		}
		repo, number := ref[:1], ref[2:]
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.urls["github"]+"/repos/acme/"+repo+"/issues/"+number, nil)
		if err != nil {
			return "", err
		}
		req.Header.Set("Authorization", "Bearer "+simToken)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = resp.Body.Close() }()
		err = json.NewDecoder(resp.Body).Decode(&answer)
		return answer.NodeID, err
	}
	touched := func(ref, name string, o op) (connectortest.Changed, error) {
		id := ""
		if ref != "" {
			var err error
			if id, err = node(ref); err != nil {
				return connectortest.Changed{}, err
			}
			o["issue"] = ref
		}
		o["op"] = "github." + name
		_, err := s.mutate(ctx, o)
		return connectortest.Changed{Native: id}, err
	}
	switch what {
	case connectortest.Create:
		made, err := s.mutate(ctx, op{"op": "github.create", "issue": op{"ref": "a#" + strconv.Itoa(1000+int(s.made.Add(1))), "title": title}})
		id, _ := made["node_id"].(string)
		return connectortest.Changed{Native: id}, err
	case connectortest.Update:
		return touched("a#3", "update", op{"set": op{"title": title}})
	case connectortest.Delete:
		return touched("a#5", "delete", op{})
	case connectortest.Move:
		return touched("a#7", "transfer", op{"to": "b"})
	case connectortest.Hide, connectortest.Show:
		var err error
		if what == connectortest.Hide { // while it can be asked for
			if s.hidden, err = node("b#2"); err != nil {
				return connectortest.Changed{}, err
			}
		}
		return touched("", "access", op{"repo": "b", "access": what == connectortest.Show})
	case connectortest.Touch:
		if _, err := s.mutate(ctx, op{"op": "github.update", "issue": "b#2", "set": op{"title": title}}); err != nil {
			return connectortest.Changed{}, err
		}
		_, err := s.mutate(ctx, op{"op": "github.update", "issue": "a#9", "set": op{"title": "the stream goes on"}})
		return connectortest.Changed{Native: s.hidden}, err
	case connectortest.Tangle: // at most 50 dependencies of a kind, but a text may name thousands
		const links = 9_000 // in 65,536 characters
		body := "Blocked by #20000"
		for n := 1; n < links; n++ {
			body += ",#" + strconv.Itoa(20000+n)
		}
		changed, err := touched("a#11", "update", op{"set": op{"body": body}})
		changed.Links = links
		return changed, err
	}
	return connectortest.Changed{}, fmt.Errorf("%s: %w", what, errors.ErrUnsupported)
}
