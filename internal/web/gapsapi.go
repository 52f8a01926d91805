package web

import (
	"fmt"
	"time"

	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// gapsRow is what one team lacks. Each number stands beside the items it counts,
// but those of all open items, which /items lists.
type gapsRow struct {
	Team          string           `json:"team"`
	OpenItems     int              `json:"open_items" doc:"Open items of the team; /items?team=T&state=todo&state=doing lists them, mirrored ones each."`
	BlockingItems int              `json:"blocking_items" doc:"Open items of the team that hold up another."`
	Blocking      []string         `json:"blocking"`
	Unassigned    unassignedRow    `json:"unassigned" doc:"Open items nobody is assigned to, by why that matters."`
	Overloaded    []loadRow        `json:"overloaded" doc:"Members with more in progress than the team's limit, the one most waits on first."`
	Capacity      forecastRow      `json:"capacity" doc:"What can be completed within the horizon against what is due in it."`
	Concentration concentrationRow `json:"concentration" doc:"How much of what the team holds others up with hangs on few people."`
	Skills        []skillRow       `json:"skills" doc:"Skills that open items need and no available member has."`
	Flow          flowRow          `json:"flow" doc:"How work came and went in the window."`
	Bottleneck    bottleneckRow    `json:"bottleneck" doc:"Open work of other teams that transitively waits on the team."`
}

type unassignedRow struct {
	Blocking []string `json:"blocking" doc:"Hold up another item."`
	Doing    []string `json:"doing" doc:"In state doing."`
	Due      []string `json:"due" doc:"With a date within the horizon, or past."`
}

type loadRow struct {
	Person       string   `json:"person"`
	Limit        int      `json:"limit" doc:"Most items one member should have in progress."`
	DoingItems   int      `json:"doing_items"`
	Doing        []string `json:"doing" doc:"Items of any team."`
	WaitingItems int      `json:"waiting_items" doc:"Open items that transitively wait on those: the weight of the overload."`
	Waiting      []string `json:"waiting"`
}

type forecastRow struct {
	Until            wire.Date `json:"until" doc:"End of the horizon."`
	AvailableRatio   float64   `json:"available_ratio" doc:"Share of their working time that members are there for."`
	Points           *float64  `json:"points" doc:"Points the team can complete until then; null where the config has no pace in points."`
	Items            *float64  `json:"items" doc:"Items it can complete; null where the config has no pace in items."`
	DemandPoints     float64   `json:"demand_points" doc:"Sum of the estimates of what is due, without what has none."`
	DemandItems      int       `json:"demand_items" doc:"How many items are due."`
	Due              []string  `json:"due" doc:"Open items with a date until then, past ones included."`
	UnestimatedItems int       `json:"unestimated_items"`
	Unestimated      []string  `json:"unestimated" doc:"Those of due without an estimate."`
	Implausible      []string  `json:"implausible" doc:"Those of unestimated with one that cannot be meant."`
	EstimatedItems   int       `json:"estimated_items" doc:"Open items of the team with an estimate."`
	EstimateCoverage *float64  `json:"estimate_coverage" doc:"Share of the team's open items with an estimate; null when none is open."`
}

type concentrationRow struct {
	Ratio   *float64    `json:"ratio" doc:"Share of the blocking items on the person with the most; null when none blocks."`
	Half    int         `json:"half" doc:"How many of holders, in their order, it takes to carry half of the blocking items; 0 when too few are assigned."`
	Holders []holderRow `json:"holders" doc:"Assignees of the blocking items, the one with the most first."`
}

type holderRow struct {
	Person string   `json:"person"`
	Items  []string `json:"items"`
}

type skillRow struct {
	Skill string   `json:"skill"`
	Items []string `json:"items"`
}

type flowRow struct {
	From             wire.Time `json:"from" doc:"Start of the window, which ends at as_of."`
	ArrivedItems     int       `json:"arrived_items"`
	Arrived          []string  `json:"arrived" doc:"Created in the window."`
	CompletedItems   int       `json:"completed_items"`
	Completed        []string  `json:"completed" doc:"Became done in the window and are done still."`
	ReopenedItems    int       `json:"reopened_items"`
	Reopened         []string  `json:"reopened" doc:"Became open again in the window."`
	OpenBugs         []string  `json:"open_bugs" doc:"Open items whose type is a bug."`
	BugRatio         *float64  `json:"bug_ratio" doc:"Share of bugs among the open items; null when none is open."`
	MedianAgeSeconds *float64  `json:"median_age_seconds" doc:"Of the open items whose creation is known; null without any."`
	OldestAgeSeconds *float64  `json:"oldest_age_seconds" doc:"Null as the median is."`
	WeeksToClear     *float64  `json:"weeks_to_clear" doc:"How long what blocks others takes at the pace of the window; null when nothing was completed."`
}

type bottleneckRow struct {
	Items   int      `json:"items" doc:"Open items of other teams that transitively wait on the team."`
	Rank    int      `json:"rank" doc:"1 for the team most waits on; 0 when nothing waits."`
	Waiting []string `json:"waiting"`
}

func listGaps(c *call) (rows, error) {
	team, called := c.query.among("team"), c.called()
	return rows{
		n:     len(c.Gaps),
		match: func(i int) bool { return team(c.Gaps[i].Team) && called(c.Gaps[i].Team) },
		key:   func(i int) string { return fmt.Sprintf("%06d", i) },
		row:   func(i int) any { return c.gaps(&c.Gaps[i]) },
	}, nil
}

func (v view) gaps(g *model.TeamGaps) gapsRow {
	row := gapsRow{
		Team: g.Team, OpenItems: len(g.Open), BlockingItems: len(g.Blocking), Blocking: v.refs(g.Blocking),
		Unassigned: unassignedRow{v.refs(g.Unassigned.Blocking), v.refs(g.Unassigned.Doing), v.refs(g.Unassigned.Due)},
		Overloaded: []loadRow{}, Skills: []skillRow{}, Capacity: v.forecast(g),
		Concentration: concentrationRow{Ratio: maybe(g.Concentrated()), Half: g.Concentration.Half, Holders: []holderRow{}},
		Flow: flowRow{
			From:         wire.At(g.Flow.From),
			ArrivedItems: len(g.Flow.Arrived), Arrived: v.refs(g.Flow.Arrived),
			CompletedItems: len(g.Flow.Completed), Completed: v.refs(g.Flow.Completed),
			ReopenedItems: len(g.Flow.Reopened), Reopened: v.refs(g.Flow.Reopened),
			OpenBugs: v.refs(g.Flow.OpenBugs), BugRatio: maybe(g.BugShare()),
			MedianAgeSeconds: age(g.Flow.MedianAge), OldestAgeSeconds: age(g.Flow.OldestAge), WeeksToClear: maybe(g.WeeksToClear()),
		},
		Bottleneck: bottleneckRow{g.Bottleneck.Items, g.Bottleneck.Rank, []string{}},
	}
	for _, l := range g.Overloaded {
		row.Overloaded = append(row.Overloaded, loadRow{l.Person, l.Limit, len(l.Doing), v.refs(l.Doing), len(l.Waiting), v.refs(l.Waiting)})
	}
	for _, h := range g.Concentration.Holders {
		row.Concentration.Holders = append(row.Concentration.Holders, holderRow{h.Person, v.refs(h.Items)})
	}
	for _, s := range g.Skills {
		row.Skills = append(row.Skills, skillRow{s.Skill, v.refs(s.Items)})
	}
	if g.Bottleneck.Items > 0 {
		row.Bottleneck.Waiting = v.refs(v.WaitingOnTeam(g.Team))
	}
	return row
}

func (v view) forecast(g *model.TeamGaps) forecastRow {
	c := &g.Capacity
	return forecastRow{
		Until: wire.On(model.Date{Time: model.At(c.Until)}), AvailableRatio: c.Available, Points: c.Points, Items: c.Items, DemandPoints: c.DemandPoints,
		DemandItems: len(c.Due), Due: v.refs(c.Due), UnestimatedItems: len(c.Unestimated), Unestimated: v.refs(c.Unestimated),
		Implausible: v.refs(c.Implausible), EstimatedItems: len(c.OpenEstimated), EstimateCoverage: maybe(g.Coverage()),
	}
}

// age is one in seconds, nothing when it is not known.
func age(d time.Duration) *float64 { return maybe(d.Seconds(), d > 0) }

// maybe is a number, or nothing.
func maybe(v float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &v
}

type waitRow struct {
	Team          string        `json:"team"`
	OnTeam        string        `json:"on_team"`
	From          wire.Time     `json:"from" doc:"Start of the period."`
	To            wire.Time     `json:"to" doc:"End of the period, at most as_of."`
	Seconds       float64       `json:"seconds" doc:"Time waited, of each item without overlap: one that waited on two items for a day adds a day."`
	Items         int           `json:"items" doc:"Pieces of work that waited."`
	SummedSeconds float64       `json:"summed_seconds" doc:"Sum of the intervals, overlap included."`
	Intervals     []intervalRow `json:"intervals" doc:"What the numbers are made of, cut to the period."`
}

type intervalRow struct {
	Item      string    `json:"item"`
	Blocker   string    `json:"blocker"`
	From      wire.Time `json:"from"`
	FromKnown string    `json:"from_known" enum:"history,observed"`
	To        wire.Time `json:"to" doc:"Null while it lasts."`
	ToKnown   string    `json:"to_known" enum:",history,observed" doc:"Empty while it lasts, and where the period cut it."`
	Seconds   float64   `json:"seconds"`
}

// waitsBack is how far back a period begins unless told.
const waitsBack = 90 * 24 * time.Hour

// period reads the parameters from and to: a moment, or a day in the configured
// time zone, of which from is the start and to the end.
func (c *call) period() (from, to time.Time, err error) {
	var bad []invalid
	read := func(name string, missing time.Time, end bool) time.Time {
		text := c.query.text(name)
		if text == "" {
			return missing
		}
		at, ok := boundary(text, end, c.Location)
		if !ok {
			bad = append(bad, invalid{Parameter: name, Value: clip(text, 200), Detail: "neither a day such as 2026-03-31 nor a time such as 2026-03-31T12:00:00Z"})
		}
		return at
	}
	to = read("to", c.Graph.AsOf, true)
	from = read("from", to.Add(-waitsBack), false)
	if len(bad) == 0 && from.After(to) {
		bad = append(bad, invalid{Parameter: "from", Value: clip(c.query.text("from"), 200), Detail: "after the end of the period, " + to.UTC().Format(time.RFC3339)})
	}
	if len(bad) > 0 {
		return from, to, refuse(bad...)
	}
	return from, to, nil
}

// boundary reads a day or a time. A day begins and ends in the zone.
func boundary(text string, end bool, zone *time.Location) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, true
	}
	at, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err == nil && end {
		at = at.AddDate(0, 0, 1)
	}
	return at, err == nil
}

func listWaits(c *call) (rows, error) {
	from, to, err := c.period()
	if err != nil {
		return rows{}, err
	}
	if to.After(c.Graph.AsOf) {
		to = c.Graph.AsOf
	}
	team, onTeam := c.query.among("team"), c.query.among("on_team")
	waits := c.Waits(from, to, func(t, on string) bool { return team(t) && onTeam(on) })
	return rows{
		n:   len(waits),
		key: func(i int) string { return waits[i].Team + "\x00" + waits[i].OnTeam },
		row: func(i int) any {
			w := &waits[i]
			row := waitRow{w.Team, w.OnTeam, wire.At(from), wire.At(to), w.Blocked.Seconds(), w.Items, w.Summed.Seconds(), make([]intervalRow, len(w.Intervals))}
			for k := range w.Intervals {
				v := &w.Intervals[k]
				row.Intervals[k] = intervalRow{
					v.Ref, v.BlockerRef, wire.At(v.From), v.FromKnown.String(), wire.At(v.To), v.ToKnown.String(), v.End(to).Sub(v.From).Seconds(),
				}
			}
			return row
		},
	}, nil
}
