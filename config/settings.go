package config

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/waitgraph/waitgraph/model"
)

func (d *decoder) timezone(root *yaml.Node, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	// Local is whatever the machine says: the same file would mean different dates.
	if err != nil || name == "" || name == "Local" {
		d.problem(at(root, "timezone"), "timezone: unknown time zone %s: want an IANA name such as Europe/Madrid or UTC", quote(name))
		return time.UTC
	}
	return loc
}

func (d *decoder) poll(root *yaml.Node, p filePoll) Poll {
	n := at(root, "poll")
	d.positive(at(n, "interval"), "interval", p.Interval)
	d.positive(at(n, "frontier"), "frontier", p.Frontier)
	d.positive(at(n, "census"), "census", p.Census)
	d.positive(at(n, "stale_after"), "stale_after", p.StaleAfter)
	if interval, stale := at(n, "interval"), at(n, "stale_after"); p.StaleAfter < p.Interval && !d.noted[interval] {
		if stale == nil {
			stale = interval
		}
		d.problem(stale, "stale_after (%s) is less than interval (%s): every tracker would be stale between two polls", p.StaleAfter, p.Interval)
	}
	return Poll{time.Duration(p.Interval), time.Duration(p.Frontier), time.Duration(p.Census), time.Duration(p.StaleAfter)}
}

// positive checks a duration, if there is one.
func (d *decoder) positive(n *yaml.Node, key string, v Duration) {
	if v == 0 {
		d.problem(n, "%s: want a duration above 0", key)
	}
}

func (d *decoder) gaps(root *yaml.Node, g fileGaps) model.GapRules {
	const most = Duration(3 * 366 * 24 * time.Hour)
	n := at(root, "gaps")
	for _, v := range []struct {
		key string
		is  Duration
	}{{"horizon", g.Horizon}, {"window", g.Window}} {
		d.positive(at(n, v.key), v.key, v.is)
		if v.is > most {
			d.problem(at(n, v.key), "%s: want at most three years", v.key)
		}
	}
	for i, glob := range g.Bugs {
		if strings.TrimSpace(glob) == "" {
			d.problem(at(n, "bugs", i), "bugs: an empty text")
		}
	}
	return model.GapRules{Horizon: time.Duration(g.Horizon), Window: time.Duration(g.Window), Bugs: g.Bugs}
}

func (d *decoder) metrics(root *yaml.Node, m fileMetrics) Metrics {
	n := at(root, "metrics")
	if m.MaxSeries < 1 {
		d.problem(at(n, "max_series"), "max_series: want a number above 0")
	}
	if m.Top < 0 {
		d.problem(at(n, "top"), "top: want 0 or more")
	}
	return Metrics(m)
}

// builtinPriorities are the words of the trackers' own schemes: Jira's current
// and former defaults, and the P0 to P4 many teams use as labels.
func builtinPriorities() []model.PriorityRank {
	return []model.PriorityRank{
		{Name: "urgent", Words: []string{"Urgent", "Highest", "Blocker", "Critical", "P0"}},
		{Name: "high", Words: []string{"High", "Major", "P1"}},
		{Name: "medium", Words: []string{"Medium", "Normal", "P2"}},
		{Name: "low", Words: []string{"Low", "Minor", "P3"}},
		{Name: "lowest", Words: []string{"Lowest", "Trivial", "P4"}},
	}
}

// priorities reads the ranks. With built-in names only, the words are moved to
// the ranks that claim them and the other words stay; with any name of its own,
// the list is the whole scheme, in its order.
func (d *decoder) priorities(root *yaml.Node, words map[string][]string) []model.PriorityRank {
	ranks := builtinPriorities()
	n := at(root, "priorities")
	if len(words) == 0 || n == nil {
		return ranks
	}
	extends := true
	for name := range words {
		extends = extends && rankIndex(ranks, name) >= 0
	}
	if !extends {
		ranks = nil
	}
	lines := map[string]int{}
	seen := map[string]bool{}
	for _, p := range d.pairs(n) {
		name := p.key.Value
		if seen[name] {
			continue // noted as a repeated key
		}
		seen[name] = true
		if strings.TrimSpace(name) == "" {
			d.problem(p.key, "priorities: a rank needs a name")
		}
		i := rankIndex(ranks, name)
		if i < 0 {
			ranks = append(ranks, model.PriorityRank{Name: name})
			i = len(ranks) - 1
		}
		if len(words[name]) == 0 {
			d.problem(resolve(p.value), "priorities: rank %s has no words", quote(name))
		}
		for j, word := range words[name] {
			where := at(p.value, j)
			if strings.TrimSpace(word) == "" {
				d.problem(where, "priorities: an empty text")
				continue
			}
			fold := strings.ToLower(word)
			if line, ok := lines[fold]; ok {
				d.problem(where, "priorities: %s already has a rank in line %d", quote(word), line)
				continue
			}
			lines[fold] = where.Line
			for k := range ranks {
				ranks[k].Words = dropWord(ranks[k].Words, word)
			}
			ranks[i].Words = append(ranks[i].Words, word)
		}
	}
	return ranks
}

func rankIndex(ranks []model.PriorityRank, name string) int {
	for i := range ranks {
		if ranks[i].Name == name {
			return i
		}
	}
	return -1
}

func dropWord(words []string, word string) []string {
	var kept []string
	for _, w := range words {
		if !strings.EqualFold(w, word) {
			kept = append(kept, w)
		}
	}
	return kept
}
