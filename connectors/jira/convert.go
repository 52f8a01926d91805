package jira

import (
	"errors"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// reader turns what a site answers into observations. It is pure: the same
// answer read under the same config is the same observation.
type reader struct {
	tracker     string
	phrases     phrasebook
	statuses    map[string]Status // by folded name
	resolutions map[string]model.State
	text        Text
}

// droppedResolutions close an issue without delivering it.
var droppedResolutions = []string{
	"Won't Do", "Won't Fix", "Duplicate", "Declined", "Cannot Reproduce", "Incomplete", "Invalid", "Obsolete",
	"Not a Bug", "Rejected",
}

func newReader(tracker string, c *Config) reader {
	r := reader{
		tracker:     tracker,
		phrases:     newPhrasebook(c.Links),
		statuses:    map[string]Status{},
		resolutions: map[string]model.State{},
		text:        c.Text,
	}
	for name, s := range c.Status {
		r.statuses[fold(name)] = s
	}
	for _, name := range droppedResolutions {
		r.resolutions[fold(name)] = model.Dropped
	}
	for name, s := range c.Resolutions {
		r.resolutions[fold(name)] = model.StateOf(s)
	}
	return r
}

// view is what reading an issue needs to know of its site at the moment.
type view struct {
	base   string // address under which people see the site
	fields *fieldMap
	closed map[string]model.State // known states of closed far issues
}

// reading is one issue read: itself, and what it tells of others.
type reading struct {
	model.Observation
	stubs    []model.Observation
	problems []model.Problem
}

// outcome is a reading, or why there is none.
type outcome struct {
	reading
	err error
}

// problem notes a part that cannot be read; the rest of the issue stands.
func (r *reading) problem(part string, err error) {
	if err != nil {
		r.problems = append(r.problems, model.Problem{Where: r.Item.Key, What: part + ": " + err.Error()})
	}
}

// read converts one issue. The error is one that makes the issue useless.
func (rd *reader) read(is *wireIssue, v view) (reading, error) {
	f := is.Fields
	if f.Status == nil {
		return reading{}, errors.New("no status")
	}
	updated, err := parseTime(f.Updated)
	if err != nil || updated.IsZero() {
		return reading{}, errors.Join(errors.New("no time of last update"), err)
	}

	var r reading
	project, _, _ := cutKey(is.Key)
	if f.Project != nil && f.Project.Key != "" {
		project = f.Project.Key
	}
	r.Item = model.Item{
		ID:         model.ID{Tracker: model.WordOf(rd.tracker), Native: is.ID},
		Key:        is.Key,
		URL:        v.base + "/browse/" + is.Key,
		Title:      f.Summary,
		Type:       model.WordOf(typeName(f.Type)),
		Project:    model.WordOf(project),
		State:      rd.state(f.Status, f.Resolution),
		Status:     model.WordOf(f.Status.Name),
		Components: names(f.Components),
		Updated:    model.At(updated),
	}
	it := &r.Item
	if len(f.Labels) > 0 {
		it.Labels = f.Labels
	}
	if f.Resolution != nil {
		it.Resolution = model.WordOf(f.Resolution.Name)
	}
	if f.Priority != nil {
		it.Priority = model.WordOf(f.Priority.Name)
	}
	author := account(f.Reporter)
	if author.ID == "" {
		author = account(f.Creator)
	}
	if author != (model.Account{}) {
		it.Author = &author
	}
	if a := account(f.Assignee); a.ID != "" {
		it.Assignees = []model.Account{a}
	}
	rd.dates(&r, is, v.fields)
	rd.custom(&r, is, v.fields)
	it.Signals = rd.signals(is, v.fields)
	rd.relations(&r, is, v)
	rd.texts(&r, is)
	return r, nil
}

// state is what status and resolution mean. The config's word on a status wins.
func (rd *reader) state(s *wireStatus, resolution *wireNamed) model.State {
	if own := model.StateOf(rd.statuses[fold(s.Name)].State); own != 0 {
		return own
	}
	switch s.Category.Key {
	case "new":
		return model.Todo
	case "indeterminate":
		return model.Doing
	case "done":
		return rd.ending(resolution)
	}
	// A status without a category: only a resolution tells that it is an end.
	if resolution != nil {
		return rd.ending(resolution)
	}
	return model.Todo
}

// ending is done, or dropped if the resolution says so. Done without a
// resolution exists.
func (rd *reader) ending(resolution *wireNamed) model.State {
	if resolution != nil {
		if s, ok := rd.resolutions[fold(resolution.Name)]; ok {
			return s
		}
	}
	return model.Done
}

func (rd *reader) dates(r *reading, is *wireIssue, fm *fieldMap) {
	f, it := is.Fields, &r.Item
	var err error
	it.Created, err = momentOf(f.Created)
	r.problem("created", err)
	if !it.State.Open() {
		it.Closed, err = momentOf(f.ResolutionDate)
		r.problem("resolutiondate", err)
	}
	due := f.Due
	if len(fm.neededBy) > 0 {
		due = words(fm.neededBy.of(is))
	}
	it.Due, err = parseDate(due)
	r.problem("due date", err)
	if due == "" && len(fm.target) > 0 {
		it.Due, err = parseDate(words(fm.target.of(is)))
		r.problem("target end", err)
	}
	for _, version := range f.FixVersions {
		end, err := parseDate(version.ReleaseDate)
		r.problem("release date", err)
		it.FixVersions = append(it.FixVersions, model.Span{Name: version.Name, End: end})
	}
}

func (rd *reader) custom(r *reading, is *wireIssue, fm *fieldMap) {
	it := &r.Item
	var err error
	if raw := fm.points.of(is); raw != nil {
		it.Points, err = parsePoints(raw)
		r.problem("points", err)
	}
	if raw := fm.sprint.of(is); raw != nil {
		it.Sprint, err = parseSprint(raw)
		r.problem("sprint", err)
	}
	for _, n := range fm.named {
		value := systemValue(is.Fields, n.system)
		if n.system == "" {
			value = words(n.slots.of(is))
		}
		if value == "" {
			continue
		}
		if it.Fields == nil {
			it.Fields = make(map[string]string, len(fm.named))
		}
		it.Fields[n.name] = value
	}
}

// signals are the issue's own statements that it is blocked.
func (rd *reader) signals(is *wireIssue, fm *fieldMap) []model.Signal {
	var all []model.Signal
	if value := words(fm.flagged.of(is)); value != "" {
		all = append(all, model.Signal{Kind: model.SignalFlag, Value: value})
	}
	status := is.Fields.Status.Name
	blocked := fold(status) == "blocked"
	if configured := rd.statuses[fold(status)].Blocked; configured != nil {
		blocked = *configured
	}
	if blocked {
		all = append(all, model.Signal{Kind: model.SignalStatus, Value: status})
	}
	for _, l := range is.Fields.Labels {
		if strings.EqualFold(l, "blocked") {
			all = append(all, model.Signal{Kind: model.SignalLabel, Value: l})
		}
	}
	return all
}
