package model

import "time"

// Unowned is the team of items no ownership rule matches.
const Unowned = "unowned"

// Rules is everything of the config that reconciliation reads.
type Rules struct {
	// Location is the zone in which dates without one end.
	Location *time.Location
	// StaleAfter is how long after its last complete sync a tracker is believed.
	StaleAfter time.Duration
	Trackers   []TrackerRules
	Teams      []Team
	Programs   []Program
	// Priorities maps the trackers' words to a rank, 1 the most urgent, matched without case.
	Priorities []PriorityRank
	// Skills tell which items need which skill; an item may need several.
	Skills []Skill
	// Escalation are the levels a dependency can be at, the lowest first.
	Escalation []EscalationLevel
	// Hygiene says which findings are raised.
	Hygiene HygieneRules
	// Gaps bound what resource gaps look at.
	Gaps GapRules
}

// TrackerRules is what the config says of one tracker.
type TrackerRules struct {
	Name string
	Type string
	// Projects the config names for this tracker, anywhere: scopes and matchers.
	// A key of another project is no reference unless the site lists the project.
	Projects []string
}

// PriorityRank is one normalised priority and the trackers' words for it.
type PriorityRank struct {
	Name  string
	Words []string
}

// Team is a group of people that owns items.
type Team struct {
	Name    string
	Lead    string
	Manager string
	Channel string
	// Owns are tried in order, after those of earlier teams; the first that matches owns the item.
	Owns     []Matcher
	Members  []Person
	Capacity Capacity
}

// Capacity is what a team can take on when everybody is there; a zero is not known.
type Capacity struct {
	// PointsPerWeek and ItemsPerWeek are what the team completes in seven days.
	PointsPerWeek float64
	ItemsPerWeek  float64
	// WIPPerPerson is the most items one member should have in state doing.
	WIPPerPerson int
}

// Person is one human with accounts in several trackers.
type Person struct {
	Name   string
	Email  string
	Jira   string // account id (Cloud) or user name/key (Data Center)
	GitHub string // login
	// FTE is the share of a full working week the person works: 0 to 1.
	FTE    float64
	Skills []string
	Leave  []Leave
}

// Leave is a time a person is away: whole days, the first and the last included.
type Leave struct{ First, Last Date }

// Skill names what work needs, and the items that need it: those any matcher selects.
type Skill struct {
	Name  string
	Match []Matcher
}

// EscalationLevel is one step of escalation. A dependency is at the last level
// of which every condition holds; a condition left zero always holds.
type EscalationLevel struct {
	Name string
	// After is the least time the dependency has been blocking.
	After time.Duration
	// Priority is the name of the least urgent rank the blocked item may have.
	Priority string
	// Conflicts are kinds of conflict, one of which the dependency must have.
	Conflicts []string
}

// Program is a named selection of items across teams.
type Program struct {
	Name   string
	Select []Matcher
	Core   string
	// Partners are the teams named as partners, besides those the program waits on.
	Partners []string
	External []string
}

// Matcher selects items: every non-empty key must match. Project, Component,
// Label, Repository, Type, Epic, FixVersion, Milestone and Field values are
// globs in which * matches any run of characters but "/" and ? one; they match
// without case. Project and Repository match former names too.
type Matcher struct {
	Tracker      string
	Project      string
	Component    string
	Label        string
	Repository   string
	Type         string
	Epic         string
	FixVersion   string
	Milestone    string
	AssigneeTeam string
	// Field maps a field's configured name to a glob for its value.
	Field map[string]string
}
