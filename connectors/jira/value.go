package jira

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/model"
)

// timeLayouts are the forms of a time seen from Jira: issues have no colon in
// the offset, sprints are RFC 3339.
var timeLayouts = []string{"2006-01-02T15:04:05Z0700", time.RFC3339, "2006-01-02T15:04Z0700"}

// parseTime reads a time in UTC. Empty and "null" are the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" || s == "<null>" {
		return time.Time{}, nil
	}
	if t, ok := usualTime(s); ok {
		return t, nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q is not one", short(s, 40))
}

// usualTime reads the form of the times of issues and comments, of which there
// are thousands: 2026-03-10T12:00:00.000+0100.
func usualTime(s string) (time.Time, bool) {
	if len(s) != 28 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' {
		return time.Time{}, false
	}
	number := func(from, to int) (n int) {
		for _, c := range []byte(s[from:to]) {
			if c < '0' || c > '9' {
				return 1e9 // beyond every bound
			}
			n = 10*n + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), number(5, 7), number(8, 10)
	hour, minute, second, milli := number(11, 13), number(14, 16), number(17, 19), number(20, 23)
	east := 60*number(24, 26) + number(26, 28)
	if year > 9999 || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59 || milli > 999 || number(26, 28) > 59 || east >= 24*60 {
		return time.Time{}, false // among them the days that only some months have
	}
	switch s[23] {
	case '-':
		east = -east
	case '+':
	default:
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute-east, second, milli*1e6, time.UTC), true
}

// momentOf reads a time as facts hold it.
func momentOf(s string) (model.Time, error) {
	t, err := parseTime(s)
	return model.At(t), err
}

// parseDate reads a day or a time.
func parseDate(s string) (model.Date, error) {
	if s == "" {
		return model.Date{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return model.Date{Time: model.At(t), Day: true}, nil
	}
	t, err := parseTime(s)
	if err != nil {
		return model.Date{}, fmt.Errorf("date %q is not one", short(s, 40))
	}
	return model.Date{Time: model.At(t)}, nil
}

// isNull reports whether a custom field has no value.
func isNull(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "[]", "{}", `""`:
		return true
	}
	return false
}

// mostPoints is more than anybody means as an estimate.
const mostPoints = 1e6

// parsePoints reads an estimate, also one that is written as text.
func parsePoints(raw json.RawMessage) (*float64, error) {
	s := strings.Trim(string(raw), `"`)
	p, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(p) || p < 0 || p > mostPoints {
		return nil, fmt.Errorf("estimate %q is not one", short(s, 40))
	}
	return &p, nil
}

// words is the value of a field of any type as people read it: the name of an
// option, team or user, several joined by commas.
func words(raw json.RawMessage) string {
	var v any
	if isNull(raw) || json.Unmarshal(raw, &v) != nil {
		return ""
	}
	return wordsOf(v)
}

func wordsOf(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		var all []string
		for _, e := range v {
			if s := wordsOf(e); s != "" {
				all = append(all, s)
			}
		}
		return strings.Join(all, ", ")
	case map[string]any:
		for _, name := range []string{"value", "name", "title", "displayName", "key", "id"} {
			s, _ := v[name].(string)
			if s == "" {
				continue
			}
			if child := wordsOf(v["child"]); child != "" { // a cascading select
				s += " / " + child
			}
			return s
		}
	}
	return ""
}

// wireSprint is a sprint of either form.
type wireSprint struct {
	ID    json.Number `json:"id"`
	Name  string      `json:"name"`
	State string      `json:"state"`
	Start string      `json:"startDate"`
	End   string      `json:"endDate"`
}

// parseSprint chooses among the sprints an issue was ever in: the active one,
// else the latest that is still to come, else none.
func parseSprint(raw json.RawMessage) (*model.Span, error) {
	var each []json.RawMessage
	if json.Unmarshal(raw, &each) != nil {
		each = []json.RawMessage{raw}
	}
	var best wireSprint
	for _, e := range each {
		s, err := readSprint(e)
		if err != nil {
			return nil, err
		}
		if s.rank() > best.rank() || s.rank() == best.rank() && best.before(s) {
			best = s
		}
	}
	if best.rank() == 0 {
		return nil, nil
	}
	end, err := momentOf(best.End)
	return &model.Span{Name: best.Name, End: model.Date{Time: end}}, err
}

// rank orders states by what they say of the work ahead; 0 is nothing.
func (s wireSprint) rank() int {
	switch strings.ToLower(s.State) {
	case "active":
		return 2
	case "future":
		return 1
	}
	return 0
}

func (s wireSprint) before(t wireSprint) bool {
	a, _ := parseTime(s.Start)
	b, _ := parseTime(t.Start)
	if c := a.Compare(b); c != 0 {
		return c < 0
	}
	i, _ := s.ID.Int64()
	j, _ := t.ID.Int64()
	return i < j
}

func readSprint(raw json.RawMessage) (wireSprint, error) {
	var s wireSprint
	if json.Unmarshal(raw, &s) == nil {
		return s, nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return s, errors.New("sprint is neither an object nor text")
	}
	// com.atlassian.greenhopper.service.sprint.Sprint@x[id=7,...,state=ACTIVE,name=A, b,startDate=...,endDate=...,...]
	_, attributes, ok := strings.Cut(text, "[")
	if !ok {
		return s, fmt.Errorf("sprint %q is not one", short(text, 40))
	}
	text = "," + strings.TrimSuffix(attributes, "]")
	s.ID = json.Number(between(text, ",id=", ","))
	s.State = between(text, ",state=", ",")
	s.Name = between(text, ",name=", ",startDate=") // may hold commas itself
	s.Start = between(text, ",startDate=", ",")
	s.End = between(text, ",endDate=", ",")
	return s, nil
}

// between is the part of s after one mark up to the next, or the end.
func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
