package exec

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waitgraph/waitgraph/model"
)

// Bounds of one message.
const (
	mostItems     = 1000
	mostGone      = 10_000
	mostProblems  = 100
	longestCursor = 64 << 10
)

// batch converts one batch. A part that cannot be used is a problem of it; the
// error is one that makes all of it unusable.
func (c *Connector) batch(s *session, raw json.RawMessage) (model.Batch, error) {
	var w wireBatch
	if err := s.decode(raw, &w); err != nil {
		return model.Batch{}, err
	}
	switch {
	case len(w.Items) > mostItems || len(w.Claims) > mostItems || len(w.Answers) > mostItems:
		return model.Batch{}, s.fail(s.lie("sent more than %d items, claim sets or answers in one batch", mostItems))
	case len(w.Gone) > mostGone:
		return model.Batch{}, s.fail(s.lie("sent more than %d absences in one batch", mostGone))
	case len(w.Cursor) > longestCursor:
		return model.Batch{}, s.fail(s.lie("sent a cursor of more than %d bytes", longestCursor))
	}
	b := model.Batch{Cursor: w.Cursor, Done: max(w.Done, 0), Total: max(w.Total, 0)}
	problem := func(where, format string, args ...any) {
		if len(b.Problems) < mostProblems {
			b.Problems = append(b.Problems, model.Problem{Where: s.text(where), What: s.text(fmt.Sprintf(format, args...))})
		}
	}
	for _, p := range w.Problems {
		problem(p.Where, "%s", p.What)
	}
	convert := c.converter()
	b.Items = c.items(convert, w.Items, problem)
	for i := range w.Claims {
		set := &w.Claims[i]
		k := &checker{}
		origin := k.origin("origin", set.Origin)
		out := model.ClaimSet{Item: c.id(k.name("id", set.ID)), Origin: origin, Claims: convert.claims(k, set.Claims, origin)}
		if k.err != nil {
			problem("claims of "+cut(set.ID, longestName), "%v", k.err)
			continue
		}
		b.Claims = append(b.Claims, out)
	}
	b.Gone = c.absences(w.Gone, problem)
	for _, a := range w.Answers {
		k := &checker{}
		answer := model.Answer{Key: k.name("key", a.Key)}
		if a.ID != "" {
			answer.Found = c.id(k.name("id", a.ID))
		} else {
			answer.Reason = k.reason(a.Reason)
		}
		if k.err != nil {
			problem("answer for "+cut(a.Key, longestName), "%v", k.err)
			continue
		}
		b.Answers = append(b.Answers, answer)
	}
	if w.Site != nil {
		c.site = w.Site
	}
	b.Site = c.news(s)
	return b, nil
}

// items converts the items of one message.
func (c *Connector) items(convert *converter, raws []json.RawMessage, problem func(where, format string, args ...any)) []model.Observation {
	var out []model.Observation
	for _, raw := range raws {
		o, where, err := convert.item(raw)
		if err != nil {
			problem(where, "%v", err)
			continue
		}
		out = append(out, o)
	}
	return out
}

func (c *Connector) absences(list []wireAbsence, problem func(where, format string, args ...any)) []model.Absence {
	var out []model.Absence
	for _, a := range list {
		k := &checker{}
		absence := model.Absence{ID: c.id(k.name("id", a.ID)), Reason: k.reason(a.Reason)}
		if k.err != nil {
			problem("absence of "+cut(a.ID, longestName), "%v", k.err)
			continue
		}
		out = append(out, absence)
	}
	return out
}

func (k *checker) reason(s string) model.Reason {
	var reason model.Reason
	if err := reason.UnmarshalText([]byte(s)); err == nil && (reason == model.Gone || reason == model.Forbidden) {
		return reason
	}
	k.bad("reason", "is none of gone and forbidden")
	return 0
}

func (c *Connector) id(native string) model.ID {
	return model.ID{Tracker: model.WordOf(c.options.Name), Native: native}
}

func (c *Connector) converter() *converter {
	return &converter{tracker: c.options.Name, unknown: func(field string) {
		const most = 20
		if len(c.unknown) < most && !c.unknown[field] {
			c.unknown[field] = true
			c.log.Info("plugin sends a field the protocol does not have", "field", field)
		}
	}}
}

// census converts a census. An absence of an item that was not asked for is refused.
func (c *Connector) census(s *session, w *wireCensus, known []*model.Record) model.Census {
	census := model.Census{Native: map[string][]string{}}
	problem := func(where, format string, args ...any) {
		if len(census.Batch.Problems) < mostProblems {
			census.Batch.Problems = append(census.Batch.Problems, model.Problem{Where: s.text(where), What: s.text(fmt.Sprintf(format, args...))})
		}
	}
	census.Scopes = scopes(s, w.Scopes)
	for _, scope := range census.Scopes {
		if ids, ok := w.Exists[scope.Name]; ok && scope.Readable {
			census.Native[scope.Name] = ids
		}
	}
	exists := map[string]bool{}
	for ids := range maps.Values(census.Native) {
		for _, id := range ids {
			exists[id] = true
		}
	}
	asked := map[string]bool{}
	for _, r := range known {
		asked[r.Item.ID.Native] = true
	}
	for _, a := range c.absences(w.Gone, problem) {
		switch native := a.ID.Native; {
		case !asked[native]:
			problem(native, "is reported absent and was never known")
		case exists[native]:
			problem(native, "is reported absent and existing")
		default:
			census.Gone = append(census.Gone, a)
		}
	}
	census.Batch.Items = c.items(c.converter(), w.Items, problem)
	census.Batch.Site = c.news(s)
	return census
}

// news is what is known of the tracker, nil if that was told before.
func (c *Connector) news(s *session) *model.Site {
	site := c.told(s)
	b, err := json.Marshal(site)
	if err != nil || string(b) == c.lastTold {
		return nil
	}
	c.lastTold = string(b)
	return &site
}

// told is the site as the plugin describes it. A plugin that names no scope or
// project serves those of the configuration.
func (c *Connector) told(s *session) model.Site {
	w := c.site
	if w == nil {
		w = &wireSite{}
	}
	site := model.Site{Product: c.product, Scopes: scopes(s, w.Scopes)}
	for _, h := range bounded(w.Hosts) {
		if h = strings.ToLower(s.text(h)); h != "" && !strings.Contains(h, "://") {
			site.Hosts = append(site.Hosts, h)
		}
	}
	for _, p := range bounded(w.Projects) {
		if p.Key != "" && len(p.Key) <= longestName {
			site.Projects = append(site.Projects, model.Project{Key: p.Key, Former: slices.Clone(bounded(p.Former))})
		}
	}
	for _, n := range bounded(w.Notes) {
		site.Notes = append(site.Notes, s.text(n))
	}
	for _, key := range c.config.Projects {
		if len(w.Scopes) == 0 {
			site.Scopes = append(site.Scopes, model.Scope{Name: key, Readable: true})
		}
		if len(w.Projects) == 0 {
			site.Projects = append(site.Projects, model.Project{Key: key})
		}
	}
	return site
}

func scopes(s *session, list []wireScope) []model.Scope {
	var out []model.Scope
	for _, w := range bounded(list) {
		if w.Scope != "" && len(w.Scope) <= longestTitle {
			out = append(out, model.Scope{Name: w.Scope, Readable: w.Readable, Error: s.text(w.Error)})
		}
	}
	return out
}

func bounded[E any](list []E) []E { return list[:min(len(list), mostGone)] }

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
