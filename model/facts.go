package model

import "time"

// Observation is one item read whole, with every claim it makes by the origins
// its connector covers in one read. What a slower loop reads stands meanwhile:
// without HistoryKnown the history known before, without At the time a claim
// was known to be established and by whom.
type Observation struct {
	Item   Item
	Claims []Claim
	// Keeps lists origins this read did not cover: the item's earlier claims of
	// those origins stand, and with Text the time of its newest comment. Empty
	// means the read was complete.
	Keeps []Origin
}

// ClaimSet replaces all claims of one origin of an item already known: what a
// slower loop reads by itself, such as Jira's remote links.
type ClaimSet struct {
	Item   ID
	Origin Origin
	Claims []Claim
	// AsOf is the item's Updated stamp the claims were read at, which makes a
	// Reading of the record; zero when they are not from a new read.
	AsOf Time
}

// Reading tells when the claims of an origin that is read by itself were last read.
type Reading struct {
	Origin Origin `json:"origin"`
	AsOf   Time   `json:"as_of"` // the item's Updated stamp then
	At     Time   `json:"at"`    // by the recorder's clock
}

// Batch is what a connector hands over in one piece. It is recorded in one
// transaction: all of it or nothing.
type Batch struct {
	// Cursor resumes after this batch; "" leaves the recorded cursor as it is.
	Cursor string
	// Items are whole; each replaces what was known of it. An item that is a
	// Stub never replaces a whole one, and claims nothing.
	Items  []Observation
	Claims []ClaimSet
	// Gone names items the tracker itself says are gone or forbidden.
	Gone []Absence
	// Answers tell what became of keys that were looked up.
	Answers []Answer
	// Site is what the connector learned of the tracker, nil when nothing new.
	Site *Site
	// Problems are items or parts that could not be read; the rest stands.
	Problems []Problem
	// Done and Total report progress in items; Total is 0 when unknown.
	Done, Total int
}

// Absence is an item that is no longer to be had.
type Absence struct {
	ID     ID
	Reason Reason // Gone or Forbidden
}

// Answer is what a tracker said when asked for a key by name.
type Answer struct {
	Key string `json:"key"` // as asked
	// Found is the item's id when there is one (its key may differ: moved). Its
	// observation is in the same batch, or it was known.
	Found ID `json:"found,omitzero"`
	// Reason is Gone or Forbidden when there is none.
	Reason Reason `json:"reason,omitempty"`
	// At is when it was asked; the recorder sets it.
	At time.Time `json:"at,omitzero"`
}

// Problem is one thing of a tracker that could not be read.
type Problem struct {
	Where string `json:"where"` // the item's key or id, or the page
	What  string `json:"what"`
}

// Site is what a tracker says of itself.
type Site struct {
	// Hosts are the host[:port][/path] prefixes under which people see its items, lower case, without scheme.
	Hosts []string `json:"hosts,omitempty"`
	// Projects are all containers it lists to this account, in scope or not.
	Projects []Project `json:"projects,omitempty"`
	// Scopes are the configured ones and whether they can be read.
	Scopes []Scope `json:"scopes,omitempty"`
	// Priorities are its words, the most urgent first, where it tells.
	Priorities []string `json:"priorities,omitempty"`
	// Product is the detected deployment and version, for people.
	Product string `json:"product,omitempty"`
	// Notes tell what the tracker cannot do, for people ("no native dependencies").
	Notes []string `json:"notes,omitempty"`
	// Unmapped tell what of it has no meaning for waitgraph until the config gives
	// it one: statuses, fields. For people.
	Unmapped []string `json:"unmapped,omitempty"`
}

// Project is a container of items: a Jira project, a repository.
type Project struct {
	Key    string   `json:"key"`
	Former []string `json:"former,omitempty"`
}

// Scope is one configured project, repository or query.
type Scope struct {
	Name     string `json:"scope"`
	Readable bool   `json:"readable"`
	Error    string `json:"error,omitempty"`
}

// Census is which items exist and which scopes can be read, as one slow walk
// over a whole tracker found them.
type Census struct {
	// Scopes that were read to their end; items in any other scope are not judged.
	Scopes []Scope
	// Native ids that exist, by scope name.
	Native map[string][]string
	// Gone are items missing from their scope that the tracker, asked for each, says are gone or forbidden.
	Gone []Absence
	// Batch holds items the census had to read anew (moved, reappeared).
	Batch Batch
}

// Record is one item as recorded, with all its claims. Immutable.
type Record struct {
	Item   Item    `json:"item"`
	Claims []Claim `json:"claims,omitempty"`
	// FirstSeen is when waitgraph first saw the item; Confirmed when it last read it whole.
	FirstSeen Time `json:"first_seen"`
	Confirmed Time `json:"confirmed"`
	// Readings are of the origins that observations of the item keep, see ClaimSet.
	Readings []Reading `json:"readings,omitempty"`
	// Opened is when waitgraph saw the item open again after it was closed, zero if it never did.
	Opened Time `json:"opened,omitzero"`
	// Gone is the reason the item is no longer to be had, "" while it exists. A
	// Forbidden item keeps its last facts, marked stale; a Gone one is no item any more.
	Gone   Reason `json:"gone,omitempty"`
	GoneAt Time   `json:"gone_at,omitzero"`
}

// Tracker is the recorded state of one tracker.
type Tracker struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Site Site   `json:"site"`
	// Cursor resumes the stream of changes.
	Cursor string `json:"cursor,omitempty"`
	// FirstSync is when the first complete read ended, LastSync the last one. Zero: never.
	FirstSync time.Time `json:"first_sync,omitzero"`
	LastSync  time.Time `json:"last_sync,omitzero"`
	// LastSweep and LastCensus are the last complete runs of the slower loops.
	LastSweep  time.Time `json:"last_sweep,omitzero"`
	LastCensus time.Time `json:"last_census,omitzero"`
	// Answers to keys asked by name, sorted by key.
	Answers []Answer `json:"answers,omitempty"`
}

// Reading is the last one of an origin, false if it was never read.
func (r *Record) Reading(o Origin) (Reading, bool) {
	for _, reading := range r.Readings {
		if reading.Origin == o {
			return reading, true
		}
	}
	return Reading{}, false
}

// Facts are all that is recorded: trackers sorted by name, records best in the
// order of SortRecords (Reconcile sorts a copy if they are not).
type Facts struct {
	Trackers []Tracker `json:"trackers"`
	Records  []*Record `json:"records"`
}

// Recording is everything recorded as of a moment: what a graph can be made of
// again elsewhere. It is what GET /api/v1/facts gives.
type Recording struct {
	AsOf time.Time `json:"as_of"`
	Facts
	// History is nil when none was recorded.
	History *History `json:"history,omitempty"`
}

// Delta is one recorded step of one tracker: what a store writes in one
// transaction. Records are whole and replace those of the same ID.
type Delta struct {
	Tracker Tracker
	Records []*Record
	// Flow is what the step saw come and go, kept until a Chapter counts it.
	Flow []FlowEvent
	// Drop removes all records of the tracker first, and the tracker itself too
	// unless the delta brings records: it left the config, or starts anew.
	Drop bool
}
