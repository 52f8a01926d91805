package model

import "time"

// Interval is a stretch of time in which one cause held one item up, as it was
// recorded. It says by itself whom it concerns, so that it outlives the items.
type Interval struct {
	// Seq numbers the intervals in the order in which they were first recorded, from 1.
	Seq int64 `json:"seq"`
	// Item waited, of team Team: the team that owned it last while it waited.
	Item ID     `json:"item"`
	Ref  string `json:"ref"`
	Team string `json:"team"`
	// Blocker held it up, of team OnTeam. For a signal of the item's own these
	// are empty and Signal tells it as kind:value.
	Blocker    ID     `json:"blocker,omitzero"`
	BlockerRef string `json:"blocker_ref,omitempty"`
	OnTeam     string `json:"on_team,omitempty"`
	Signal     string `json:"signal,omitempty"`
	// From and To bound it; To is zero while it lasts.
	From      time.Time `json:"from"`
	FromKnown Known     `json:"from_known"`
	To        time.Time `json:"to,omitzero"`
	ToKnown   Known     `json:"to_known,omitzero"`
	// FirstSeen is when waitgraph first saw the cause hold the item up.
	FirstSeen time.Time `json:"first_seen"`
}

// End is when the interval ended, or now while it lasts.
func (i *Interval) End(now time.Time) time.Time {
	if i.To.IsZero() {
		return now
	}
	return i.To
}

// Totals are the counters of one team since recording began. They never fall,
// whatever happens to the items they counted.
type Totals struct {
	Team string `json:"team"`
	// BlockedSeconds is the time blocked items of the team have waited: an item
	// blocked for a day by any number of causes adds a day.
	BlockedSeconds float64 `json:"blocked_seconds"`
	Arrived        int64   `json:"arrived"`
	Completed      int64   `json:"completed"`
	Reopened       int64   `json:"reopened"`
}

// History is what was recorded of the past. Immutable, like a graph.
type History struct {
	// Began is when recording began; zero when nothing was recorded yet.
	Began time.Time `json:"began,omitzero"`
	// At is up to when the blocked seconds count: the last moment at which every
	// tracker was fresh.
	At time.Time `json:"at,omitzero"`
	// Closed are the intervals that ended. Those that last are the causes of the graph.
	Closed []Interval `json:"closed"`
	Totals []Totals   `json:"totals"` // sorted by team
}

// TotalsOf are the counters of a team, zero if it has none yet.
func (h *History) TotalsOf(team string) Totals {
	if h != nil {
		for _, t := range h.Totals {
			if t.Team == team {
				return t
			}
		}
	}
	return Totals{Team: team}
}

// FlowKind is a way in which an item comes or goes.
type FlowKind string

// The kinds of flow.
const (
	Arrived   FlowKind = "arrived"   // created
	Completed FlowKind = "completed" // became done
	Reopened  FlowKind = "reopened"  // became open again
)

// FlowEvent is an item that was seen to come or go. It is recorded with the
// item, and counted once, for the team that owns the item in the next graph.
type FlowEvent struct {
	Item ID
	Key  string
	Kind FlowKind
	At   time.Time // when it was seen
}

// Chapter is one recorded step of the history: what a store writes in one
// transaction. Loaded, it is all of the history.
type Chapter struct {
	// Began is as of History; Seen is the moment of the step, At that up to which
	// the blocked seconds count.
	Began, Seen, At time.Time
	// Intervals replace those of the same Seq, Totals those of the same team.
	Intervals []Interval
	Totals    []Totals
	// Flow are, loaded, the events not yet counted; of a step those it counted.
	Flow []FlowEvent
}
