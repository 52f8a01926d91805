package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// itemAnswer is one item with everything about it.
type itemAnswer struct {
	AsOf  instant `json:"as_of" doc:"The moment the answer is true for."`
	Stale bool    `json:"stale" doc:"Whether any tracker was not read whole recently enough to be believed."`
	itemRow
	Aliases      []string         `json:"aliases" doc:"Former keys."`
	Resolution   string           `json:"resolution"`
	Labels       []string         `json:"labels"`
	Components   []string         `json:"components"`
	Closed       instant          `json:"closed"`
	Mirrors      []string         `json:"mirrors" doc:"Items in which the same work is kept."`
	Claims       []claimRow       `json:"claims" doc:"What the item itself says."`
	Dependencies []dependencyRow  `json:"dependencies" doc:"Those the item is an end of."`
	Since        instant          `json:"since" doc:"Start of the current unbroken stretch of causes; null while not blocked."`
	SinceKnown   string           `json:"since_known" enum:",history,observed"`
	Causes       []causeRow       `json:"causes"`
	Blockers     []string         `json:"blockers" doc:"Direct blockers."`
	Roots        []string         `json:"roots" doc:"Root blockers, transitively."`
	Depth        int              `json:"depth" doc:"Longest chain to a root, in edges."`
	Chain        []string         `json:"chain" doc:"The longest chain of waiting, the item first."`
	BlastRadius  radiusRow        `json:"blast_radius"`
	Escalation   string           `json:"escalation" doc:"Level of escalation, empty while there is none."`
	Stakeholders []stakeholderRow `json:"stakeholders" doc:"Whom it concerns: of the item and of what it waits on or holds up directly."`
}

type radiusRow struct {
	Items       int      `json:"items" doc:"Open items that transitively wait on this one."`
	Teams       []string `json:"teams"`
	Points      float64  `json:"points"`
	EarliestDue date     `json:"earliest_due"`
	Waiting     []string `json:"waiting" doc:"The items."`
}

type stakeholderRow struct {
	Team string `json:"team"`
	Role string `json:"role" enum:"lead,manager,channel,assignee"`
	Name string `json:"name"`
}

func (e *endpoint) serveOne(w http.ResponseWriter, c *call) error {
	if _, ok := accepts(c.Header.Get("Accept"), typeJSON); !ok {
		return &problem{Status: http.StatusNotAcceptable, Detail: "this is served as application/json"}
	}
	answer, err := e.one(c)
	if err != nil {
		return err
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode %s: %w", e.path, err)
	}
	finish(w, c.Request, http.StatusOK, typeJSON, append(body, '\n'))
	return nil
}

func oneItem(c *call) (any, error) {
	ref := c.PathValue("ref")
	i, ok := c.Find(ref)
	if !ok {
		return nil, &problem{
			Status: http.StatusNotFound, Detail: fmt.Sprintf("no item, or more than one, is known as %q", clip(ref, 100)), Hints: c.nearRefs(ref),
		}
	}
	n := &c.Items[i]
	a := itemAnswer{
		AsOf: c.AsOf, Stale: c.Stale, itemRow: c.item(i), Aliases: list(n.Aliases), Resolution: n.Resolution, Labels: list(n.Labels), Components: list(n.Components),
		Closed: instant(n.Closed), Mirrors: c.mirrors(i), Claims: []claimRow{}, Dependencies: []dependencyRow{}, Causes: []causeRow{}, Blockers: []string{},
		Stakeholders: c.stakeholders(i),
	}
	for _, claim := range c.ClaimsOf(i) {
		a.Claims = append(a.Claims, claimRow{c.ends(&c.Dependencies[claim.Dependency]), sourceOf(claim.Claim)})
	}
	for _, d := range c.DependenciesOf(i) {
		a.Dependencies = append(a.Dependencies, c.dependency(&c.Dependencies[d]))
	}
	if n.Blocked >= 0 {
		b := &c.Blocked[n.Blocked]
		a.Since, a.SinceKnown, a.Causes, a.Blockers = instant(b.Since), b.SinceKnown.String(), c.causes(b), c.refs(b.Blockers)
	}
	roots, depth := c.Roots(i)
	a.Roots, a.Depth, a.Chain = c.refs(roots), depth, c.refs(c.Chain(i))
	r := c.Radius(i)
	a.BlastRadius = radiusRow{r.Items, list(r.Teams), r.Points, date(r.EarliestDue), c.refs(r.Waiting)}
	return a, nil
}

// mirrors are the other items that are the same piece of work.
func (v view) mirrors(item int32) []string {
	out := []string{}
	for i := range v.Items {
		if int32(i) != item && v.Items[i].Twin == v.Items[item].Twin {
			out = append(out, v.Ref(int32(i)))
		}
	}
	return out
}

// stakeholders are the leads, managers and channels of the teams on both ends
// of the item's active dependencies, and the assignees; of the item alone when
// it has none.
func (v view) stakeholders(item int32) []stakeholderRow {
	concerned := []int32{item}
	for _, i := range v.DependenciesOf(item) {
		if d := &v.Dependencies[i]; d.State == model.Active {
			concerned = append(concerned, d.From.Item(), d.To.Item())
		}
	}
	out := []stakeholderRow{}
	for _, i := range concerned {
		n := &v.Items[i]
		for t := range v.Teams {
			if team := &v.Teams[t]; team.Name == n.Team {
				out = append(out, stakeholderRow{n.Team, "lead", team.Lead}, stakeholderRow{n.Team, "manager", team.Manager}, stakeholderRow{n.Team, "channel", team.Channel})
			}
		}
		for _, a := range n.Assignees {
			out = append(out, stakeholderRow{n.Team, "assignee", person(a)})
		}
	}
	out = slices.DeleteFunc(out, func(s stakeholderRow) bool { return s.Name == "" })
	slices.SortFunc(out, func(a, b stakeholderRow) int {
		return cmp.Or(cmp.Compare(a.Team, b.Team), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Name, b.Name))
	})
	return slices.Compact(out)
}

// nearRefs are the refs that may have been meant by one that names no item: by
// the whole ref, or by the key alone in any tracker.
func (v view) nearRefs(ref string) []string {
	const most = 5
	byKey := map[string][]string{}
	candidates := iter.Seq[string](func(yield func(string) bool) {
		for i := range v.Items {
			n := &v.Items[i]
			if len(byKey[n.Key]) == 0 && !yield(n.Key) {
				return
			}
			byKey[n.Key] = append(byKey[n.Key], n.Ref())
			if !yield(n.Ref()) {
				return
			}
		}
	})
	var out []string
	for _, name := range nearest(ref, candidates, 2*most) {
		refs := byKey[name]
		if refs == nil {
			refs = []string{name}
		}
		for _, r := range refs {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out[:min(most, len(out))]
}
