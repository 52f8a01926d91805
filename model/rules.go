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
}

// TrackerRules is what the config says of one tracker.
type TrackerRules struct {
	Name string
	Type string
	// Projects the config names for this tracker, anywhere: scopes and matchers.
	// A key of another project is no reference unless the site lists the project.
	Projects []string
	// Mirrors are pairs of keys config declares the same work (origin rule); reserved for both orders.
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
	Owns    []Matcher
	Members []Person
}

// Person is one human with accounts in several trackers.
type Person struct {
	Name   string
	Email  string
	Jira   string // account id (Cloud) or user name/key (Data Center)
	GitHub string // login
}

// Program is a named selection of items across teams.
type Program struct {
	Name     string
	Select   []Matcher
	Core     string
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
