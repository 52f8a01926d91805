package model

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// Assemble completes a graph that a reconciler filled: it takes what finds the
// item of a tracker by a present or former key and the engine for single
// questions, and builds the adjacency. Dates end in UTC unless there is a Location.
func (g *Graph) Assemble(find func(tracker, key string) (int32, bool), engine Engine) {
	g.find, g.engine = find, engine
	if g.Location == nil {
		g.Location = time.UTC
	}
	first := make([]int32, len(g.Items)+2) // while it is made, the dependencies of item i begin at first[i+1]
	each := func(visit func(item, dep int32)) {
		for i := range g.Dependencies {
			d := &g.Dependencies[i]
			if d.From.Resolved() {
				visit(d.From.Item(), int32(i))
			}
			if d.To.Resolved() && d.To != d.From {
				visit(d.To.Item(), int32(i))
			}
		}
	}
	each(func(item, _ int32) { first[item+2]++ })
	for i := range g.Items {
		first[i+2] += first[i+1]
	}
	g.deps = make([]int32, first[len(g.Items)+1])
	each(func(item, dep int32) { g.deps[first[item+1]] = dep; first[item+1]++ })
	g.first = first[:len(g.Items)+1]
}

// KeyFold is the form in which keys are compared: repositories are named
// without regard to case, Jira keys are upper case.
func KeyFold(key string) string {
	repository, upper, lower := false, false, false
	for i := range len(key) {
		switch c := key[i]; {
		case c == '/' || c == '#':
			repository = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 0x80:
			upper, lower = true, true
		}
	}
	switch {
	case repository && upper:
		return strings.ToLower(key)
	case !repository && lower:
		return strings.ToUpper(key)
	}
	return key
}

// Find returns the item of a ref (tracker:key, also by a former key), or of a
// bare key that only one tracker has.
func (g *Graph) Find(ref string) (int32, bool) {
	if tracker, key, ok := strings.Cut(ref, ":"); ok {
		if i, ok := g.find(tracker, key); ok {
			return i, true
		}
	}
	found, n := int32(-1), 0
	for i := range g.Trackers {
		if item, ok := g.find(g.Trackers[i].Name, ref); ok {
			found, n = item, n+1
		}
	}
	return found, n == 1
}

// Ref names an item across trackers: tracker:key.
func (g *Graph) Ref(item int32) string { return g.Items[item].Ref() }

// Name is the ref of an end, or the target as found when it is no known item.
func (g *Graph) Name(e End) string {
	if e.Resolved() {
		return g.Ref(e.Item())
	}
	return g.Outside[^e].Found
}

// Reason is why an end is no known item, "" when it is one.
func (g *Graph) Reason(e End) Reason {
	if e.Resolved() {
		return 0
	}
	return g.Outside[^e].Reason
}

// DependenciesOf lists the dependencies an item is an end of, ascending.
func (g *Graph) DependenciesOf(item int32) []int32 { return g.deps[g.first[item]:g.first[item+1]] }

// ClaimsOf are the item's own claims.
func (g *Graph) ClaimsOf(item int32) iter.Seq[Evidence] {
	n := &g.Items[item]
	return func(yield func(Evidence) bool) {
		for i := n.ClaimLo; i < n.ClaimHi && yield(g.Claim(i)); i++ {
		}
	}
}

// Claim is one of g.Claims.
func (g *Graph) Claim(i int32) Evidence {
	c := &g.Claims[i]
	return Evidence{&g.Records[c.ClaimedBy].Claims[c.Number], c.ClaimedBy, c.Dependency}
}

// EvidenceOf are the claims behind a dependency as indices into g.Claims,
// ascending; never empty.
func (g *Graph) EvidenceOf(d *Dependency) []int32 { return g.Evidence[d.EvidenceLo:d.EvidenceHi] }

// Radius is the blast radius of an item.
func (g *Graph) Radius(item int32) Radius { return g.engine.Radius(item) }

// Roots are the root blockers an item transitively waits on, and the longest
// chain to one in edges.
func (g *Graph) Roots(item int32) ([]int32, int) { return g.engine.Roots(item) }

// Chain is the longest chain of waiting from an item to a root blocker, the
// item first; just the item if nothing blocks it.
func (g *Graph) Chain(item int32) []int32 { return g.engine.Chain(item) }

// Critical is the chain that ends latest: of the chains of waiting from an item
// to a root blocker the one with the latest date, the item first; the longest of
// those where dates leave a choice. LatestDate tells which item of it sets the end.
func (g *Graph) Critical(item int32) []int32 { return g.engine.Critical(item) }

// WantedBy is the item with the earliest date among those transitively waiting
// on an item, -1 if none of them has one.
func (g *Graph) WantedBy(item int32) int32 { return g.engine.WantedBy(item) }

// TeamsOf are the teams of items, sorted.
func (g *Graph) TeamsOf(items []int32) []string {
	var teams []string
	for _, i := range items {
		if at, known := slices.BinarySearch(teams, g.Items[i].Team.String()); !known {
			teams = slices.Insert(teams, at, g.Items[i].Team.String())
		}
	}
	return teams
}

// Stale reports whether any tracker is stale.
func (g *Graph) Stale() bool {
	for _, t := range g.Trackers {
		if !t.Fresh {
			return true
		}
	}
	return false
}
