package github

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// projectItems are what an item's projects say of it. Broken ones do not take
// the item with them.
type projectItems struct {
	// by project id, then by the field's alias
	values map[string]map[string]*projectValue
	err    error
}

// projectValue is one field's value; which members are set depends on the field's type.
type projectValue struct {
	Number    *float64      `json:"number"`
	Name      string        `json:"name"`  // of a single select
	Title     string        `json:"title"` // of an iteration
	StartDate string        `json:"startDate"`
	Duration  int           `json:"duration"` // in days
	Date      string        `json:"date"`
	Text      string        `json:"text"`
	Issue     *projectValue `json:"issueFieldValue"` // the field is the issue's own
}

// errManyProjects marks an item that is on more projects than are asked for.
var errManyProjects = errors.New("is on too many projects: not all were read")

// UnmarshalJSON never fails.
func (p *projectItems) UnmarshalJSON(b []byte) error {
	var list struct {
		PageInfo pageInfo                     `json:"pageInfo"`
		Nodes    []map[string]json.RawMessage `json:"nodes"`
	}
	if p.err = json.Unmarshal(b, &list); p.err != nil {
		return nil
	}
	if list.PageInfo.HasNextPage {
		p.err = errManyProjects
	}
	p.values = map[string]map[string]*projectValue{}
	for _, fields := range list.Nodes { // null for a project the account may not see
		var project struct {
			ID string `json:"id"`
		}
		if err := decodePart(fields["project"], &project); err != nil {
			p.err = err
			continue
		}
		values := map[string]*projectValue{}
		for alias, raw := range fields {
			if alias == "project" {
				continue
			}
			var v *projectValue
			if err := decodePart(raw, &v); err != nil {
				p.err = err
				continue
			}
			if v != nil && v.Issue != nil {
				v = v.Issue
			}
			if v != nil {
				values[alias] = v
			}
		}
		if project.ID != "" {
			p.values[project.ID] = values
		}
	}
	return nil
}

// decodePart reads a part that may be missing.
func decodePart(raw json.RawMessage, v any) error {
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, v)
}

// projected adds what the item's projects tell. Of a field that several have,
// the first configured one with a value counts.
func (b *builder) projected(it *model.Item, n *node) {
	if err := n.ProjectItems.err; err != nil {
		b.problem(n.key()+" projects", err)
	}
	if len(n.ProjectItems.values) == 0 || b.boards == nil {
		return
	}
	set := map[string]bool{}
	for _, board := range b.boards.list {
		values := n.ProjectItems.values[board.id]
		for key, name := range board.Fields {
			i, asked := slices.BinarySearch(b.boards.names, name)
			if v := values[fieldAlias(i)]; asked && v != nil && !set[key] {
				set[key] = board.tell(it, key, v)
			}
		}
	}
	if it.HistoryKnown && it.History[len(it.History)-1].State.Open() != it.State.Open() {
		it.History, it.HistoryKnown = nil, false // GitHub's own tells another story
	}
}

// tell puts the value of one configured field into the item, if it is of the
// type the field needs.
func (p *Project) tell(it *model.Item, key string, v *projectValue) bool {
	switch key {
	case fieldPoints:
		if v.Number == nil {
			return false
		}
		it.Points = v.Number
	case fieldStatus:
		if v.Name == "" {
			return false
		}
		p.tellStatus(it, v.Name)
	case fieldSprint:
		if v.Title == "" {
			return false
		}
		it.Sprint = &model.Span{Name: v.Title, End: lastDay(v.StartDate, v.Duration)}
	case fieldDue:
		due := calendarDay(v.Date)
		if due.IsZero() {
			return false
		}
		it.Due = due
	default:
		text := v.text()
		if text == "" {
			return false
		}
		if it.Fields == nil {
			it.Fields = map[string]string{}
		}
		it.Fields[key] = text
	}
	return true
}

// tellStatus is what a project's status says of an item. It moves open items;
// of a closed one it says at most whether the work was delivered.
func (p *Project) tellStatus(it *model.Item, status string) {
	it.Status = model.WordOf(status)
	state, blocked := p.status(status)
	if blocked {
		it.Signals = append(it.Signals, model.Signal{Kind: model.SignalStatus, Value: status})
	}
	if state != 0 && (it.State.Open() || !state.Open()) {
		it.State = state
	}
}

func (v *projectValue) text() string {
	if v.Number != nil {
		return strconv.FormatFloat(*v.Number, 'f', -1, 64)
	}
	for _, s := range []string{v.Name, v.Title, v.Date, v.Text} {
		if s != "" {
			return s
		}
	}
	return ""
}

// calendarDay reads a day, of which the API may tell the time of day too.
func calendarDay(s string) model.Date {
	t, err := time.Parse(time.DateOnly, s[:min(len(s), len(time.DateOnly))])
	if err != nil {
		return model.Date{}
	}
	return model.Date{Time: model.At(t), Day: true}
}

// lastDay is the last of an iteration's days.
func lastDay(start string, days int) model.Date {
	d := calendarDay(start)
	if d.IsZero() || days <= 0 || days > 10_000 {
		return model.Date{}
	}
	d.Time = model.At(d.Time.Time().AddDate(0, 0, days-1))
	return d
}
