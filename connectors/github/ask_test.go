package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

func TestAsk(t *testing.T) {
	f := newFake(t)
	f.add("acme/api", 2, 1)
	r := f.add("acme/core", 1, 0)
	r.rename(f, "acme/kernel")
	f.add("other/lib", 1, 0)
	f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, _ object) bool {
		if !strings.Contains(query, "n77:") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":{"r0":{"id":"R","nameWithOwner":"acme/api","url":"u","n77":null}},
			"errors":[{"type":"FORBIDDEN","path":["r0","n77"],"message":"Resource not accessible"}]}`))
		return true
	}
	c := connect(t, f.url, "secret", "acme/*")
	ask := func(keys ...string) model.Batch {
		t.Helper()
		b, err := c.(connectors.Asker).Ask(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	id := func(native string) model.ID { return model.ID{Tracker: model.WordOf("gh"), Native: native} }
	b := ask("acme/api#3", "acme/api#9", "acme/core#1", "Acme/API#1", "other/lib#1", "hidden/repo#1", "PAY-1", "acme/api#0", "acme/api#9")
	want := []model.Answer{
		{Key: "acme/api#3", Found: id("I_acme/api_3")},
		{Key: "acme/api#9", Reason: model.Gone},
		{Key: "acme/core#1", Found: id("I_acme/core_1")},
		{Key: "Acme/API#1", Found: id("I_acme/api_1")},
		{Key: "other/lib#1", Found: id("I_other/lib_1")},
		{Key: "hidden/repo#1", Reason: model.Forbidden},
		{Key: "acme/api#9", Reason: model.Gone},
	}
	if diff := cmp.Diff(want, b.Answers); diff != "" {
		t.Errorf("answers: %s", diff)
	}
	found := map[string]model.Item{}
	for _, o := range b.Items {
		found[o.Item.Key] = o.Item
	}
	if it := found["acme/kernel#1"]; it.Stub || !cmp.Equal(it.Aliases, []string{"acme/core#1"}) {
		t.Errorf("moved item: %+v", it)
	}
	if it := found["other/lib#1"]; !it.Stub {
		t.Errorf("an item out of scope is whole: %+v", it)
	}
	if it := found["acme/api#3"]; it.Stub || !it.Pull {
		t.Errorf("pull request: %+v", it)
	}
	if diff := cmp.Diff([]model.Answer{{Key: "acme/api#77", Reason: model.Forbidden}}, ask("acme/api#77").Answers); diff != "" {
		t.Errorf("forbidden: %s", diff)
	}
}

func TestSweepFindsWhatBecame(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 3, 0)
	web := f.add("acme/web", 1, 0)
	f.add("acme/shut", 1, 0)
	c, m := connect(t, f.url, "secret", "acme/api", "acme/web", "acme/shut"), newMemory(t)
	m.must(m.changes(c))

	moved := r.issues[1]
	moved["id"], moved["number"], moved["repository"] = "I_new", 2, object{"nameWithOwner": "acme/web"}
	web.issues = append(web.issues, moved)
	r.issues = r.issues[1:] // the moved one is still found by its old name
	delete(f.repos, "acme/shut")
	f.asked()
	m.must(m.sweep(c))
	if diff := cmp.Diff([]string{"nodes", "find"}, f.asked()); diff != "" {
		t.Errorf("requests: %s", diff)
	}
	id := func(native string) model.ID { return model.ID{Tracker: model.WordOf("gh"), Native: native} }
	want := map[model.ID]model.Reason{id("I_acme/api_1"): model.Gone, id("I_acme/api_2"): model.Gone}
	if diff := cmp.Diff(want, m.gone); diff != "" {
		t.Errorf("gone: %s", diff)
	}
	if it := m.item("acme/web#2").Item; !cmp.Equal(it.Aliases, []string{"acme/api#2"}) {
		t.Errorf("transferred: %+v", it)
	}
	m.item("acme/shut#1") // what cannot be read stays
}

func TestCensus(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 150, 130)
	f.add("acme/shut", 1, 0)
	c, m := connect(t, f.url, "secret", "acme/api", "acme/shut"), newMemory(t)
	m.must(m.changes(c))
	known := m.open()
	r.issues = r.issues[1:] // deleted
	r.issues = append(r.issues, item("acme/api", 999, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)))
	delete(f.repos, "acme/shut")

	census, err := c.(connectors.Censor).Census(t.Context(), known)
	m.must(err)
	wantScopes := []model.Scope{{Name: "acme/api", Readable: true}, {Name: "acme/shut", Error: "Could not resolve it."}}
	if diff := cmp.Diff(wantScopes, census.Scopes); diff != "" {
		t.Errorf("scopes: %s", diff)
	}
	if n := len(census.Native["acme/api"]); n != 280 {
		t.Errorf("%d ids, want 280", n)
	}
	wantGone := []model.Absence{{ID: model.ID{Tracker: model.WordOf("gh"), Native: "I_acme/api_1"}, Reason: model.Gone}}
	if diff := cmp.Diff(wantGone, census.Gone); diff != "" {
		t.Errorf("gone: %s", diff)
	}
	if len(census.Batch.Items) != 1 || census.Batch.Items[0].Item.Key != "acme/api#999" {
		t.Errorf("read anew: %+v", census.Batch.Items)
	}
}

func TestCheck(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 1, 0)
	r.labels = []string{"bug", "Blocked", "status: blocked", "blocker"}
	for range 100 {
		r.labels = append([]string{"filler"}, r.labels...)
	}
	config := configure(f.url, "secret", "acme/api", "acme/lost")
	config.Labels.Blocked = []string{"status: blocked", "on hold"}
	site, unmapped, err := build(t, config, "secret", nil).(connectors.Checker).Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantScopes := []model.Scope{{Name: "acme/api", Readable: true}, {Name: "acme/lost", Error: "Could not resolve it."}}
	if diff := cmp.Diff(wantScopes, site.Scopes); diff != "" {
		t.Errorf("scopes: %s", diff)
	}
	want := []string{
		`label "blocker" of acme/api does not mark an item as blocked: name it in labels.blocked if it should`,
		`labels.blocked names "on hold", which no repository has`,
	}
	if diff := cmp.Diff(want, unmapped); diff != "" {
		t.Errorf("unmapped: %s", diff)
	}
}

// Items that do not come, without an error that says they are not there, are
// not gone; one that comes under another id is another item by the same name.
func TestSweepDoubts(t *testing.T) {
	f := newFake(t)
	f.add("acme/api", 3, 0)
	c, m := connect(t, f.url, "secret", "acme/api"), newMemory(t)
	m.must(m.changes(c))
	answer := ""
	f.meddle = func(w http.ResponseWriter, _ *http.Request, query string, _ object) bool {
		if kind := f.requests[len(f.requests)-1]; kind == "nodes" {
			one, _ := json.Marshal(item("acme/api", 1, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)))
			again, _ := json.Marshal(func() object { it := item("acme/api", 2, day(2)); it["id"] = "I_kw2"; return it }())
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"data":{"nodes":[%s,%s,null]}}`, one, again)
			return true
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answer))
		return true
	}
	head := `{"data":{"r0":{"id":"R_acme/api","nameWithOwner":"acme/api","url":"u","n3":null}}`
	id := func(native string) model.ID { return model.ID{Tracker: model.WordOf("gh"), Native: native} }
	changed := map[model.ID]model.Reason{id("I_acme/api_2"): model.Gone}
	for _, step := range []struct {
		errors string
		gone   bool
	}{
		{``, false},
		{`,"errors":[{"type":"FORBIDDEN","path":["r0","n3"],"message":"no"}]`, false},
		{`,"errors":[{"type":"NOT_FOUND","path":["r0","n3"],"message":"Could not resolve"}]`, true},
	} {
		answer = head + step.errors + "}"
		m.must(m.sweep(c))
		if m.gone[id("I_acme/api_3")] != 0 != step.gone {
			t.Errorf("%s: gone %v", answer, m.gone)
		}
		delete(m.gone, id("I_acme/api_3"))
		if diff := cmp.Diff(changed, m.gone); diff != "" {
			t.Errorf("gone (-want +got):\n%s", diff)
		}
		m.item("acme/api#2")
		// the next sweep knows all three as before
		m.gone = map[model.ID]model.Reason{}
		delete(m.items, id("I_kw2"))
		for i := 2; i <= 3; i++ {
			o := model.Observation{Item: m.item("acme/api#1").Item}
			o.Item.ID.Native, o.Item.Key = fmt.Sprintf("I_acme/api_%d", i), fmt.Sprintf("acme/api#%d", i)
			m.items[o.Item.ID] = &o
		}
	}
}

// A repository behind a glob that is no longer listed stays a scope, also after
// a census has looked for new ones.
func TestCensusKeepsLostScopes(t *testing.T) {
	f := newFake(t)
	f.add("acme/api", 1, 0)
	f.add("acme/shut", 1, 0)
	f.owners["acme"] = []string{"acme/api", "acme/shut"}
	c, m := connect(t, f.url, "secret", "acme/*"), newMemory(t)
	m.must(m.changes(c))
	f.owners["acme"] = []string{"acme/api", "acme/new"}
	delete(f.repos, "acme/shut")
	f.add("acme/new", 1, 0)
	_, err := c.(connectors.Censor).Census(t.Context(), m.open())
	m.must(err)
	m.must(m.changes(c))
	want := []model.Scope{{Name: "acme/api", Readable: true}, {Name: "acme/new", Readable: true}, {Name: "acme/shut", Error: "Could not resolve it."}}
	if diff := cmp.Diff(want, m.site.Scopes); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if len(m.items) != 3 {
		t.Errorf("%d items, want those of the lost repository and the new one too", len(m.items))
	}
}
