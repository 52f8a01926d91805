package model

import (
	"strings"
	"time"
)

// ID identifies an item for ever: the tracker by its config name, and the
// tracker's own immutable id (a Jira numeric id, a GitHub node id). Keys, URLs
// and numbers are aliases that may change.
type ID struct {
	Tracker Word   `json:"tracker"`
	Native  string `json:"native"`
}

// Compare orders IDs by tracker, then native id.
func (a ID) Compare(b ID) int {
	if c := a.Tracker.Compare(b.Tracker); c != 0 {
		return c
	}
	return strings.Compare(a.Native, b.Native)
}

// State is the normalised progress of an item; zero is none, neither open nor closed.
type State int8

// The four states of an item. Dropped means closed without being delivered.
const (
	Todo State = 1 + iota
	Doing
	Done
	Dropped
)

var states = vocabulary{"", "todo", "doing", "done", "dropped"}

// StateOf is the state of a word, zero if it is that of none.
func StateOf(word string) State {
	i, _ := states.read([]byte(word), "state")
	return State(i)
}

// String is the word for it: todo, doing, done, dropped, or "".
func (s State) String() string { return states[s] }

// MarshalText gives the word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the word.
func (s *State) UnmarshalText(text []byte) error {
	i, err := states.read(text, "state of an item")
	*s = State(i)
	return err
}

// Open reports whether work in this state is still ahead or under way.
func (s State) Open() bool { return s == Todo || s == Doing }

// Known tells how a time is known.
type Known uint8

// A time is from the tracker's own history, or only from when waitgraph first
// observed the fact. Zero is for no time at all.
const (
	FromHistory Known = 1 + iota
	Observed
)

// String is the word for it: history, observed, or "".
func (k Known) String() string { return knowns[k] }

var knowns = vocabulary{"", "history", "observed"}

// MarshalText gives the word.
func (k Known) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText takes the word.
func (k *Known) UnmarshalText(text []byte) error {
	i, err := knowns.read(text, "way to know a time")
	*k = Known(i)
	return err
}

// Account is one person as one tracker knows them.
type Account struct {
	// ID is the tracker's stable id: a Jira account id (Cloud) or user key (Data Center), a GitHub login.
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Email is set only where the tracker gives a verified one.
	Email string `json:"email,omitempty"`
}

// Date is a point in time a human agreed on. With Day it is a calendar day
// without a zone (Time is then that day's midnight in UTC) and ends with that
// day in the configured time zone.
type Date struct {
	Time Time `json:"time"`
	Day  bool `json:"day,omitempty"`
}

// IsZero reports whether no date is set.
func (d Date) IsZero() bool { return d.Time.IsZero() }

// End is the instant at which the date has passed, days being read in loc.
func (d Date) End(loc *time.Location) time.Time {
	if !d.Day || d.IsZero() {
		return d.Time.Time()
	}
	y, m, day := d.Time.Time().Date()
	return time.Date(y, m, day+1, 0, 0, 0, 0, loc)
}

// String is the ISO form: 2026-03-10 for a day, RFC 3339 otherwise, "" for none.
func (d Date) String() string {
	switch {
	case d.IsZero():
		return ""
	case d.Day:
		return d.Time.Time().Format(time.DateOnly)
	}
	return d.Time.Time().Format(time.RFC3339)
}

// Span is something with an end that items are planned into: a sprint, a
// milestone, a fix version.
type Span struct {
	Name string `json:"name"`
	End  Date   `json:"end,omitzero"`
}

// Value is the span, the zero one for nil.
func (s *Span) Value() Span {
	if s == nil {
		return Span{}
	}
	return *s
}

// SignalKind says where a blocked signal stands.
type SignalKind string

// The places a blocked signal can stand.
const (
	SignalFlag   SignalKind = "flag"
	SignalStatus SignalKind = "status"
	SignalLabel  SignalKind = "label"
	SignalField  SignalKind = "field"
)

// Signal is an item's own statement that it is blocked, without naming by what.
type Signal struct {
	Kind  SignalKind `json:"kind"`
	Value string     `json:"value"`
	// At is when the signal was set if the tracker tells, else zero.
	At Time `json:"at,omitzero"`
	// FirstSeen is when waitgraph first saw it; the recorder sets it.
	FirstSeen Time `json:"first_seen,omitzero"`
}

// Transition is one change of an item's state as the tracker's history tells it.
type Transition struct {
	At    Time  `json:"at"`
	State State `json:"state"`
}

// Attention is when, and to what of it, somebody attended to an item.
type Attention struct {
	At   Time   `json:"at"`
	What Aspect `json:"what"`
}

// Aspect is something of an item that is attended to; zero is not told what.
type Aspect int8

// The things that are attended to.
const (
	AttendedCreation Aspect = 1 + iota
	AttendedAssignee
	AttendedSprint
	AttendedDate // of its own, or of its milestone or fix version
	AttendedStatus
	AttendedComment
	AttendedOther
)

var aspects = vocabulary{"", "created", "assignee", "sprint", "date", "status", "comment", "other"}

// String is the word for it: created, assignee, sprint, date, status, comment, other, or "".
func (a Aspect) String() string { return aspects[a] }

// MarshalText gives the word.
func (a Aspect) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText takes the word.
func (a *Aspect) UnmarshalText(text []byte) error {
	i, err := aspects.read(text, "aspect of an item")
	*a = Aspect(i)
	return err
}

// Item is one unit of work as its tracker describes it. What is asked of every item
// whenever a graph is made stands together, behind what only people read.
type Item struct {
	ID ID `json:"id"`
	// Key is the current human name: PAY-12, acme/api#45.
	Key string `json:"key"`
	// Aliases are former keys (moved, transferred, renamed).
	Aliases []string `json:"aliases,omitempty"`
	URL     string   `json:"url,omitempty"`
	Title   string   `json:"title"`
	Author  *Account `json:"author,omitempty"`
	// Status and Resolution are the tracker's own words behind State.
	Status     Word `json:"status,omitzero"`
	Resolution Word `json:"resolution,omitzero"`
	// HistoryAsOf is the Updated stamp up to which History was read, where it is
	// read by a slower loop than the item; the recorder keeps it with History.
	HistoryAsOf Time `json:"history_as_of,omitzero"`
	// Attended is the last change of the item itself in the same history: what
	// others link to it is none, though it moves Updated. Zero where the tracker
	// does not tell, or comments are not read. It is kept with History.
	Attended Attention `json:"attended,omitzero"`
	// Commented is when the newest comment was made, zero for none or where comments are not read.
	Commented Time `json:"commented,omitzero"`
	Updated   Time `json:"updated,omitzero"`

	// Type is the tracker's word: Bug, Story, Epic, "Issue" or "Pull Request" where GitHub has no type.
	Type Word `json:"type,omitzero"`
	// Project is the container: a Jira project key, owner/name of a repository.
	Project Word `json:"project"`
	// Priority is the tracker's word, "" for none.
	Priority Word `json:"priority,omitzero"`
	// Pull is set for pull requests.
	Pull bool `json:"pull,omitempty"`
	// Stub is set for an item known only from another item's payload.
	Stub bool `json:"stub,omitempty"`
	// HistoryKnown tells that History is all there was.
	HistoryKnown bool  `json:"history_known,omitempty"`
	State        State `json:"state"`

	Created Time `json:"created,omitzero"`
	// Closed is when the item last became done or dropped, zero while open or if the tracker does not tell.
	Closed      Time              `json:"closed,omitzero"`
	Due         Date              `json:"due,omitzero"`
	Sprint      *Span             `json:"sprint,omitempty"` // nil for none, as the next
	Milestone   *Span             `json:"milestone,omitempty"`
	FixVersions []Span            `json:"fix_versions,omitempty"`
	Points      *float64          `json:"points,omitempty"`
	Assignees   []Account         `json:"assignees,omitempty"`
	Labels      []string          `json:"labels,omitempty"`
	Components  []string          `json:"components,omitempty"`
	Epic        string            `json:"epic,omitempty"`
	Fields      map[string]string `json:"fields,omitempty"` // values of the fields the config names, by that name
	Signals     []Signal          `json:"signals,omitempty"`
	// History holds the item's state changes, oldest first, when HistoryKnown; else it is empty.
	History []Transition `json:"history,omitempty"`
}

// LastAttended is when somebody last attended to the item. Where no history
// tells it is the last update by whatever, and What is empty.
func (it *Item) LastAttended() Attention {
	switch {
	case it.Attended.At.IsZero(), !it.HistoryAsOf.IsZero() && it.HistoryAsOf < it.Updated:
		return Attention{At: it.Updated}
	case it.Commented > it.Attended.At:
		return Attention{it.Commented, AttendedComment}
	}
	return it.Attended
}

// Ref is the item's name across trackers: <tracker>:<key>.
func (it *Item) Ref() string { return it.ID.Tracker.String() + ":" + it.Key }
