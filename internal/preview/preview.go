// Package preview tells what one set of rules makes of facts that another does
// not: what a change of the configuration would do before it is done.
//
// Like a graph, it is made without clock or I/O.
package preview

import (
	"cmp"
	"slices"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// Diff is how two graphs of the same facts at the same moment differ. Every
// list is sorted and there, if only without elements.
type Diff struct {
	AsOf time.Time `json:"as_of"`
	// Teams and Trackers are those only one of the graphs has.
	Teams    Names `json:"teams"`
	Trackers Names `json:"trackers"`
	// Items are those only one of the graphs has, as those of a tracker only one has.
	Items Names `json:"items"`
	// Moved are the items that another team owns.
	Moved []Change `json:"moved"`
	// Blocked are the items only one of the graphs has blocked.
	Blocked Names `json:"blocked"`
	// Dependencies are those that only one of the graphs has, or that differ in
	// state or in whether they are between teams.
	Dependencies []Change `json:"dependencies"`
	// Matrix are the cells of the waiting matrix whose number of items differs, as "payments on platform".
	Matrix []Count `json:"matrix"`
	// Escalations are the dependencies at another level.
	Escalations []Change `json:"escalations"`
	Conflicts   Names    `json:"conflicts"`
	Findings    Names    `json:"findings"`
	Programs    []Count  `json:"programs"` // their items
}

// Names are what one graph has and the other has not.
type Names struct {
	Gained []string `json:"gained"`
	Lost   []string `json:"lost"`
}

// Change is something both graphs know and tell otherwise; "" stands for what one does not have.
type Change struct {
	Name string `json:"name"`
	Was  string `json:"was"`
	Is   string `json:"is"`
}

// Count is a number that differs.
type Count struct {
	Name string `json:"name"`
	Was  int    `json:"was"`
	Is   int    `json:"is"`
}

// Compare tells how a graph differs from what it was under other rules.
func Compare(was, is *model.Graph) *Diff {
	d := &Diff{
		AsOf:         is.AsOf,
		Teams:        names(teams(was), teams(is)),
		Trackers:     names(trackers(was), trackers(is)),
		Dependencies: changes(dependencies(was), dependencies(is)),
		Escalations:  changes(escalations(was), escalations(is)),
		Conflicts:    names(conflicts(was), conflicts(is)),
		Findings:     names(findings(was), findings(is)),
		Matrix:       counts(matrix(was), matrix(is)),
		Programs:     counts(programs(was), programs(is)),
	}
	owners, owned := owners(was), owners(is)
	d.Items = names(owners, owned)
	moved := changes(owners, owned)
	d.Moved = slices.DeleteFunc(moved, func(c Change) bool { return c.Was == "" || c.Is == "" })
	d.Blocked = names(blocked(was), blocked(is))
	return d
}

// facets of a graph, by name.

func teams(g *model.Graph) map[string]string {
	out := map[string]string{}
	for i := range g.Teams {
		out[g.Teams[i].Name] = ""
	}
	return out
}

func trackers(g *model.Graph) map[string]string {
	out := map[string]string{}
	for _, t := range g.Trackers {
		out[t.Name] = ""
	}
	return out
}

func owners(g *model.Graph) map[string]string {
	out := make(map[string]string, len(g.Items))
	for i := range g.Items {
		out[g.Items[i].Ref()] = g.Items[i].Team.String()
	}
	return out
}

func blocked(g *model.Graph) map[string]string {
	out := make(map[string]string, len(g.Blocked))
	for i := range g.Blocked {
		out[g.Ref(g.Blocked[i].Item)] = ""
	}
	return out
}

func dependency(g *model.Graph, i int32) string {
	d := &g.Dependencies[i]
	return g.Name(d.From) + " " + d.Kind.String() + " " + g.Name(d.To)
}

func dependencies(g *model.Graph) map[string]string {
	out := make(map[string]string, len(g.Dependencies))
	for i := range g.Dependencies {
		d := &g.Dependencies[i]
		state := cmp.Or(d.State.String(), "there")
		if reason := cmp.Or(g.Reason(d.From), g.Reason(d.To)); reason != 0 {
			state += ", " + reason.String()
		}
		if d.CrossTeam {
			state += ", between teams"
		}
		out[dependency(g, int32(i))] = state
	}
	return out
}

func escalations(g *model.Graph) map[string]string {
	out := make(map[string]string, len(g.Escalations))
	for i := range g.Escalations {
		out[dependency(g, g.Escalations[i].Dependency)] = g.LevelName(&g.Escalations[i])
	}
	return out
}

func conflicts(g *model.Graph) map[string]string {
	out := make(map[string]string, len(g.Conflicts))
	for i := range g.Conflicts {
		out[g.Conflicts[i].Kind.String()+": "+dependency(g, g.Conflicts[i].Dependency)] = ""
	}
	return out
}

func findings(g *model.Graph) map[string]string {
	out := make(map[string]string, len(g.Findings))
	for i := range g.Findings {
		f := &g.Findings[i]
		about := g.Ref(f.Item)
		if f.Dependency >= 0 {
			about = dependency(g, f.Dependency)
		}
		out[f.Kind.String()+" of "+g.FindingTeam(f)+": "+about] = ""
	}
	return out
}

func matrix(g *model.Graph) map[string]int {
	out := make(map[string]int, len(g.Matrix))
	for _, c := range g.Matrix {
		out[c.Team+" on "+c.OnTeam] = c.Items
	}
	return out
}

func programs(g *model.Graph) map[string]int {
	out := map[string]int{}
	for i := range g.Programs {
		out[g.Programs[i].Name] = len(g.Programs[i].Items)
	}
	return out
}

// names are the keys only one side has.
func names(was, is map[string]string) Names {
	n := Names{Gained: []string{}, Lost: []string{}}
	for k := range is {
		if _, ok := was[k]; !ok {
			n.Gained = append(n.Gained, k)
		}
	}
	for k := range was {
		if _, ok := is[k]; !ok {
			n.Lost = append(n.Lost, k)
		}
	}
	slices.Sort(n.Gained)
	slices.Sort(n.Lost)
	return n
}

// changes are the keys whose values differ, or that only one side has.
func changes(was, is map[string]string) []Change {
	out := []Change{}
	for k, v := range was {
		if is[k] != v {
			out = append(out, Change{k, v, is[k]})
		}
	}
	for k, v := range is {
		if _, ok := was[k]; !ok {
			out = append(out, Change{k, "", v})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func counts(was, is map[string]int) []Count {
	out := []Count{}
	for k, n := range was {
		if is[k] != n {
			out = append(out, Count{k, n, is[k]})
		}
	}
	for k, n := range is {
		if _, ok := was[k]; !ok && n != 0 {
			out = append(out, Count{k, 0, n})
		}
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
