package model

import (
	"cmp"
	"slices"
	"time"
)

// Closing is what closing an item would do at once. What the freed items hold
// up stays blocked until those are closed in turn.
type Closing struct {
	// Freed are the open items it is the only remaining cause of being blocked:
	// they can go on. Ascending.
	Freed []int32
	// Still are those it holds up directly that something else, or a signal of
	// their own, holds up too. Ascending.
	Still []int32
}

// Close tells what closing an item would free. Nothing in the graph changes.
func (g *Graph) Close(item int32) Closing {
	var c Closing
	for _, di := range g.DependenciesOf(item) {
		d := &g.Dependencies[di]
		if d.State != Active || d.From.Item() != item {
			continue
		}
		waiting := d.To.Item()
		if len(g.Blocked[g.Items[waiting].Blocked].Causes) == 1 {
			c.Freed = append(c.Freed, waiting)
		} else {
			c.Still = append(c.Still, waiting)
		}
	}
	slices.Sort(c.Freed)
	slices.Sort(c.Still)
	return c
}

// Slip is what breaks when an item finishes later than planned.
type Slip struct {
	// From is when the item is planned to finish: the end of its date, or the
	// moment of the graph if it has none or that has passed; Assumed tells which.
	From    time.Time
	Assumed bool
	// To is when it finishes then.
	To time.Time
	// Breaks are the dates of what transitively waits on it that pass before To:
	// nothing can finish before what it waits on. Sorted by date, then item.
	Breaks []Break
}

// Break is one date that cannot be kept.
type Break struct {
	Item int32
	Date Date
	// Days is how many days past its date the item finishes at the earliest, as
	// DaysBetween counts them.
	Days int
	// Already is set when the date passes before Slip.From: it breaks without any slip.
	Already bool
}

// Slip tells what finishing an item days later than planned would break; days
// is not negative. Nothing slips that is closed. Nothing in the graph changes.
func (g *Graph) Slip(item int32, days int) Slip {
	n := &g.Items[item]
	if !n.State.Open() {
		return Slip{}
	}
	s := Slip{From: n.Date().End(g.Location)}
	if s.From.Before(g.AsOf) {
		s.From, s.Assumed = g.AsOf, true
	}
	s.To = s.From.In(g.Location).AddDate(0, 0, days)
	for _, w := range g.Radius(item).Waiting {
		date := g.Items[w].Date()
		if date.IsZero() {
			continue
		}
		if end := date.End(g.Location); end.Before(s.To) {
			s.Breaks = append(s.Breaks, Break{Item: w, Date: date, Days: DaysBetween(end, s.To, g.Location), Already: end.Before(s.From)})
		}
	}
	slices.SortStableFunc(s.Breaks, func(a, b Break) int {
		return cmp.Or(a.Date.End(g.Location).Compare(b.Date.End(g.Location)), cmp.Compare(a.Item, b.Item))
	})
	return s
}

// DaysBetween is how many days later b is than a on the calendar of a zone,
// midnight being the end of a day; at least 1, as b is later, if only by an hour.
func DaysBetween(a, b time.Time, loc *time.Location) int {
	day := func(t time.Time) int64 {
		y, m, d := t.Add(-1).In(loc).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
	}
	return max(1, int(day(b)-day(a)))
}
