package web

import (
	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// What answers are made of. Every key is always there: an unknown time, date or
// number is null, an unknown text "", a list without elements []. The doc tags
// are the descriptions in the OpenAPI document, enum the values there are.

// stamp is in every answer.
type stamp struct {
	AsOf  wire.Time `json:"as_of" doc:"The moment the answer is true for; null before the first graph."`
	Stale bool      `json:"stale" doc:"Whether any tracker was not read whole recently enough to be believed."`
}

type itemRow struct {
	Ref       string    `json:"ref" doc:"The item's name across trackers: tracker:key."`
	NativeID  string    `json:"native_id" doc:"The tracker's own immutable id."`
	Tracker   string    `json:"tracker"`
	Key       string    `json:"key"`
	URL       string    `json:"url" doc:"Where people see it; empty unless http or https."`
	Title     string    `json:"title"`
	Type      string    `json:"type" doc:"The tracker's word."`
	State     string    `json:"state" enum:"todo,doing,done,dropped"`
	Status    string    `json:"status" doc:"The tracker's word behind the state."`
	Priority  string    `json:"priority" doc:"The tracker's word."`
	Team      string    `json:"team"`
	Assignees []string  `json:"assignees" doc:"Names, or accounts where there is no name."`
	Points    *float64  `json:"points"`
	Due       wire.Date `json:"due"`
	Created   wire.Time `json:"created"`
	Updated   wire.Time `json:"updated"`
	Stub      bool      `json:"stub" doc:"Known only from another item's payload."`
	Blocked   bool      `json:"blocked"`
	Stale     bool      `json:"stale" doc:"Whether the item's own tracker is stale."`
}

type causeRow struct {
	Cause      string    `json:"cause" enum:"dependency,signal"`
	Blocker    string    `json:"blocker" doc:"Ref of the blocker; empty for a signal."`
	Signal     string    `json:"signal" doc:"Where the signal stands: flag, status, label or field; empty for a dependency."`
	Value      string    `json:"value" doc:"What the signal says."`
	Finding    string    `json:"finding" doc:"For a signal: unexplained without any dependency past or present, stale_signal when none of those it had is active or unknown."`
	Since      wire.Time `json:"since"`
	SinceKnown string    `json:"since_known" enum:"history,observed"`
}

type blockedRow struct {
	Ref        string     `json:"ref"`
	Title      string     `json:"title"`
	URL        string     `json:"url"`
	Team       string     `json:"team"`
	Since      wire.Time  `json:"since" doc:"Start of the current unbroken stretch of causes."`
	SinceKnown string     `json:"since_known" enum:"history,observed" doc:"Whether since is from the tracker's history or only from when waitgraph first observed it."`
	Causes     []causeRow `json:"causes"`
	Blockers   []string   `json:"blockers" doc:"Direct blockers."`
	Roots      []string   `json:"roots" doc:"Root blockers, transitively."`
	Priority   string     `json:"priority" doc:"The tracker's word."`
	Due        wire.Date  `json:"due"`
	Depth      int        `json:"depth" doc:"Longest chain to a root, in edges."`
	Escalation string     `json:"escalation" doc:"The highest level of escalation among its causes, empty while there is none."`
	Escalated  wire.Time  `json:"escalated" doc:"When that level was reached."`
	Stale      bool       `json:"stale" doc:"Whether the item's own tracker is stale."`
}

// ends are the two ends of a dependency or claim: blocker and blocked, or from
// and to for other kinds.
type ends struct {
	Kind     string `json:"kind" enum:"blocks,parent,implements,duplicates,mirrors,relates"`
	Blocker  string `json:"blocker,omitempty" doc:"For kind blocks: what must finish first."`
	Blocked  string `json:"blocked,omitempty" doc:"For kind blocks: what waits."`
	From     string `json:"from,omitempty" doc:"For the other kinds."`
	To       string `json:"to,omitempty" doc:"For the other kinds."`
	Resolved bool   `json:"resolved" doc:"Whether both ends are known items; an end that is not is shown as it was found."`
	Reason   string `json:"reason" doc:"Why an end is no known item; empty when resolved." enum:",unseen,ambiguous,gone,forbidden"`
}

type dependencyRow struct {
	ends
	State      string        `json:"state" enum:",active,satisfied,abandoned,moot,unknown" doc:"For kind blocks, else empty."`
	CrossTeam  bool          `json:"cross_team"`
	Team       string        `json:"team" doc:"Owns what waits, for the other kinds the end in to; empty when that is no known item."`
	OnTeam     string        `json:"on_team" doc:"Owns the blocker, for the other kinds the end in from; empty when that is no known item."`
	Since      wire.Time     `json:"since" doc:"When it was established, by its earliest claim."`
	SinceKnown string        `json:"since_known" enum:"history,observed"`
	BothSides  bool          `json:"both_sides" doc:"Whether both ends stand behind it."`
	TextOnly   bool          `json:"text_only" doc:"Whether only text says so."`
	Evidence   []evidenceRow `json:"evidence"`
	Conflicts  []string      `json:"conflicts" doc:"Kinds of what its ends disagree about: /conflicts tells more."`
	Escalation string        `json:"escalation" doc:"Level of escalation, empty while there is none."`
	Levels     []levelRow    `json:"levels" doc:"The levels whose conditions hold, and when each was reached."`
	Stale      bool          `json:"stale" doc:"Whether the tracker of an end is stale."`
}

// source is where a claim was read.
type source struct {
	Origin    string    `json:"origin" enum:"issue_link,dependency,sub_issue,parent_field,remote_link,closing_reference,text,rule"`
	Where     string    `json:"where" doc:"The place within the origin."`
	Author    string    `json:"author"`
	At        wire.Time `json:"at" doc:"When it was established, if the tracker tells."`
	FirstSeen wire.Time `json:"first_seen" doc:"When waitgraph first saw it."`
}

type evidenceRow struct {
	ClaimedBy string `json:"claimed_by"`
	source
}

type claimRow struct {
	ends
	source
}

type cellRow struct {
	Team        string    `json:"team"`
	OnTeam      string    `json:"on_team"`
	Items       int       `json:"items" doc:"Blocked items of team that wait directly on on_team."`
	OldestSince wire.Time `json:"oldest_since"`
	OldestKnown string    `json:"oldest_since_known" enum:",history,observed" doc:"Whether oldest_since comes from history, or is only when it was first seen."`
	Points      float64   `json:"points"`
}

type blockerRow struct {
	Ref         string    `json:"ref"`
	Title       string    `json:"title"`
	URL         string    `json:"url"`
	Team        string    `json:"team"`
	Assignees   []string  `json:"assignees" doc:"Names, or accounts where there is no name."`
	Items       int       `json:"items" doc:"Open items that transitively wait on it."`
	Teams       []string  `json:"teams" doc:"Their teams."`
	Points      float64   `json:"points"`
	EarliestDue wire.Date `json:"earliest_due"`
}

type cycleRow struct {
	Members []string `json:"members"`
	Cut     *cutRow  `json:"cut" doc:"The dependency to give up; null for an item that depends on itself."`
}

type cutRow struct {
	Blocker string `json:"blocker"`
	Blocked string `json:"blocked"`
	Why     string `json:"why"`
}

type danglingRow struct {
	From   string `json:"from" doc:"The item that makes the claim."`
	Team   string `json:"team" doc:"Owns that item."`
	Kind   string `json:"kind" enum:"blocks,parent,implements,duplicates,mirrors,relates"`
	Target string `json:"target" doc:"As found."`
	Reason string `json:"reason" enum:"unseen,ambiguous,gone,forbidden"`
}

// view names the parts of one graph.
type view struct{ *model.Graph }

func (v view) refs(items []int32) []string {
	out := make([]string, len(items))
	for i, n := range items {
		out[i] = v.Ref(n)
	}
	return out
}

func (v view) item(i int32) itemRow {
	n := &v.Items[i]
	return itemRow{
		Ref: n.Ref(), NativeID: n.ID.Native, Tracker: n.ID.Tracker.String(), Key: n.Key, URL: link(n.URL), Title: n.Title, Type: n.Type.String(),
		State: n.State.String(), Status: n.Status.String(), Priority: n.Priority.String(), Team: n.Team.String(), Assignees: people(n), Points: n.Points,
		Due: wire.On(n.Due), Created: wire.At(n.Created.Time()), Updated: wire.At(n.Updated.Time()), Stub: n.Stub, Blocked: n.Blocked >= 0, Stale: n.Stale,
	}
}

// people are the assignees by name.
func people(n *model.Node) []string {
	names := make([]string, len(n.Assignees))
	for i, a := range n.Assignees {
		names[i] = person(a)
	}
	return names
}

func person(a model.Account) string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

func (v view) causes(b *model.Blocked) []causeRow {
	out := make([]causeRow, len(b.Causes))
	for i, c := range b.Causes {
		row := causeRow{Cause: "dependency", Finding: c.Finding.String(), Since: wire.At(c.Since.Time()), SinceKnown: c.SinceKnown.String()}
		if c.Dependency >= 0 {
			row.Blocker = v.Name(v.Dependencies[c.Dependency].From)
		} else {
			row.Cause, row.Signal, row.Value = "signal", string(c.Signal.Kind), c.Signal.Value
		}
		out[i] = row
	}
	return out
}

func (v view) blocked(b *model.Blocked) blockedRow {
	n := &v.Items[b.Item]
	roots, _ := v.Roots(b.Item)
	escalation := v.Escalated(b)
	row := blockedRow{
		Ref: n.Ref(), Title: n.Title, URL: link(n.URL), Team: n.Team.String(), Since: wire.At(b.Since.Time()), SinceKnown: b.SinceKnown.String(),
		Causes: v.causes(b), Blockers: v.refs(b.Blockers), Roots: v.refs(roots), Depth: b.Depth, Stale: n.Stale,
		Priority: n.Priority.String(), Due: wire.On(n.Due),
		Escalation: v.LevelName(escalation),
	}
	if escalation != nil {
		row.Escalated = wire.At(escalation.Reached[escalation.Level].Time())
	}
	return row
}

func (v view) ends(d *model.Dependency) ends {
	e := ends{Kind: d.Kind.String(), Resolved: d.From.Resolved() && d.To.Resolved()}
	if d.Kind == model.Blocks {
		e.Blocker, e.Blocked = v.Name(d.From), v.Name(d.To)
	} else {
		e.From, e.To = v.Name(d.From), v.Name(d.To)
	}
	if e.Reason = v.Reason(d.From).String(); d.From.Resolved() {
		e.Reason = v.Reason(d.To).String()
	}
	return e
}

func sourceOf(c *model.Claim) source {
	return source{c.Origin.String(), c.Where, c.Author, wire.At(c.At.Time()), wire.At(c.FirstSeen.Time())}
}

func (v view) dependency(i int32) dependencyRow {
	d := &v.Dependencies[i]
	claims := v.EvidenceOf(d)
	evidence := make([]evidenceRow, len(claims))
	for i, c := range claims {
		claim := v.Claim(c)
		evidence[i] = evidenceRow{v.Ref(claim.ClaimedBy), sourceOf(claim.Claim)}
	}
	conflicts := []string{}
	for _, c := range v.ConflictsOf(i) {
		conflicts = append(conflicts, c.Kind.String())
	}
	escalation := v.EscalationOf(i)
	team := func(e model.End) string {
		if !e.Resolved() {
			return ""
		}
		return v.Items[e.Item()].Team.String()
	}
	return dependencyRow{
		ends: v.ends(d), State: d.State.String(), CrossTeam: d.CrossTeam, Team: team(d.To), OnTeam: team(d.From), Since: wire.At(d.Since.Time()), SinceKnown: d.SinceKnown.String(),
		BothSides: d.BothSides, TextOnly: d.TextOnly, Evidence: evidence, Conflicts: conflicts,
		Escalation: v.LevelName(escalation), Levels: v.levels(escalation), Stale: d.Stale,
	}
}

func (v view) blocker(r *model.Root) blockerRow {
	n := &v.Items[r.Item]
	return blockerRow{
		Ref: n.Ref(), Title: n.Title, URL: link(n.URL), Team: n.Team.String(), Assignees: people(n), Items: r.Items, Teams: list(r.Teams), Points: r.Points, EarliestDue: wire.On(r.EarliestDue),
	}
}

func (v view) cycle(c *model.Cycle) cycleRow {
	row := cycleRow{Members: v.refs(c.Members)}
	if c.Cut >= 0 {
		d := &v.Dependencies[c.Cut]
		row.Cut = &cutRow{v.Name(d.From), v.Name(d.To), c.Why}
	}
	return row
}

// list makes no list an empty one.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
