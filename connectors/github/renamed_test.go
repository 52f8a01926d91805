package github_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

func TestRenamed(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 2, 1)
	f.owners["acme"] = []string{"acme/api"}
	for _, patterns := range [][]string{{"acme/api"}, {"acme/*"}} {
		t.Run(patterns[0], func(t *testing.T) {
			c, m := connect(t, f.url, "secret", patterns...), newMemory(t)
			m.must(m.changes(c))
			r.rename(f, "acme/core")
			defer r.rename(f, "acme/api")
			m.must(m.changes(connect(t, f.url, "secret", patterns...)))
			if diff := cmp.Diff([]string{"acme/core#1", "acme/core#2", "acme/core#3"}, keys(m)); diff != "" {
				t.Errorf("items: %s", diff)
			}
			want := []model.Project{{Key: "acme/core", Former: []string{"acme/api"}}}
			if diff := cmp.Diff(want, m.site.Projects); diff != "" {
				t.Errorf("projects: %s", diff)
			}
			if len(m.site.Scopes) != 1 || !m.site.Scopes[0].Readable {
				t.Errorf("scopes: %+v", m.site.Scopes)
			}
		})
	}
}

// A repository behind a glob that is renamed under way is read once, and its
// former name is known, after it is listed by its new one and after a restart.
func TestRenamedUnderWay(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 2, 1)
	f.owners["acme"] = []string{"acme/api"}
	c, m := connect(t, f.url, "secret", "acme/*"), newMemory(t)
	m.must(m.changes(c))
	r.rename(f, "acme/core")
	m.must(m.changes(c))
	f.asked()
	census, err := c.(connectors.Censor).Census(t.Context(), m.open())
	m.must(err)
	if len(census.Native) != 1 || len(census.Scopes) != 1 {
		t.Errorf("census: scopes %+v", census.Scopes)
	}
	want := []model.Project{{Key: "acme/core", Former: []string{"acme/api"}}}
	for _, c := range []connectors.Connector{c, connect(t, f.url, "secret", "acme/*")} {
		m.must(m.changes(c))
		if diff := cmp.Diff(want, m.site.Projects); diff != "" {
			t.Errorf("projects: %s", diff)
		}
		m.must(m.changes(c))
		f.asked()
		m.must(m.changes(c))
		if n := f.asked(); len(n) != 1 {
			t.Errorf("an idle poll asks %q", n)
		}
	}
	// Another repository takes the name.
	f.add("acme/api", 5, 0)
	f.repos["acme/api"].id = "R_other"
	for _, it := range f.repos["acme/api"].issues {
		it["id"] = "other " + it["id"].(string)
	}
	delete(f.renamed, "acme/api")
	f.owners["acme"] = []string{"acme/core", "acme/api"}
	m.must(m.changes(connect(t, f.url, "secret", "acme/*")))
	if got := len(keys(m)); got != 8 {
		t.Errorf("items %q, want 8", keys(m))
	}
}

// A fresh start behind a glob knows no former name: whoever is asked for one by
// it is found, and only names the patterns include are asked for.
func TestFormerNameAfresh(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 2, 0)
	r.rename(f, "acme/core")
	config := configure(f.url, "secret", "acme/*", "!acme/old-*")
	for name, want := range map[string]bool{"acme/api": true, "Acme/API": true, "acme/old-api": false, "other/api": false, "acme": false, "acme/a/b": false} {
		if got := config.Includes(name); got != want {
			t.Errorf("includes %s: %t, want %t", name, got, want)
		}
	}
	c, m := build(t, config, "secret", nil), newMemory(t)
	m.must(m.changes(c))
	b, err := c.(connectors.Asker).Ask(t.Context(), []string{"acme/api#2", "acme/gone#1"})
	m.must(err)
	want := []model.Answer{{Key: "acme/api#2", Found: m.item("acme/core#2").Item.ID}, {Key: "acme/gone#1", Reason: model.Forbidden}}
	if diff := cmp.Diff(want, b.Answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// rename gives a repository another name, under which its items then are.
func (r *fakeRepo) rename(f *fake, name string) {
	old := strings.ToLower(r.name)
	delete(f.repos, old)
	f.renamed[old] = name
	delete(f.renamed, name)
	f.repos[name], r.name = r, name
	f.owners["acme"] = []string{name}
	for _, it := range append(slices.Clone(r.issues), r.pulls...) {
		it["repository"] = object{"nameWithOwner": name}
	}
}

// Two configured names of one repository make it be read once.
func TestTwoNames(t *testing.T) {
	f := newFake(t)
	r := f.add("acme/api", 2, 0)
	r.rename(f, "acme/core")
	c, m := connect(t, f.url, "secret", "acme/core", "acme/api"), newMemory(t)
	m.must(m.changes(c))
	want := []model.Project{{Key: "acme/core", Former: []string{"acme/api"}}}
	if diff := cmp.Diff(want, m.site.Projects); diff != "" {
		t.Errorf("projects: %s", diff)
	}
	f.asked()
	m.must(m.changes(c))
	if n := len(f.asked()); n != 1 {
		t.Errorf("an idle poll takes %d requests", n)
	}
}
