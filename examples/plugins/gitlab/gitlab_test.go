package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/connectors/connectortest"
	"github.com/waitgraph/waitgraph/connectors/exec"
	"github.com/waitgraph/waitgraph/model"
)

// TestMain makes the test binary the plugin too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "plugin" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// under is the plugin in front of a fake, run by waitgraph's connector.
type under struct {
	*fake
	url string
	env map[string]string // of the daemon, handed on to the plugin
	log bytes.Buffer
}

func (u *under) connector(t *testing.T, token string, options map[string]any) (connectors.Connector, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.NewConfig().(*exec.Config)
	c.Command = []string{self, "plugin"}
	c.Projects = []string{"acme/app"}
	c.Options = map[string]any{"url": u.url, "groups": []string{"acme/infra"}}
	for k, v := range options {
		c.Options[k] = v
	}
	if _, own := options["projects"]; own {
		c.Projects = nil
	}
	c.Env = map[string]exec.Variable{"GITLAB_TOKEN": {ValueEnv: "OUR_TOKEN"}}
	daemon := map[string]string{"OUR_TOKEN": token, "PATH": os.Getenv("PATH")}
	for name, value := range u.env {
		c.Env[name], daemon[name] = exec.Variable{ValueEnv: name}, value
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	getenv := func(name string) string { return daemon[name] }
	return c.New(connectors.Options{
		Name: "lab", UserAgent: "waitgraph-test", Secret: connectors.SecretReader("", getenv), Logger: slog.New(slog.NewTextHandler(&u.log, nil)),
	})
}

// lab is a fake with three projects; weather may be nil.
func lab(t *testing.T, weather *connectortest.Weather) *under {
	f := newFake()
	app, net, empty := f.project("acme/app"), f.project("acme/infra/net"), f.project("acme/empty")
	_ = empty
	other := f.create(f.project("other/thing"), "elsewhere")
	for n := range 230 { // more than two pages
		i := f.create(app, "Application "+strconv.Itoa(n))
		i.labels, i.weight = []string{"priority::2", "ünï"}, n%5
		if n%7 == 0 {
			i.closed = f.tick()
			i.updated = i.closed
		}
	}
	for n := range 120 {
		i := f.create(net, "Network "+strconv.Itoa(n))
		if n < 115 {
			i.updated = time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC) // a migration touched them at once
		}
	}
	f.link(app.issues[2], net.issues[1], "blocks")
	f.link(net.issues[3], app.issues[4], "blocks")
	f.link(app.issues[5], app.issues[6], "relates_to")
	f.link(other, app.issues[9], "blocks")
	app.issues[3].labels = []string{"workflow::blocked", "Doing"}
	app.issues[1].labels = []string{"duplicate"}
	u := &under{fake: f}
	h := httptest.NewServer(f)
	if weather != nil {
		h.Close()
		h = httptest.NewServer(weather.Handler(f))
	}
	h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(h.Close)
	u.url = h.URL
	return u
}

// change lets something happen in the fake.
func (u *under) change(_ context.Context, what connectortest.Happening, title string) (connectortest.Changed, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now = u.now.Add(time.Second)
	app, net := u.project("acme/app"), u.project("acme/infra/net")
	changed := func(i *fakeIssue, links int) (connectortest.Changed, error) {
		return connectortest.Changed{Native: strconv.FormatInt(i.id, 10), Links: links}, nil
	}
	switch what {
	case connectortest.Create:
		return changed(u.create(app, title), 0)
	case connectortest.Update:
		i := app.issues[7]
		i.title, i.updated = title, u.tick()
		return changed(i, 0)
	case connectortest.Delete:
		i := app.issues[6]
		u.remove(i)
		return changed(i, 0)
	case connectortest.Move:
		i := app.issues[5]
		u.fake.move(i, net)
		return changed(i, 0)
	case connectortest.Hide, connectortest.Show:
		net.hidden = what == connectortest.Hide
		return connectortest.Changed{}, nil
	case connectortest.Touch:
		i := net.issues[10]
		i.title, i.updated = title, u.tick()
		u.create(app, "later")
		return changed(i, 0)
	case connectortest.Tangle:
		i, far := app.issues[12], u.project("far/away")
		for range 10_000 {
			u.link(u.create(far, "far"), i, "blocks")
		}
		return changed(i, 10_000)
	}
	return connectortest.Changed{}, fmt.Errorf("%s: %w", what, errors.ErrUnsupported)
}

// TestConformance holds the plugin to what every connector must hold.
func TestConformance(t *testing.T) {
	weather := &connectortest.Weather{}
	u := lab(t, weather)
	connectortest.Test(t, connectortest.Harness{
		Name: "lab", Boundaries: 4, Weather: weather, Change: u.change,
		New: func() (connectors.Connector, error) { return u.connector(t, secret, nil) },
		Empty: func() (connectors.Connector, error) {
			return u.connector(t, secret, map[string]any{"groups": []string{}, "projects": []string{"acme/empty"}})
		},
	})
	if len(u.wrong) > 0 {
		t.Errorf("asked what GitLab does not have: %q", u.wrong)
	}
	if strings.Contains(u.log.String(), secret) {
		t.Error("the token is in the log")
	}
}

func read(t *testing.T, c connectors.Connector) (map[string]model.Observation, *model.Site, error) {
	t.Helper()
	items, site := map[string]model.Observation{}, (*model.Site)(nil)
	for b, err := range c.Changes(t.Context(), "") {
		if err != nil {
			return items, site, err
		}
		for _, o := range b.Items {
			items[o.Item.Key] = o
		}
		if b.Site != nil {
			site = b.Site
		}
	}
	return items, site, nil
}

func TestItems(t *testing.T) {
	u := lab(t, nil)
	c, err := u.connector(t, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	items, _, err := read(t, c)
	if err != nil {
		t.Fatal(err)
	}
	blocked := items["acme/app#3"].Item
	if blocked.State != model.Doing || len(blocked.Signals) != 1 || blocked.Signals[0].Value != "workflow::blocked" {
		t.Errorf("labels are read as %s, %v", blocked.State, blocked.Signals)
	}
	if it := items["acme/app#1"].Item; it.State != model.Dropped || it.Resolution.String() != "duplicate" || it.Closed.IsZero() {
		t.Errorf("a duplicate is read as %s, %q", it.State, it.Resolution)
	}
	it := items["acme/app#4"].Item
	if it.State != model.Todo || it.Priority.String() != "2" || it.Points == nil || *it.Points != 3 || it.Due.String() != "2026-04-01" || it.Milestone.Value().Name != "v2" ||
		it.Sprint.Value().Name != "2026-03-02 to 2026-03-15" || it.Sprint.Value().End.String() != "2026-03-15" || it.Epic == "" || it.Assignees[0].ID != "ben" {
		t.Errorf("read as %+v", it)
	}
	claims := items["acme/app#4"].Claims
	if len(claims) != 1 || claims[0].Kind != model.Blocks || !claims[0].Reverse || claims[0].Target.Key != "acme/infra/net#3" || claims[0].At.IsZero() {
		t.Errorf("is blocked by: %+v", claims)
	}
	if claims = items["acme/app#2"].Claims; len(claims) != 1 || claims[0].Kind != model.Blocks || claims[0].Reverse {
		t.Errorf("blocks: %+v", claims)
	}
	if claims = items["acme/app#5"].Claims; len(claims) != 1 || claims[0].Kind != model.Relates || !claims[0].Unmapped.IsZero() {
		t.Errorf("relates to: %+v", claims)
	}
	if o := items["other/thing#1"]; !o.Item.Stub || o.Item.State != model.Todo {
		t.Errorf("an issue outside of the scope is %+v", o.Item)
	}
}

func TestRefusals(t *testing.T) {
	u := lab(t, nil)
	for _, try := range []struct {
		name, token string
		options     map[string]any
		reason      string
		text        string
	}{
		{"wrong token", "nonsense", nil, "auth", "refuses the token"},
		{"unknown option", secret, map[string]any{"tokn": "x"}, "other", "tokn"},
		{"no address", secret, map[string]any{"url": "gitlab"}, "other", "options.url"},
		{"nothing to see", secret, map[string]any{"groups": []string{"acme/none"}, "projects": []string{}}, "scope", "acme/none"},
	} {
		t.Run(try.name, func(t *testing.T) {
			c, err := u.connector(t, try.token, try.options)
			if err != nil {
				t.Fatal(err)
			}
			_, told, err := read(t, c)
			if try.reason == "scope" && (told == nil || len(told.Scopes) != 1 || told.Scopes[0].Readable) {
				t.Errorf("site %+v", told)
			}
			if connectors.Reason(err) != try.reason || !strings.Contains(err.Error(), try.text) || strings.Contains(err.Error(), try.token) {
				t.Errorf("error %v, want %q for %q", err, try.text, try.reason)
			}
		})
	}
}
