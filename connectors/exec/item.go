package exec

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/waitgraph/waitgraph/model"
)

// Bounds of one item, in bytes and elements.
const (
	longestName  = 200  // ids and keys
	longestWord  = 500  // names, labels, values
	longestTitle = 2000 // titles and addresses
	longestList  = 1000
	mostClaims   = 20_000
)

// converter makes the model's items from those on the wire.
type converter struct {
	tracker string
	// unknown is told of fields that are not in the protocol.
	unknown func(field string)
}

// item converts and checks one item. where names it even when err says what is wrong.
func (c *converter) item(raw json.RawMessage) (o model.Observation, where string, err error) {
	var w wireItem
	err = json.Unmarshal(raw, &w)
	for _, name := range []string{w.Key, w.ID} {
		if where == "" {
			where = printable(cut(name, longestName))
		}
	}
	if where == "" {
		where = "an item without id and key"
	}
	if err != nil {
		return o, where, errors.New(describe(err))
	}
	c.noteUnknown(raw)
	k := &checker{}
	if w.Tracker != "" && w.Tracker != c.tracker {
		k.bad("tracker", "is another tracker's item")
	}
	o.Item = c.fill(k, &w)
	if w.Stub && len(w.Claims) > 0 {
		k.bad("claims", "a stub claims nothing")
	}
	o.Claims = c.claims(k, w.Claims, 0)
	for _, origin := range w.Keeps {
		o.Keeps = append(o.Keeps, k.origin("keeps", origin))
	}
	return o, where, k.err
}

func (c *converter) fill(k *checker, w *wireItem) model.Item {
	it := model.Item{
		ID:          model.ID{Tracker: model.WordOf(c.tracker), Native: k.name("id", w.ID)},
		Key:         k.name("key", w.Key),
		Aliases:     k.words("aliases", w.Aliases, longestName),
		URL:         k.url(w.URL),
		Title:       k.text("title", w.Title, longestTitle),
		Type:        model.WordOf(k.text("type", w.Type, longestWord)),
		Pull:        w.Pull,
		Stub:        w.Stub,
		Project:     model.WordOf(k.text("project", w.Project, longestName)),
		State:       k.state("state", w.State),
		Status:      model.WordOf(k.text("status", w.Status, longestWord)),
		Resolution:  model.WordOf(k.text("resolution", w.Resolution, longestWord)),
		Priority:    model.WordOf(k.text("priority", w.Priority, longestWord)),
		Components:  k.words("components", w.Components, longestWord),
		Labels:      k.words("labels", w.Labels, longestWord),
		Milestone:   k.span("milestone", w.Milestone),
		Sprint:      k.span("sprint", w.Sprint),
		Epic:        k.text("epic", w.Epic, longestName),
		Points:      w.Points,
		Due:         k.date("due", w.Due),
		Created:     k.instant("created", w.Created),
		Updated:     k.instant("updated", w.Updated),
		Closed:      k.instant("closed", w.Closed),
		Author:      k.author(w.Author),
		Fields:      w.Fields,
		FixVersions: each(k, "fix_versions", w.FixVersions, longestList, func(s wireSpan) model.Span { return k.dated("fix_versions", s) }),
		Assignees:   each(k, "assignees", w.Assignees, longestList, func(a wireAccount) model.Account { return k.account("assignees", &a) }),
		Signals:     each(k, "signals", w.Signals, longestList, k.signal),
	}
	if w.Project == "" {
		k.bad("project", "is missing")
	}
	if len(w.Fields) > longestList {
		k.bad("fields", "has more than %d elements", longestList)
	}
	for name, value := range w.Fields {
		k.text("fields", name, longestWord)
		k.text("fields", value, longestWord)
	}
	if w.Points != nil && (*w.Points < 0 || *w.Points > 1e6) {
		k.bad("points", "is not between 0 and 1000000")
	}
	if it.State.Open() && !it.Closed.IsZero() {
		k.bad("closed", "is set on an open item")
	}
	if w.History != nil {
		it.HistoryKnown = true
		it.History = each(k, "history", *w.History, mostClaims, func(t wireTransition) model.Transition {
			if t.At == "" {
				k.bad("history", "has a change without a time")
			}
			return model.Transition{At: k.instant("history", t.At), State: k.state("history", t.State)}
		})
		slices.SortStableFunc(it.History, func(a, b model.Transition) int { return cmp.Compare(a.At, b.At) })
	}
	return it
}

// noteUnknown reports the fields of an item that the protocol does not have.
func (c *converter) noteUnknown(raw json.RawMessage) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return
	}
	t := reflect.TypeFor[wireItem]()
	for name := range fields {
		known := false
		for i := 0; i < t.NumField() && !known; i++ {
			known = strings.EqualFold(t.Field(i).Tag.Get("json"), name) // as encoding/json matches
		}
		if !known {
			c.unknown(printable(cut(name, longestName)))
		}
	}
}

// checker keeps the first thing that is wrong with an item.
type checker struct{ err error }

func (k *checker) bad(field, format string, args ...any) {
	if k.err == nil {
		k.err = fmt.Errorf(field+" "+format, args...)
	}
}

func (k *checker) text(field, s string, most int) string {
	if len(s) > most {
		k.bad(field, "is longer than %d bytes", most)
	}
	return s
}

// name is an id or a key: it must be there, and show.
func (k *checker) name(field, s string) string {
	if strings.TrimSpace(s) == "" {
		k.bad(field, "is missing")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		k.bad(field, "has characters that do not show")
	}
	return k.text(field, s, longestName)
}

func (k *checker) words(field string, list []string, most int) []string {
	return each(k, field, list, longestList, func(s string) string { return k.text(field, s, most) })
}

// each converts a list; nil for none.
func each[W, M any](k *checker, field string, list []W, most int, one func(W) M) []M {
	if len(list) > most {
		k.bad(field, "has more than %d elements", most)
		return nil
	}
	var out []M
	for _, w := range list {
		out = append(out, one(w))
	}
	return out
}

func (k *checker) url(s string) string {
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		k.bad("url", "is not an http or https address without credentials")
	}
	return k.text("url", s, longestTitle)
}

func (k *checker) state(field, s string) model.State {
	state := model.StateOf(s)
	if state == 0 {
		k.bad(field, "is none of todo, doing, done and dropped")
	}
	return state
}

func (k *checker) origin(field, s string) model.Origin {
	var origin model.Origin
	if err := origin.UnmarshalText([]byte(s)); err != nil || origin == model.ConfigRule {
		k.bad(field, "has an unknown origin")
	}
	return cmp.Or(origin, model.IssueLink)
}

// instant reads RFC 3339.
func (k *checker) instant(field, s string) model.Time {
	if s == "" {
		return 0
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1900 {
		k.bad(field, "is no time such as 2026-03-10T09:00:00Z, from 1900 on")
		return 0
	}
	return model.At(t)
}

// date reads a day or RFC 3339.
func (k *checker) date(field, s string) model.Date {
	if t, err := time.Parse(time.DateOnly, s); err == nil && t.Year() >= 1900 {
		return model.Date{Time: model.At(t), Day: true}
	}
	return model.Date{Time: k.instant(field, s)}
}

func (k *checker) span(field string, w *wireSpan) *model.Span {
	if w == nil || *w == (wireSpan{}) {
		return nil
	}
	s := k.dated(field, *w)
	return &s
}

func (k *checker) dated(field string, w wireSpan) model.Span {
	return model.Span{Name: k.text(field, w.Name, longestWord), End: k.date(field, w.End)}
}

func (k *checker) author(w *wireAccount) *model.Account {
	if a := k.account("author", w); a != (model.Account{}) {
		return &a
	}
	return nil
}

func (k *checker) account(field string, w *wireAccount) model.Account {
	if w == nil {
		return model.Account{}
	}
	return model.Account{ID: k.name(field, w.ID), Name: k.text(field, w.Name, longestWord), Email: k.text(field, w.Email, longestWord)}
}

func (k *checker) signal(w wireSignal) model.Signal {
	kind := model.SignalKind(w.Kind)
	switch kind {
	case model.SignalFlag, model.SignalStatus, model.SignalLabel, model.SignalField:
	default:
		k.bad("signals", "has a kind that is none of flag, status, label and field")
	}
	return model.Signal{Kind: kind, Value: k.text("signals", w.Value, longestWord), At: k.instant("signals", w.At)}
}
