package web

import (
	"github.com/waitgraph/waitgraph/internal/wire"
	"github.com/waitgraph/waitgraph/model"
)

// closingRow is what closing an item would do at once.
type closingRow struct {
	Frees []string `json:"frees" doc:"Open items it is the only remaining cause of being blocked."`
	Teams []string `json:"teams" doc:"Their teams."`
	Still []string `json:"still" doc:"Open items it holds up directly that something else holds up too."`
}

// slipRow is what finishing an item later would break.
type slipRow struct {
	Days    int        `json:"days" doc:"As asked."`
	From    wire.Time  `json:"from" doc:"When the item is planned to finish."`
	Assumed bool       `json:"assumed" doc:"Whether that is taken as now: it has no date, or it has passed."`
	To      wire.Time  `json:"to" doc:"When it finishes then."`
	Breaks  []breakRow `json:"breaks" doc:"Dates of what transitively waits on it that cannot be kept, the earliest first."`
}

type breakRow struct {
	Ref      string    `json:"ref"`
	Team     string    `json:"team"`
	Date     wire.Date `json:"date"`
	DaysLate int       `json:"days_late" doc:"Days past the date at which the item can finish at the earliest."`
	Already  bool      `json:"already" doc:"Whether the date cannot be kept without any slip either."`
}

func (v view) closing(item int32) closingRow {
	c := v.Close(item)
	return closingRow{Frees: v.refs(c.Freed), Teams: list(v.TeamsOf(c.Freed)), Still: v.refs(c.Still)}
}

func (v view) slip(item int32, days int) *slipRow {
	s := v.Slip(item, days)
	row := &slipRow{Days: days, From: wire.At(s.From), Assumed: s.Assumed, To: wire.At(s.To), Breaks: []breakRow{}}
	for _, b := range s.Breaks {
		row.Breaks = append(row.Breaks, breakRow{v.Ref(b.Item), v.Items[b.Item].Team.String(), wire.On(b.Date), b.Days, b.Already})
	}
	return row
}

// levelRow is a level of escalation and when it was reached.
type levelRow struct {
	Level string    `json:"level"`
	At    wire.Time `json:"at" doc:"Null when the start of the wait is not known."`
}

// levels are those an escalation has reached, the lowest first.
func (v view) levels(e *model.Escalation) []levelRow {
	out := []levelRow{}
	if e == nil {
		return out
	}
	for i, at := range e.Reached {
		if !at.IsZero() || int32(i) == e.Level {
			out = append(out, levelRow{v.Levels[i].Name, wire.At(at.Time())})
		}
	}
	return out
}
