package model

// FindingKind is a way in which a team does not keep to the process of dependencies.
type FindingKind uint8

// The kinds of findings. docs/hygiene.md defines each and says why a team has it.
const (
	FindingOneSided          FindingKind = 1 + iota // only one end stands behind an active dependency
	FindingTextOnly                                 // only text stands behind an active dependency
	FindingUnexplained                              // an item says it is blocked and never said by what
	FindingStaleSignal                              // an item says it is blocked though its blockers finished
	FindingDangling                                 // an open item names something that is no known item
	FindingUnowned                                  // no ownership rule matches an open item
	FindingUnassignedBlocker                        // an item holds up another and nobody has it
	FindingNoEstimate                               // an item that waits or holds up has no estimate
	FindingNoDueDate                                // an item that waits or holds up has no date
	FindingUnacknowledged                           // nothing shows that the blocker's team knows of the dependency
)

var findingKinds = [...]string{
	"", "one_sided", "text_only", "unexplained", "stale_signal", "dangling", "unowned", "unassigned_blocker", "no_estimate", "no_due_date", "unacknowledged",
}

// String is the word of the kind, as the config, the metrics and the API have it.
func (k FindingKind) String() string { return findingKinds[k] }

// FindingTeam is the team that can mend a finding.
func (g *Graph) FindingTeam(f *Finding) string { return g.Items[f.Item].Team.String() }

// FindingKinds are all kinds.
func FindingKinds() (kinds [10]FindingKind) {
	for i := range kinds {
		kinds[i] = FindingKind(i + 1)
	}
	return kinds
}

// Finding is one thing in the process of dependencies that a team can mend.
type Finding struct {
	Kind FindingKind
	// Item is the item the finding is about; its team is the one that can mend it.
	// Of a finding about how a dependency is claimed it is the item that claims it,
	// the waiting one if both do; of an unacknowledged one the blocker.
	Item int32
	// Dependency is what the finding is about, -1 if it is about an item alone.
	Dependency int32
	// Since is when it began to hold as far as is known, zero if nothing is.
	Since Time
}

// Adoption tells how many of the active cross-team dependencies a team is an
// end of are as the process wants them: free of findings of the team's own,
// about themselves and about the team's item at their end.
type Adoption struct {
	Team         string
	Dependencies int
	Clean        int
}

// Ratio is the clean share; ok is false for a team without cross-team dependencies.
func (a Adoption) Ratio() (ratio float64, ok bool) { return ratioOf(a.Clean, a.Dependencies) }

// HygieneRules say which findings are raised. The zero value raises all.
type HygieneRules struct {
	// Off are never raised.
	Off []FindingKind
	// Only limit findings to teams and programs that agreed to them.
	Only []FindingScope
}

// FindingScope is where a finding is raised: for these teams, and for items of
// these programs.
type FindingScope struct {
	Finding  FindingKind
	Teams    []string
	Programs []string
}
