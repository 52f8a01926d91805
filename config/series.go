package config

import "github.com/waitgraph/waitgraph/model"

// leastSeries is how many series there are as soon as every tracker was read,
// even if it has no items: those of trackers, of the daemon, and the zeros of
// every team and program. It repeats what internal/metrics makes; a test of
// cmd/waitgraph holds the two together.
func (c *Config) leastSeries() int {
	const (
		families  = 34         // each has a series_dropped
		daemon    = 4          // build, address and configuration
		states    = 4          // of items
		org       = 1 + 5*5    // cycles, dependencies by state and origin
		ages      = 10 + 3     // the buckets of a histogram, +Inf, sum and count
		perTeam   = 2 + 1 + 3  // blocked, blocking, unassigned
		ofFuture  = 1 + 2      // bottleneck, demand
		ofPast    = 4          // counters
		perTrack  = 5 + 1      // freshness, last sync, scopes, items, skipped; unmapped links
		perMember = 2          // doing and blocking
		perProg   = states + 1 // items, blocked
	)
	owners := len(c.Teams) + 1 // the unowned too
	n := families + daemon + org + perTrack*len(c.Trackers) + perProg*len(c.Programs)
	n += owners * (states*len(c.Trackers) + ages + perTeam + ofFuture + ofPast + len(model.FindingKinds()) + len(c.Priorities) + 1)
	for i := range c.Teams {
		t := &c.Teams[i]
		for _, given := range []bool{t.Capacity.WIPPerPerson > 0, t.Capacity.PointsPerWeek > 0, t.Capacity.ItemsPerWeek > 0} {
			if given {
				n++
			}
		}
		if c.Metrics.PerPerson {
			n += perMember * len(t.Members)
		}
	}
	return n
}

// budget looks whether the series the configuration needs fit into those allowed.
func (o *org) budget(c *Config) {
	least := c.leastSeries()
	if c.Metrics.MaxSeries >= least {
		return
	}
	const message = "max_series: %d are too few: the teams, programs and trackers of this file have at least %d series, before anybody waits"
	if n := at(o.root, "metrics", "max_series"); n != nil {
		o.problem(n, message, c.Metrics.MaxSeries, least)
	} else { // the default
		o.warn(at(o.root, "teams"), message+": set metrics.max_series", c.Metrics.MaxSeries, least)
	}
}
