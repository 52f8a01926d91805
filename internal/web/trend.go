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

// trend counts the items that waited at the end of each week since recording
// began, and now. It is nil without recorded history, or when that is too young
// to tell anything.
func (v view) trend() []trendPoint {
	h := v.History
	if h == nil || h.Began.IsZero() {
		return nil
	}
	var points []trendPoint
	for week := trendWeeks; week >= 0; week-- {
		if at := v.AsOf.AddDate(0, 0, -7*week); !at.Before(h.Began) {
			points = append(points, v.waitingAt(at))
		}
	}
	if len(points) < 2 && v.AsOf.After(h.Began) {
		points = append([]trendPoint{v.waitingAt(h.Began)}, points...)
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
