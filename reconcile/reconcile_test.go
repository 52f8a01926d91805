package reconcile_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// TestCases runs the executable specification: each file holds facts and the
// parts of the graph that its rule is about.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(archive.Files) < 2 || archive.Files[0].Name != "facts" {
				t.Fatal("a case is facts and at least one expectation")
			}
			s := parseScene(t, string(archive.Files[0].Data))
			g := reconcile.Reconcile(&s.facts, &s.rules, s.now)
			changed := false
			for i, f := range archive.Files[1:] {
				show, ok := views[f.Name]
				if !ok {
					t.Fatalf("no view %q", f.Name)
				}
				got := show(g)
				if *update {
					changed = changed || !bytes.Equal(f.Data, []byte(got))
					archive.Files[i+1].Data = []byte(got)
				} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", f.Name, diff)
				}
			}
			if changed {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// views render parts of a graph, one thing a line.
var views = map[string]func(*model.Graph) string{
	"items": func(g *model.Graph) string {
		return lines(g.Items, func(n model.Node) string {
			s := fmt.Sprintf("%s %s %s", n.Ref(), n.State, n.Team)
			if n.Rank > 0 {
				s += fmt.Sprintf(" rank=%d", n.Rank)
			}
			if n.Stale {
				s += " stale"
			}
			if n.Stub {
				s += " stub"
			}
			if g.Ref(n.Twin) != n.Ref() {
				s += " folded_into " + g.Ref(n.Twin)
			}
			return s
		})
	},
	"dependencies": func(g *model.Graph) string {
		return lines(g.Dependencies, func(d model.Dependency) string {
			s := fmt.Sprintf("%s %s -> %s", d.Kind, endOf(g, d.From), endOf(g, d.To))
			if d.State != 0 {
				s += " " + d.State.String()
			}
			for _, flag := range []struct {
				on   bool
				name string
			}{{d.CrossTeam, "cross_team"}, {d.BothSides, "both_sides"}, {d.TextOnly, "text_only"}, {d.Stale, "stale"}} {
				if flag.on {
					s += " " + flag.name
				}
			}
			var by []string
			for _, e := range g.EvidenceOf(&d) {
				by = append(by, fmt.Sprintf("%s:%s", g.Items[g.Claims[e].ClaimedBy].Ref(), g.Claim(e).Origin))
			}
			slices.Sort(by)
			return s + " by " + strings.Join(by, ",")
		})
	},
	"since": func(g *model.Graph) string {
		return lines(g.Dependencies, func(d model.Dependency) string {
			return fmt.Sprintf("%s -> %s %s %s", endOf(g, d.From), endOf(g, d.To), stamp(d.Since.Time()), d.SinceKnown)
		})
	},
	"blocked": func(g *model.Graph) string {
		return lines(g.Blocked, func(b model.Blocked) string {
			s := fmt.Sprintf("%s depth=%d since=%s %s", g.Ref(b.Item), b.Depth, stamp(b.Since.Time()), b.SinceKnown)
			for _, c := range b.Causes {
				if c.Dependency >= 0 {
					s += " by " + g.Items[g.Dependencies[c.Dependency].From.Item()].Ref()
				} else {
					s += fmt.Sprintf(" %s:%s", c.Signal.Kind, c.Signal.Value)
				}
				if c.Finding != 0 {
					s += " (" + c.Finding.String() + ")"
				}
			}
			return s
		})
	},
	"causes": func(g *model.Graph) string {
		return lines(g.Blocked, func(b model.Blocked) string {
			s := g.Ref(b.Item)
			for _, c := range b.Causes {
				s += fmt.Sprintf(" %s/%s", stamp(c.Since.Time()), c.SinceKnown)
			}
			return s
		})
	},
	"roots": func(g *model.Graph) string {
		return lines(g.Blocked, func(b model.Blocked) string {
			roots, depth := g.Roots(b.Item)
			return fmt.Sprintf("%s depth=%d roots=%s chain=%s", g.Ref(b.Item), depth, refs(g, roots), refs(g, g.Chain(b.Item)))
		})
	},
	"radius": func(g *model.Graph) string {
		var b strings.Builder
		for i := range g.Items {
			if r := g.Radius(int32(i)); r.Items > 0 {
				fmt.Fprintf(&b, "%s items=%d teams=%s points=%g due=%s waiting=%s\n", g.Ref(int32(i)), r.Items, strings.Join(r.Teams, ","), r.Points, r.EarliestDue, refs(g, r.Waiting))
			}
		}
		return b.String()
	},
	"matrix": func(g *model.Graph) string {
		return lines(g.Matrix, func(c model.Cell) string {
			return fmt.Sprintf("%s on %s items=%d oldest=%s (%s) points=%g", c.Team, c.OnTeam, c.Items, stamp(c.Oldest.Time()), c.OldestKnown, c.Points)
		})
	},
	"blockers": func(g *model.Graph) string {
		return lines(g.Blockers, func(r model.Root) string {
			return fmt.Sprintf("%s items=%d teams=%s points=%g due=%s", g.Ref(r.Item), r.Items, strings.Join(r.Teams, ","), r.Points, r.EarliestDue)
		})
	},
	"cycles": func(g *model.Graph) string {
		return lines(g.Cycles, func(c model.Cycle) string {
			s := refs(g, c.Members)
			if c.Cut >= 0 {
				d := g.Dependencies[c.Cut]
				s += fmt.Sprintf(" cut %s -> %s", endOf(g, d.From), endOf(g, d.To))
			}
			return s + ": " + c.Why
		})
	},
	"dangling": func(g *model.Graph) string {
		return lines(g.Dangling, func(d model.Dangling) string {
			return fmt.Sprintf("%s %s %s %s", g.Ref(d.From), d.Kind, d.Target, d.Reason)
		})
	},
	"conflicts":   showConflicts,
	"findings":    showFindings,
	"adoption":    showAdoption,
	"escalations": showEscalations,
	"programs":    showPrograms,
	"people":      showPeople,
	"unmatched":   showUnmatched,
	"critical":    showCritical,
	"closing":     showClosing,
	"slipping":    showSlipping,
	"unmapped": func(g *model.Graph) string {
		return lines(g.Unmapped, func(u model.Unmapped) string { return fmt.Sprintf("%s %q %d", u.Tracker, u.Phrase, u.Claims) })
	},
	"trackers": func(g *model.Graph) string {
		return lines(g.Trackers, func(t model.TrackerState) string {
			return fmt.Sprintf("%s fresh=%t items=%d", t.Name, t.Fresh, t.Items)
		})
	},
}

func lines[T any](list []T, show func(T) string) string {
	var b strings.Builder
	for _, x := range list {
		b.WriteString(show(x))
		b.WriteByte('\n')
	}
	return b.String()
}

func endOf(g *model.Graph, e model.End) string {
	if e.Resolved() {
		return g.Name(e)
	}
	return fmt.Sprintf("%s(%s)", g.Name(e), g.Reason(e))
}

func refs(g *model.Graph, items []int32) string {
	var names []string
	for _, i := range items {
		names = append(names, g.Ref(i))
	}
	return strings.Join(names, ",")
}

func stamp(t time.Time) string {
	switch {
	case t.IsZero():
		return "-"
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

// render is everything a graph says, for comparing whole graphs.
func render(g *model.Graph) string {
	var b strings.Builder
	names := make([]string, 0, len(views))
	for name := range views {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "-- %s --\n%s", name, views[name](g))
	}
	return b.String()
}
