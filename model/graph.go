package model

import "time"

// DependencyState is what a dependency of kind Blocks means now.
type DependencyState uint8

// The states of a dependency, in the order in which the first that holds is
// taken. The zero state is that of the kinds that block nothing.
const (
	Moot      DependencyState = 1 + iota // the blocked end is done or dropped
	Unknown                              // the blocker cannot be resolved to a state
	Satisfied                            // the blocker is done
	Abandoned                            // the blocker was dropped: somebody must decide
	Active                               // both ends are open
)

// String is the word of the state, "" for the zero state.
func (s DependencyState) String() string {
	return [...]string{"", "moot", "unknown", "satisfied", "abandoned", "active"}[s]
}

// Reason is why a target could not be resolved to an item; zero is none.
type Reason int8

// The reasons a target stays unresolved, those that say more last.
const (
	Unseen    Reason = 1 + iota // outside every configured scope, or not asked yet
	Ambiguous                   // two trackers could own it
	Forbidden                   // the account may not see it
	Gone                        // deleted, or never existed in a scope that is read whole
)

var reasons = vocabulary{"", "unseen", "ambiguous", "forbidden", "gone"}

// String is the word for it: unseen, ambiguous, forbidden, gone, or "".
func (r Reason) String() string { return reasons[r] }

// MarshalText gives the word.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText takes the word.
func (r *Reason) UnmarshalText(text []byte) error {
	i, err := reasons.read(text, "reason for an item not to be had")
	*r = Reason(i)
	return err
}

// Graph is what the facts mean under the rules at one moment. Items are dense:
// every reference between items is an index into Items. Immutable.
type Graph struct {
	AsOf time.Time
	// Location is the zone in which dates without one end.
	Location *time.Location
	Trackers []TrackerState    // sorted by name
	Teams    []Team            // as configured
	Levels   []EscalationLevel // as configured, the lowest first
	// Ranks are the names of the normalised priorities; the first has rank 1.
	Ranks []string
	// Items are sorted by tracker, project, number: PAY-2 before PAY-10.
	Items []Node
	// Records are what the items were read from, parallel to Items.
	Records []*Record
	// Claims are every standing claim, grouped by claiming item in the order of Items.
	Claims []ClaimRef
	// Dependencies are sorted by kind, then from and to, outside ends last.
	Dependencies []Dependency
	// Evidence are indices into Claims, those of one dependency after the other, see EvidenceOf.
	Evidence []int32
	// Outside are the targets of claims that are no known item, sorted.
	Outside  []Outside
	Blocked  []Blocked  // sorted by item
	Matrix   []Cell     // sorted by team, on_team; only pairs that wait
	Blockers []Root     // sorted by waiting items, most first, then ref
	Cycles   []Cycle    // sorted by first member
	Dangling []Dangling // sorted by claiming ref, kind, target
	Unmapped []Unmapped // link phrases neither config nor defaults know, sorted

	Conflicts   []Conflict   // sorted by dependency, then kind
	Escalations []Escalation // sorted by dependency; only those at a level
	Findings    []Finding    // by kind, those about dependencies in their order, others by item
	// Adoption is of the configured teams in their order, then of the unowned if
	// they are an end of a cross-team dependency.
	Adoption  []Adoption
	People    []PersonState      // members in the order of the config, then others by name
	Unmatched []UnmatchedAccount // the one with the most open items first
	Programs  []ProgramState     // as configured

	// Gaps tell for every configured team, in the order of the config, and for
	// the unowned what it lacks.
	Gaps []TeamGaps
	// History is what was recorded before; nil for a graph nobody recorded.
	History *History

	// find leads from the name of a tracker and a key in it, or a former one, to the item
	find func(tracker, key string) (int32, bool)
	// adjacency by item: the dependencies it is an end of
	first []int32
	deps  []int32
	// engine answers questions about single items that are not worth asking for all
	engine Engine
}

// Engine computes on demand what the graph does not hold for every item.
type Engine interface {
	// Radius is the blast radius of an item: the open items transitively waiting on it.
	Radius(item int32) Radius
	// Roots are the root blockers an item transitively waits on, sorted, and the longest chain to one in edges.
	Roots(item int32) (roots []int32, depth int)
	// Chain is the longest chain of waiting from the item to a root blocker, the item first.
	Chain(item int32) []int32
	// Critical is the chain of waiting from the item to a root blocker that ends latest, the item first.
	Critical(item int32) []int32
	// WantedBy is the item with the earliest date among those transitively waiting on the item, -1 if none has one.
	WantedBy(item int32) int32
	// Waited reports whether a claim that blocked the item has ended.
	Waited(item int32) bool
	// Past are the stretches of time, over now, in which another item held the
	// item up, as far as the trackers' histories tell exactly when each began.
	Past(item int32) []Interval
}

// TrackerState is how far a tracker can be believed.
type TrackerState struct {
	Name     string
	Type     string
	LastSync time.Time // zero: never complete
	Fresh    bool
	Items    int
}

// Node is one item in the graph.
type Node struct {
	*Item
	// State is the effective state: an open GitHub issue that an open pull
	// request implements is doing. It shadows the item's own.
	State State
	// Stale is set when the item's tracker is stale.
	Stale bool
	// Rank is the normalised priority, 1 the most urgent, 0 for none.
	Rank int16
	// Team owns the item; Unowned if no rule matches.
	Team Word
	// Blocked is the index into Graph.Blocked, -1 if the item is not blocked.
	Blocked int32
	// Twin is the representative of the piece of work the item is folded into
	// by mirrors: itself, or the mirrored item that sorts first.
	Twin int32
	// ClaimLo and ClaimHi bound the item's own claims in Graph.Claims.
	ClaimLo, ClaimHi int32
}

// End is one end of a dependency: the index of an item in Graph.Items, or ^i
// for Graph.Outside[i]. Graph.Name and Graph.Reason tell about either.
type End int32

// Resolved reports whether the end is an item.
func (e End) Resolved() bool { return e >= 0 }

// Item is the index of the item, negative when the end is not resolved.
func (e End) Item() int32 { return int32(e) }

// Outside is a target that is no known item.
type Outside struct {
	Found  string // the target as found
	Reason Reason
}

// ClaimRef is one standing claim, resolved; Graph.Claim gives the claim itself.
// There are as many as claims, so that they hold nothing that the garbage
// collector must follow, as dependencies do not.
type ClaimRef struct {
	ClaimedBy  int32
	Number     int32 // of the claim, among those of the item's record
	Dependency int32 // index into Graph.Dependencies
}

// Evidence is a standing claim with the item that makes it.
type Evidence struct {
	*Claim
	ClaimedBy  int32
	Dependency int32 // index into Graph.Dependencies
}

// Dependency is everything claimed about one ordered pair of ends and one kind.
// For Blocks, From is the blocker and To the blocked end.
type Dependency struct {
	From, To End
	Kind     Kind
	// Since is when the dependency was established, by its earliest claim.
	SinceKnown Known
	Since      Time
	State      DependencyState // only for Blocks, else zero
	// CrossTeam tells that both ends are items of different teams.
	CrossTeam bool
	// BothSides tells that both ends stand behind it: by a claim of each, or by
	// an origin that is two-sided by nature.
	BothSides bool
	// TextOnly tells that no claim but text stands behind it.
	TextOnly bool
	// Stale is set when the tracker of an end is stale.
	Stale bool
	// EvidenceLo and EvidenceHi bound its claims in Graph.Evidence, see EvidenceOf.
	EvidenceLo, EvidenceHi int32
}

// Cause is one reason an item is blocked now.
type Cause struct {
	// Signal is set for a signal.
	Signal *Signal
	Since  Time
	// Dependency is the index of the active dependency, -1 for a signal.
	Dependency int32
	SinceKnown Known
	// Finding is, for a signal, FindingUnexplained where the item has no dependency,
	// past or present, FindingStaleSignal where none that it has is active or
	// unknown; else zero.
	Finding FindingKind
}

// Blocked is one open item that cannot go on.
type Blocked struct {
	Item       int32
	Since      Time
	SinceKnown Known
	Causes     []Cause // dependencies by blocker, then signals
	// Blockers are the direct active blockers, sorted.
	Blockers []int32
	// Depth is the longest chain to a root, in edges, cycles condensed; 0 for a signal alone.
	Depth int
}

// Cell counts the blocked items of one team that wait directly on another.
type Cell struct {
	Team, OnTeam string
	Items        int
	Oldest       Time  // the earliest start of those waits
	OldestKnown  Known // how that start is known
	Points       float64
}

// Radius is who transitively waits on an item.
type Radius struct {
	Items       int // distinct pieces of work
	Teams       []string
	Points      float64
	EarliestDue Date
	Waiting     []int32 // the items, sorted; nil in Graph.Blockers, where Graph.Radius gives them
}

// Root is an open item without active dependencies that others wait on, or a
// member of a cycle without an open way out.
type Root struct {
	Item int32
	Radius
}

// Cycle is a set of items that all wait on each other, or a native dependency
// of an item on itself (one member, no cut).
type Cycle struct {
	Members []int32 // sorted
	// Cut is the dependency to give up, -1 for a self-loop.
	Cut int32
	Why string
}

// Dangling is a claim's target that is no known item.
type Dangling struct {
	From   int32
	Kind   Kind
	Target string
	Reason Reason
}

// Unmapped is a link phrase that was read as relates because nothing maps it.
type Unmapped struct {
	Tracker string
	Phrase  string
	Claims  int
}
