package config

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// Config is a configuration that was found to be right, with defaults filled
// in. It is not changed after it was read.
type Config struct {
	// Dir is the folder relative names of secret files start from.
	Dir string
	// Text is the file as it was read, without comments and with secrets masked.
	// It is made when it is first asked for: that takes longer than reading the file.
	Text func() string
	// Timezone is where dates without a zone end: UTC unless configured.
	Timezone *time.Location
	Poll     Poll
	Trackers []Tracker // at least one; names are unique
	Teams    []model.Team
	Programs []model.Program
	// Priorities are the ranks, the most urgent first, built-in words included.
	Priorities []model.PriorityRank
	Skills     []model.Skill
	Escalation []model.EscalationLevel
	Hygiene    model.HygieneRules
	Gaps       model.GapRules
	Metrics    Metrics
}

// Poll is how often trackers are asked.
type Poll struct {
	Interval   time.Duration // between two reads of what changed: 2m
	Frontier   time.Duration // between two sweeps of what changes unnoticed: 10m
	Census     time.Duration // between two walks over everything: 24h
	StaleAfter time.Duration // after the last complete read a tracker is stale: 15m
}

// Metrics bounds what is published.
type Metrics struct {
	MaxSeries int  // most series in all: 20000
	Top       int  // root blockers published by name: 20
	PerPerson bool // series about single people: no
}

// Tracker is one configured tracker.
type Tracker struct {
	Name   string // lower case letters, digits and dashes
	Type   string // a key of the registry
	Config connectors.Config
}

// defaults is what holds where the file says nothing.
func defaults() file {
	return file{
		Timezone: "UTC",
		Poll: filePoll{
			Interval:   Duration(2 * time.Minute),
			Frontier:   Duration(10 * time.Minute),
			Census:     Duration(24 * time.Hour),
			StaleAfter: Duration(15 * time.Minute),
		},
		Gaps: fileGaps{
			Horizon: Duration(4 * 7 * 24 * time.Hour),
			Window:  Duration(4 * 7 * 24 * time.Hour),
			Bugs:    []string{"*bug*", "*defect*"},
		},
		Metrics: fileMetrics{MaxSeries: 20000, Top: 20},
	}
}

// config reads the whole configuration. What it returns is of use only if no
// problem was noted.
func (d *decoder) config(data []byte, registry connectors.Registry) *Config {
	root := d.document(data)
	if root == nil {
		return nil
	}
	f := defaults()
	d.decode(root, &f, "configuration")
	if d.budget <= 0 {
		d.problem(root, "configuration is too large, or its aliases repeat too much")
		return nil
	}
	c := &Config{Dir: filepath.Dir(d.name)}
	c.Timezone = d.timezone(root, f.Timezone)
	c.Poll = d.poll(root, f.Poll)
	c.Gaps = d.gaps(root, f.Gaps)
	c.Metrics = d.metrics(root, f.Metrics)
	c.Trackers = d.trackers(root, f.Trackers, registry)
	c.Priorities = d.priorities(root, f.Priorities)
	o := d.org(root, &f, c)
	c.Teams = o.teams(f.Teams)
	c.Programs = o.programs(f.Programs)
	c.Skills = o.skills(f.Skills)
	c.Escalation = o.escalation(f.Escalation)
	c.Hygiene = o.hygiene(f.Hygiene)
	o.overlaps(c.Teams)
	o.unreached(c.Escalation)
	o.budget(c)
	return c
}

// Rules is what reconciliation reads of the configuration.
func (c *Config) Rules() model.Rules {
	r := model.Rules{
		Location:   c.Timezone,
		StaleAfter: c.Poll.StaleAfter,
		Teams:      c.Teams,
		Programs:   c.Programs,
		Priorities: c.Priorities,
		Skills:     c.Skills,
		Escalation: c.Escalation,
		Hygiene:    c.Hygiene,
		Gaps:       c.Gaps,
	}
	for _, t := range c.Trackers {
		r.Trackers = append(r.Trackers, model.TrackerRules{Name: t.Name, Type: t.Type, Projects: c.projects(t)})
	}
	return r
}

// projects lists what the configuration names as a tracker's projects: its
// scopes, and the literal project or repository of every matcher that is about
// this tracker or about none in particular.
func (c *Config) projects(t Tracker) []string {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		fold := strings.ToLower(name)
		if name == "" || strings.ContainsAny(name, "*?") || seen[fold] {
			return
		}
		seen[fold] = true
		names = append(names, name)
	}
	for _, name := range t.Config.Names() {
		add(name)
	}
	for _, m := range c.matchers() {
		// Which word a tracker uses for its containers is known of these two types only.
		if m.Tracker == t.Name || m.Tracker == "" && t.Type == "jira" {
			add(strings.ToUpper(m.Project)) // as Jira writes its keys
		}
		if m.Tracker == t.Name || m.Tracker == "" && t.Type == "github" {
			add(m.Repository)
		}
	}
	return names
}

// matchers lists every matcher of the configuration, in its order.
func (c *Config) matchers() []model.Matcher {
	var all []model.Matcher
	for _, t := range c.Teams {
		all = append(all, t.Owns...)
	}
	for _, p := range c.Programs {
		all = append(all, p.Select...)
	}
	for _, s := range c.Skills {
		all = append(all, s.Match...)
	}
	return all
}
