package web

import (
	"cmp"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// trendPoint is how many items waited at one moment, as recorded.
type trendPoint struct {
	At      time.Time
	Waiting int
	Across  int // of them on another team
}

// trendWeeks is how far back the trend goes.
const trendWeeks = 12

// firstReads is how long after recording began the trackers' first syncs may end.
const firstReads = 24 * time.Hour

// recorded is since when what waits is known: when recording began, or after that
// the trackers had been read for the first time. Zero without recorded history.
func (v view) recorded(facts *model.Facts) time.Time {
	if v.History == nil || v.History.Began.IsZero() {
		return time.Time{}
	}
	since := v.History.Began
	if facts != nil {
		for i := range facts.Trackers {
			if at := facts.Trackers[i].FirstSync; at.After(since) && at.Before(v.History.Began.Add(firstReads)) {
				since = at
			}
		}
	}
	return since
}

// trend counts the items that waited at the end of each week since that is
// recorded, and now. It is nil when that is too young to tell anything.
func (v view) trend(since time.Time) []trendPoint {
	if since.IsZero() {
		return nil
	}
	var points []trendPoint
	for week := trendWeeks; week >= 0; week-- {
		if at := v.AsOf.AddDate(0, 0, -7*week); !at.Before(since) {
			points = append(points, v.waitingAt(at))
		}
	}
	if len(points) < 2 && v.AsOf.After(since) {
		points = append([]trendPoint{v.waitingAt(since)}, points...)
	}
	if len(points) < 2 {
		return nil
	}
	return points
}

func (v view) waitingAt(at time.Time) trendPoint {
	p := trendPoint{At: at}
	seen := map[model.ID]bool{}
	count := func(all []model.Interval) {
		for i := range all {
			in := &all[i]
			if in.From.After(at) || !in.To.IsZero() && !in.To.After(at) {
				continue
			}
			across := in.OnTeam != "" && in.OnTeam != in.Team
			before, waited := seen[in.Item]
			switch {
			case !waited:
				p.Waiting++
				if across {
					p.Across++
				}
			case across && !before:
				p.Across++
			}
			seen[in.Item] = before || across
		}
	}
	count(v.History.Closed)
	count(v.Lasting())
	return p
}

// compareTimes orders times with the unknown last.
func compareTimes(a, b model.Time) int {
	return cmp.Or(compareBool(a == 0, b == 0), cmp.Compare(a, b))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
