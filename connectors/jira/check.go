package jira

import (
	"context"
	"fmt"
	"slices"

	"github.com/waitgraph/waitgraph/model"
)

// Check tries address, credentials and scopes, and names what the site has and
// the config leaves unmapped.
func (c *Connector) Check(ctx context.Context) (model.Site, []string, error) {
	c.site = nil
	s, err := c.open(ctx)
	if err != nil {
		return model.Site{}, nil, err
	}
	if !c.cfg.Auth.anonymous() {
		const route = "rest/api/2/myself"
		if _, err := c.do(ctx, "GET", route, route, nil); err != nil {
			return model.Site{}, nil, err
		}
	}
	told := *s.told
	told.Scopes = slices.Clone(told.Scopes)
	if c.cfg.JQL != "" && (len(c.cfg.Projects) == 0 || len(s.readable) > 0) {
		q := query{JQL: c.scope(s.readable) + " ORDER BY key ASC", Fields: []string{"id"}, Max: 1}
		if _, err := c.searchIDs(ctx, s, q); refused(err) {
			told.Scopes = append(told.Scopes, model.Scope{Name: c.cfg.JQL, Error: err.Error()})
			told.Scopes = slices.DeleteFunc(told.Scopes, func(sc model.Scope) bool { return sc.Name == c.cfg.JQL && sc.Readable })
		} else if err != nil {
			return model.Site{}, nil, err
		}
	}

	links, err := c.unmappedLinks(ctx)
	if err != nil {
		return model.Site{}, nil, err
	}
	return told, slices.Concat(told.Unmapped, links), nil
}

// priorities are the names of the site's priorities in its order.
func (c *Connector) priorities(ctx context.Context) ([]string, error) {
	const route = "rest/api/2/priority"
	var listed []wireNamed
	if err := c.get(ctx, route, route, &listed); err != nil {
		return nil, err
	}
	return names(listed), nil
}

// unmappedStatuses names statuses whose category says nothing, and configured
// ones the site does not have.
func (c *Connector) unmappedStatuses(ctx context.Context) ([]string, error) {
	const route = "rest/api/2/status"
	var statuses []wireStatus
	if err := c.get(ctx, route, route, &statuses); err != nil {
		return nil, err
	}
	var sentences []string
	has := map[string]bool{}
	for _, st := range statuses {
		name := fold(st.Name)
		if has[name] {
			continue
		}
		has[name] = true
		switch st.Category.Key {
		case "new", "indeterminate", "done":
		default:
			if c.reader.statuses[name].State == "" {
				sentences = append(sentences, fmt.Sprintf("status %q has no category and is read as todo: map it under status", short(st.Name, 60)))
			}
		}
	}
	for _, name := range sortedKeys(c.cfg.Status) {
		if !has[fold(name)] {
			sentences = append(sentences, fmt.Sprintf("status.%s: the site has no such status", name))
		}
	}
	slices.Sort(sentences)
	return sentences, nil
}

// unmappedLinks names phrases that neither the config nor the defaults know.
func (c *Connector) unmappedLinks(ctx context.Context) ([]string, error) {
	const route = "rest/api/2/issueLinkType"
	var answer struct {
		Types []struct {
			Name    string `json:"name"`
			Inward  string `json:"inward"`
			Outward string `json:"outward"`
		} `json:"issueLinkTypes"`
	}
	if err := c.get(ctx, route, route, &answer); err != nil {
		return nil, err
	}
	var sentences []string
	has := map[string]bool{}
	for _, t := range answer.Types {
		for _, phrase := range []string{t.Inward, t.Outward} {
			name := fold(phrase)
			if _, known := c.reader.phrases.read(phrase); !known && !has[name] {
				sentences = append(sentences, fmt.Sprintf("link phrase %q (of type %q) is read as relates: map it under links", short(phrase, 60), short(t.Name, 60)))
			}
			has[name] = true
		}
	}
	for _, phrase := range sortedKeys(c.cfg.Links) {
		if !has[fold(phrase)] {
			sentences = append(sentences, fmt.Sprintf("links.%s: the site has no such phrase", phrase))
		}
	}
	return sentences, nil
}
