package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/waitgraph/waitgraph/internal/nearest"
	"github.com/waitgraph/waitgraph/model"
)

// kind is how the value of a parameter is read.
type kind int

const (
	free   kind = iota // any text
	choice             // one of some values; may be repeated to mean any of them
	single             // one of some values
	flag               // true or false
	number             // between min and max
)

// param is one query parameter of an endpoint.
type param struct {
	name string
	kind kind
	doc  string
	// required parameters are no filters: there is no answer without.
	required bool
	// linked parameters are set by links: a page has no field for them.
	linked bool
	// values are those a choice may have; of names the graph knows them.
	values   []string
	names    func(*model.Graph) []string
	min, max int
}

func (p *param) allowed(g *model.Graph) []string {
	if p.names != nil {
		return p.names(g)
	}
	return p.values
}

// query is the checked parameters of a request. An empty value is as none.
type query map[string][]string

func (q query) text(name string) string {
	if v := q[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// among tells of values whether they are one of those asked for; any value is when
// none was asked for.
func (q query) among(name string) func(value string) bool {
	wanted := q[name]
	return func(value string) bool { return len(wanted) == 0 || slices.Contains(wanted, value) }
}

// is tells of flags whether they are the one asked for, or none was.
func (q query) is(name string) func(value bool) bool {
	text := q.text(name)
	return func(value bool) bool { return text == "" || value == (text == "true") }
}

func (q query) number(name string, missing int) int {
	if n, err := strconv.Atoi(q.text(name)); err == nil {
		return n
	}
	return missing
}

// unknownParameter is the detail of a parameter that an endpoint does not have.
const unknownParameter = "unknown parameter"

// parse checks a query against the parameters an endpoint has. The error is a
// *problem that names everything that is wrong.
func parse(raw string, params []param, g *model.Graph) (query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, &problem{Status: http.StatusBadRequest, Detail: "the query cannot be read: " + clip(err.Error(), 200)}
	}
	q, bad := query{}, []invalid(nil)
	for name, given := range values {
		i := slices.IndexFunc(params, func(p param) bool { return p.name == name })
		if i < 0 {
			var known []string
			for _, p := range params {
				known = append(known, p.name)
			}
			bad = append(bad, invalid{
				Parameter: name, Value: clip(strings.Join(given, ","), 200), Detail: unknownParameter,
				Allowed: known, Hints: nearest.Names(name, slices.Values(known), 1),
			})
			continue
		}
		given = slices.DeleteFunc(given, func(v string) bool { return v == "" })
		values[name] = given
		if e := params[i].check(given, g); e != nil {
			bad = append(bad, *e)
			continue
		}
		q[name] = given
	}
	for i := range params {
		if p := &params[i]; p.required && len(values[p.name]) == 0 {
			bad = append(bad, invalid{Parameter: p.name, Detail: "not given", Allowed: p.allowed(g)})
		}
	}
	if len(bad) == 0 {
		return q, nil
	}
	slices.SortFunc(bad, func(a, b invalid) int { return strings.Compare(a.Parameter, b.Parameter) })
	return nil, refuse(bad...)
}

// refuse makes a problem of wrong parameters.
func refuse(bad ...invalid) *problem {
	var parts []string
	for _, e := range bad {
		part := fmt.Sprintf("parameter %q with value %q: %s", clip(e.Parameter, 100), clip(e.Value, 100), e.Detail)
		if len(e.Hints) > 0 {
			part += ", did you mean " + strings.Join(e.Hints, " or ") + "?"
		}
		parts = append(parts, part)
	}
	return &problem{Status: http.StatusBadRequest, Detail: strings.Join(parts, "; "), Errors: bad}
}

func (p *param) check(given []string, g *model.Graph) *invalid {
	wrong := func(v, detail string, allowed []string) *invalid {
		return &invalid{Parameter: p.name, Value: clip(v, 200), Detail: detail, Allowed: allowed, Hints: nearest.Names(v, slices.Values(allowed), 1)}
	}
	if p.kind != choice && len(given) > 1 {
		return wrong(strings.Join(given, ","), "given more than once", nil)
	}
	for _, v := range given {
		switch p.kind {
		case free:
			if len(v) > p.max {
				return wrong(v, fmt.Sprintf("longer than %d bytes", p.max), nil)
			}
		case choice, single:
			if allowed := p.allowed(g); !slices.Contains(allowed, v) {
				return wrong(v, "not one of the allowed values", allowed)
			}
		case flag:
			if v != "true" && v != "false" {
				return wrong(v, "not one of the allowed values", []string{"true", "false"})
			}
		case number:
			if n, err := strconv.Atoi(v); err != nil || n < p.min || n > p.max {
				return wrong(v, fmt.Sprintf("not a whole number from %d to %d", p.min, p.max), nil)
			}
		}
	}
	return nil
}
