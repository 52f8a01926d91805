// Package brief gathers what two teams need to know about each other when they
// sit down at one table: what each waits on from the other, since when, which
// dates and priorities disagree, how far it is escalated, whom to talk to, and
// what was resolved lately. JSON, Markdown and HTML are made of one structure,
// so that they never say different things.
//
// Like a graph, a brief is made without clock or I/O.
package brief

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/internal/nearest"
	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// Brief is what a team and another know of each other at one moment. Every list
// is there, if only without elements. Texts are the trackers' own, so hostile:
// escape them where they are shown.
type Brief struct {
	AsOf  wire.Time `json:"as_of" doc:"The moment the brief is true for."`
	Stale bool      `json:"stale" doc:"Whether any tracker was not read whole recently enough to be believed."`
	Team  string    `json:"team"`
	With  string    `json:"with" doc:"The other team; empty for all others."`
	Since wire.Time `json:"since" doc:"Since when what was resolved is told."`
	Teams []Team    `json:"teams" doc:"The teams that occur, whom to talk to in each: team first, then by name."`
	// Sides are always two: what Team waits on, then what waits on Team.
	Sides   []Side     `json:"sides" doc:"Two: what team waits on the other for, and what the other waits on team for."`
	Mirrors []Conflict `json:"mirrors" doc:"Items of both that are the same work and whose states differ."`

	zone *time.Location
}

// Team is whom to talk to in a team; what the config does not name is empty.
type Team struct {
	Team    string `json:"team"`
	Lead    string `json:"lead"`
	Manager string `json:"manager"`
	Channel string `json:"channel"`
}

// Side is what one side waits on the other for.
type Side struct {
	Team   string `json:"team" doc:"The team that waits; empty for all others."`
	OnTeam string `json:"on_team" doc:"The team it waits on; empty for all others."`
	// Items is the number of pieces of work behind Waits, as the waiting matrix counts them.
	Items  int       `json:"items" doc:"Pieces of work that wait, mirrored items once: as /matrix counts them for two teams."`
	Oldest wire.Time `json:"oldest" doc:"The earliest start of those waits."`
	Waits  []Wait    `json:"waits" doc:"The most escalated first, then the oldest."`
	// Abandoned wait on nothing any more: their blocker was dropped and somebody must decide.
	Abandoned []Wait     `json:"abandoned" doc:"Open items whose blocker was dropped: not counted as waiting, but somebody must decide."`
	Resolved  []Resolved `json:"resolved" doc:"Waits that ended since, the latest first."`
	// WaitedSeconds is the time waited since Since, as model.Wait.Blocked sums it.
	WaitedSeconds float64 `json:"waited_seconds" doc:"Time waited since, as /waits has it: of each item and team waited on without overlap."`
}

// Wait is an item that waits on another: a dependency between the two teams.
type Wait struct {
	Blocked    Item      `json:"blocked" doc:"What waits."`
	Blocker    Item      `json:"blocker" doc:"What it waits on."`
	Since      wire.Time `json:"since" doc:"When the wait began."`
	SinceKnown string    `json:"since_known" enum:"history,observed" doc:"Whether since is from the tracker's history or only from when waitgraph first observed it."`
	AgeDays    *int      `json:"age_days" doc:"Whole days since then; null when since is not known."`

	NeededBy     wire.Date `json:"needed_by" doc:"By when the blocker is needed: the earliest date of the blocked item and all that waits on it; null if none has one."`
	NeededByFrom string    `json:"needed_by_from" doc:"The item with that date."`
	SlackDays    *int      `json:"slack_days" doc:"Days the blocker's date leaves before it is needed, less than 0 when it comes too late; null unless both are known."`

	Escalation string    `json:"escalation" doc:"The level of escalation, empty while there is none."`
	Escalated  wire.Time `json:"escalated" doc:"When that level was reached."`

	Conflicts []Conflict `json:"conflicts" doc:"What the two ends disagree about."`
	Claims    []Claim    `json:"claims" doc:"Who says that the one waits on the other."`
	BothSides bool       `json:"both_sides" doc:"Whether both ends stand behind it."`
	// Frees tells whether the blocked item can go on when the blocker is closed.
	Frees  bool  `json:"frees" doc:"Whether closing the blocker frees the item: nothing else holds it up."`
	Behind []End `json:"behind" doc:"The root blockers that the blocker itself waits on."`
	// Waiting is the size of the blocker's blast radius.
	Waiting int `json:"waiting" doc:"Open items that transitively wait on the blocker."`
}

// Item is one end of a wait. Of an item that is gone only Ref is known.
type Item struct {
	Ref       string    `json:"ref"`
	Title     string    `json:"title"`
	URL       string    `json:"url" doc:"Where people see it; empty unless http or https."`
	Type      string    `json:"type" doc:"The tracker's word."`
	Team      string    `json:"team"`
	State     string    `json:"state" enum:",todo,doing,done,dropped"`
	Status    string    `json:"status" doc:"The tracker's word behind the state."`
	Priority  string    `json:"priority" doc:"The tracker's word."`
	Assignees []string  `json:"assignees" doc:"Names, or accounts where there is no name."`
	Date      wire.Date `json:"date" doc:"Its due date, else its sprint's, milestone's or fix version's end."`
	Attended  wire.Time `json:"attended" doc:"When somebody last attended to it."`
	What      string    `json:"what" enum:",created,assignee,sprint,date,status,comment,other" doc:"To what of it; empty where no history tells: attended is then its last update by whatever."`
	Stub      bool      `json:"stub" doc:"Known only from links to it: who has it is not known."`
	Stale     bool      `json:"stale" doc:"Whether its tracker is stale."`
}

// End is an item by its name and team.
type End struct {
	Ref  string `json:"ref"`
	Team string `json:"team"`
}

// Claim is who says that one item waits on the other.
type Claim struct {
	ClaimedBy string    `json:"claimed_by" doc:"The item that says so."`
	Origin    string    `json:"origin" enum:"issue_link,dependency,sub_issue,parent_field,remote_link,closing_reference,text,rule"`
	Where     string    `json:"where" doc:"The place within the origin."`
	Author    string    `json:"author"`
	At        wire.Time `json:"at" doc:"When it was established, if the tracker tells."`
	FirstSeen wire.Time `json:"first_seen" doc:"When waitgraph first saw it."`
}

// Conflict is one thing the two ends disagree about.
type Conflict struct {
	Kind         string `json:"kind" enum:"due_date,no_date,priority,release,direction,state"`
	Blocker      End    `json:"blocker" doc:"Of mirrored items the one that sorts first."`
	Blocked      End    `json:"blocked"`
	BlockerValue string `json:"blocker_value"`
	BlockedValue string `json:"blocked_value"`
}

// The outcomes of a wait that ended, besides the states of a dependency:
// satisfied (the blocker was done), abandoned (it was dropped), moot (the item
// that waited was closed) and active (it waits again).
const (
	Withdrawn = "withdrawn" // nobody says so any more
	Gone      = "gone"      // an end is no item any more
)

// Resolved is a wait that ended.
type Resolved struct {
	Blocked   Item      `json:"blocked" doc:"What waited, as it is now."`
	Blocker   Item      `json:"blocker" doc:"What it waited on, as it is now."`
	Outcome   string    `json:"outcome" enum:"satisfied,abandoned,moot,withdrawn,gone,active" doc:"The blocker was done, or was dropped; the waiting item was closed; nobody says so any more; an end is gone; it waits again."`
	From      wire.Time `json:"from" doc:"When the wait began."`
	FromKnown string    `json:"from_known" enum:"history,observed"`
	To        wire.Time `json:"to" doc:"When it ended."`
	ToKnown   string    `json:"to_known" enum:"history,observed"`
}

// Zone is the time zone in which people read the times.
func (b *Brief) Zone() *time.Location { return b.zone }

// New makes the brief of a team and another, or of a team and all others for an
// empty with. What ended is told since the time given. A team that the config
// does not have, or one with itself, is an error for the user.
func New(g *model.Graph, team, with string, since time.Time) (*Brief, error) {
	for _, name := range []string{team, with} {
		if name == with && with == "" {
			continue
		}
		if err := known(g, name); err != nil {
			return nil, err
		}
	}
	if team == with {
		return nil, fmt.Errorf("a brief is of two teams: %q is given twice", team)
	}
	b := &Brief{
		AsOf: wire.At(g.AsOf), Stale: g.Stale(), Team: team, With: with, Since: wire.At(since), Mirrors: []Conflict{}, zone: g.Location,
	}
	other := func(name string) bool { return name == with || with == "" && name != team }
	ours := func(t, on string) bool { return t == team && other(on) }
	theirs := func(t, on string) bool { return other(t) && on == team }
	a := gatherer{g: g, b: b, between: ours}
	a.waits = g.Waits(time.Time{}, g.AsOf, func(t, on string) bool { return ours(t, on) || theirs(t, on) })
	b.Sides = append(b.Sides, a.side(team, with))
	a.between = theirs
	b.Sides = append(b.Sides, a.side(with, team))
	a.mirrors(other)
	a.teams()
	return b, nil
}

// known is an error unless there is a team of the name.
func known(g *model.Graph, name string) error {
	names := make([]string, 0, len(g.Teams)+1)
	for i := range g.Teams {
		names = append(names, g.Teams[i].Name)
	}
	names = append(names, model.Unowned)
	if slices.Contains(names, name) {
		return nil
	}
	if near := nearest.Names(name, slices.Values(names), 1); len(near) > 0 {
		return fmt.Errorf("no team %q: did you mean %q?", name, near[0])
	}
	return fmt.Errorf("no team %q: there are %s", name, strings.Join(names, ", "))
}

// since is how far back a brief tells of what ended, unless told.
const since = 30 * 24 * time.Hour

// Since reads since when a brief tells of what ended: a day of the zone, or a
// time with its own; 30 days before asOf for an empty text.
func Since(text string, asOf time.Time, zone *time.Location) (time.Time, error) {
	if text == "" {
		return asOf.Add(-since), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.ParseInLocation(time.DateOnly, text, zone)
	}
	switch {
	case err != nil:
		return at, errors.New("neither a day such as 2026-03-31 nor a time such as 2026-03-31T12:00:00Z")
	case at.After(asOf):
		return at, fmt.Errorf("after the moment of the brief, %s", asOf.In(zone).Format(time.RFC3339))
	}
	return at, nil
}
