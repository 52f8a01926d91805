package model

// Kind is what a claim says two items are to each other.
type Kind int8

// The kinds of claims and dependencies, in the order a graph lists them. Each has
// one canonical sense, from -> to:
const (
	Blocks     Kind = 1 + iota // blocker -> blocked: the blocker must finish first
	Parent                     // child -> parent
	Implements                 // pull request -> item it delivers
	Duplicates                 // duplicate -> original
	Mirrors                    // the same work kept in two trackers; symmetric
	Relates                    // symmetric
)

var kinds = vocabulary{"", "blocks", "parent", "implements", "duplicates", "mirrors", "relates"}

// String is the word for it, such as blocks; "" for none.
func (k Kind) String() string { return kinds[k] }

// MarshalText gives the word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText takes the word.
func (k *Kind) UnmarshalText(text []byte) error {
	i, err := kinds.read(text, "kind of dependency")
	*k = Kind(i)
	return err
}

// Kinds are all kinds, in the order a graph lists dependencies.
func Kinds() [6]Kind { return [...]Kind{Blocks, Parent, Implements, Duplicates, Mirrors, Relates} }

// Symmetric reports whether the kind has no direction.
func (k Kind) Symmetric() bool { return k == Mirrors || k == Relates }

// Origin is the place in a tracker a claim was read from.
type Origin int8

// The origins of claims.
const (
	IssueLink        Origin = 1 + iota
	NativeDependency        // GitHub's native dependencies
	SubIssue
	ParentField
	RemoteLink
	ClosingReference
	Text
	ConfigRule
)

var origins = vocabulary{"", "issue_link", "dependency", "sub_issue", "parent_field", "remote_link", "closing_reference", "text", "rule"}

// String is the word for it, such as issue_link; "" for none.
func (o Origin) String() string { return origins[o] }

// MarshalText gives the word.
func (o Origin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText takes the word.
func (o *Origin) UnmarshalText(text []byte) error {
	i, err := origins.read(text, "origin of a claim")
	*o = Origin(i)
	return err
}

// TwoSided reports whether a claim of this origin stands, by the tracker's
// nature, for both ends.
func (o Origin) TwoSided() bool { return o == IssueLink || o == NativeDependency }

// Target is the far end of a claim as found, never resolved by the connector.
// Three forms:
//   - a payload embeds the far item: Tracker (the claiming one), Native and Key;
//   - a URL: Host (as written, lower case, with its port) and Key;
//   - a bare name: Key alone, PAY-12 or owner/repo#12 ("#12" is completed by the connector).
type Target struct {
	Tracker Word   `json:"tracker,omitzero"`
	Native  string `json:"native,omitempty"`
	Host    string `json:"host,omitempty"`
	Key     string `json:"key"`
}

// Claim is one statement one item makes about another.
type Claim struct {
	Kind Kind `json:"kind"`
	// Reverse tells that the target is the canonical "from" end: "blocked by X",
	// "parent of X", "duplicated by X".
	Reverse bool   `json:"reverse,omitempty"`
	Origin  Origin `json:"origin"`
	// Withdraws is set on a negated sentence: it claims nothing and withdraws
	// the item's text claims on the target that have a smaller Seq.
	Withdraws bool `json:"withdraws,omitempty"`
	// Seq orders an item's text claims as a reader meets them: title, body, then comments by creation.
	Seq int32 `json:"seq,omitempty"`
	// Unmapped holds the link phrase no rule or default knows (the kind is then Relates).
	Unmapped Word   `json:"unmapped,omitzero"`
	Target   Target `json:"target"`
	// Where is the place within the origin, stable over re-reads: a link's id
	// and phrase, "body", "title", "branch", "comment 4711".
	Where  string `json:"where,omitempty"`
	Author string `json:"author,omitempty"`
	// At is when the claim was established, if the tracker tells.
	At Time `json:"at,omitzero"`
	// FirstSeen and Ended are kept by the recorder: when waitgraph first saw the
	// claim, and when it was gone again (zero while it stands). Only ended
	// claims of kind Blocks are kept. A connector sets Ended, and At, on a claim
	// that stands no more and of which the tracker's history tells.
	FirstSeen Time `json:"first_seen,omitzero"`
	Ended     Time `json:"ended,omitzero"`
}

// Same reports whether two claims of one item are the same statement, whatever
// their times and authors.
func (c *Claim) Same(d *Claim) bool {
	return c.Kind == d.Kind && c.Reverse == d.Reverse && c.Target == d.Target && c.Origin == d.Origin &&
		c.Where == d.Where && c.Withdraws == d.Withdraws
}
