package web

import (
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/waitgraph/waitgraph/internal/nearest"
	"github.com/waitgraph/waitgraph/internal/wire"
)

// itemAnswer is one item with everything about it.
type itemAnswer struct {
	AsOf  wire.Time `json:"as_of" doc:"The moment the answer is true for."`
	Stale bool      `json:"stale" doc:"Whether any tracker was not read whole recently enough to be believed."`
	itemRow
	Aliases      []string         `json:"aliases" doc:"Former keys."`
	Resolution   string           `json:"resolution"`
	Labels       []string         `json:"labels"`
	Components   []string         `json:"components"`
	Closed       wire.Time        `json:"closed"`
	Mirrors      []string         `json:"mirrors" doc:"Items in which the same work is kept."`
	Claims       []claimRow       `json:"claims" doc:"What the item itself says."`
	Dependencies []dependencyRow  `json:"dependencies" doc:"Those the item is an end of."`
	Since        wire.Time        `json:"since" doc:"Start of the current unbroken stretch of causes; null while not blocked."`
	SinceKnown   string           `json:"since_known" enum:",history,observed"`
	Causes       []causeRow       `json:"causes"`
	Blockers     []string         `json:"blockers" doc:"Direct blockers."`
	Roots        []string         `json:"roots" doc:"Root blockers, transitively."`
	Depth        int              `json:"depth" doc:"Longest chain to a root, in edges."`
	Chain        []string         `json:"chain" doc:"The longest chain of waiting, the item first."`
	BlastRadius  radiusRow        `json:"blast_radius"`
	NeededBy     wire.Date        `json:"needed_by" doc:"The earliest date of what transitively waits on it; null if none has one."`
	NeededByFrom string           `json:"needed_by_from" doc:"The item with that date."`
	Critical     []string         `json:"critical" doc:"The chain of waiting that ends latest, the item first."`
	End          wire.Date        `json:"end" doc:"The latest date in that chain: the item cannot be done before; null if none has one."`
	EndFrom      string           `json:"end_from" doc:"The item with that date."`
	Closing      closingRow       `json:"closing" doc:"What closing it would do at once."`
	Slip         *slipRow         `json:"slip" doc:"What finishing it later would break; null unless slip_days was given."`
	Conflicts    []conflictRow    `json:"conflicts" doc:"What it disagrees about with what it waits on, holds up or mirrors."`
	Findings     []string         `json:"findings" doc:"Kinds of findings about it."`
	Programs     []string         `json:"programs" doc:"Programs that select it."`
	Escalation   string           `json:"escalation" doc:"The highest level of escalation among its causes, empty while there is none."`
	Stakeholders []stakeholderRow `json:"stakeholders" doc:"Whom it concerns: of the item and of what it waits on or holds up directly."`
}

type radiusRow struct {
	Items       int       `json:"items" doc:"Open items that transitively wait on this one."`
	Teams       []string  `json:"teams"`
	Points      float64   `json:"points"`
	EarliestDue wire.Date `json:"earliest_due"`
	Waiting     []string  `json:"waiting" doc:"The items."`
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
	answer := func() ([]byte, error) {
		a, err := e.one(c)
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", e.path, err)
		}
		return append(body, '\n'), nil
	}
	if e.early { // it tells more than the graph and how fresh it is
		body, err := answer()
		if err == nil {
			finish(w, c.Request, http.StatusOK, typeJSON, body)
		}
		return err
	}
	made, err := c.server.shared(c.Graph, &c.status, c.URL.EscapedPath()+"?"+c.URL.RawQuery, answer)
	if err == nil {
		send(w, c.Request, http.StatusOK, typeJSON, made)
	}
	return err
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
		AsOf: c.AsOf, Stale: c.Stale, itemRow: c.item(i), Aliases: list(n.Aliases), Resolution: n.Resolution.String(), Labels: list(n.Labels), Components: list(n.Components),
		Closed: wire.At(n.Closed.Time()), Mirrors: c.mirrors(i), Claims: []claimRow{}, Dependencies: []dependencyRow{}, Causes: []causeRow{}, Blockers: []string{},
		Stakeholders: c.stakeholders(i), Conflicts: []conflictRow{},
	}
	for claim := range c.ClaimsOf(i) {
		a.Claims = append(a.Claims, claimRow{c.ends(&c.Dependencies[claim.Dependency]), sourceOf(claim.Claim)})
	}
	for _, d := range c.DependenciesOf(i) {
		a.Dependencies = append(a.Dependencies, c.dependency(d))
		for _, conflict := range c.ConflictsOf(d) {
			a.Conflicts = append(a.Conflicts, c.conflict(&conflict))
		}
	}
	if n.Blocked >= 0 {
		b := &c.Blocked[n.Blocked]
		a.Since, a.SinceKnown, a.Causes, a.Blockers = wire.At(b.Since.Time()), b.SinceKnown.String(), c.causes(b), c.refs(b.Blockers)
		a.Escalation = c.LevelName(c.Escalated(b))
	}
	roots, depth := c.Roots(i)
	a.Roots, a.Depth, a.Chain = c.refs(roots), depth, c.refs(c.Chain(i))
	r := c.Radius(i)
	a.BlastRadius = radiusRow{r.Items, list(r.Teams), r.Points, wire.On(r.EarliestDue), c.refs(r.Waiting)}
	c.foresee(&a, i)
	return a, nil
}

// foresee tells of an item by when it is needed, when it can be done and what
// would change if it were done now, or later.
func (c *call) foresee(a *itemAnswer, i int32) {
	if w := c.WantedBy(i); w >= 0 {
		a.NeededBy, a.NeededByFrom = wire.On(c.Items[w].Date()), c.Ref(w)
	}
	chain := c.Critical(i)
	a.Critical = c.refs(chain)
	if end := c.LatestDate(chain); end >= 0 {
		a.End, a.EndFrom = wire.On(c.Items[end].Date()), c.Ref(end)
	}
	a.Closing = c.closing(i)
	if c.query.text("slip_days") != "" {
		a.Slip = c.slip(i, c.query.number("slip_days", 0))
	}
	for _, f := range c.Findings {
		if f.Item == i {
			a.Findings = append(a.Findings, f.Kind.String())
		}
	}
	a.Findings = list(slices.Compact(a.Findings)) // findings come by kind
	for p := range c.Programs {
		if _, in := slices.BinarySearch(c.Programs[p].Items, i); in {
			a.Programs = append(a.Programs, c.Programs[p].Name)
		}
	}
	a.Programs = list(a.Programs)
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

// stakeholders are whom it concerns: of the item and of what it directly waits
// on or holds up.
func (v view) stakeholders(item int32) []stakeholderRow {
	out := []stakeholderRow{}
	for _, s := range v.StakeholdersAround(item) {
		out = append(out, stakeholderRow{s.Team, string(s.Role), s.Name})
	}
	return out
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
	for _, name := range nearest.Names(ref, candidates, 2*most) {
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
