package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"gitlab.com/gitlab-org/api/client-go/v2"
)

// options are the configuration's.
type options struct {
	URL            string   `json:"url"`
	Projects       []string `json:"projects"` // besides those of the configuration
	Groups         []string `json:"groups"`
	DoingLabels    []string `json:"doing_labels"`
	DroppedLabels  []string `json:"dropped_labels"`
	BlockedLabels  []string `json:"blocked_labels"`
	PriorityPrefix string   `json:"priority_prefix"`
}

// plugin is one run.
type plugin struct {
	getenv  func(string) string
	options options
	client  *client

	// scopes are the projects to read, sorted, and why some groups cannot be.
	scopes   []string
	unlisted []scope
	// paths are scopes' present paths where they are others than configured.
	paths map[string]string
}

// answer does what a request asks for. Batches go through yield, which is false
// when nobody wants more.
func (p *plugin) answer(ctx context.Context, r request, yield func(*batch) bool) (any, error) {
	params := func(into any) error {
		if err := json.Unmarshal(r.Params, into); err != nil {
			return fail("other", "the parameters of %s cannot be read", r.Method)
		}
		return nil
	}
	if p.client == nil && r.Method != "hello" {
		return nil, fail("other", "hello comes first")
	}
	switch r.Method {
	case "hello":
		return p.hello(r.Params)
	case "changes":
		var q struct {
			Cursor string `json:"cursor"`
		}
		if err := params(&q); err != nil {
			return nil, err
		}
		return nil, p.changes(ctx, q.Cursor, yield)
	case "sweep":
		var q struct {
			Open []known `json:"open"`
		}
		if err := params(&q); err != nil {
			return nil, err
		}
		return nil, p.sweep(ctx, q.Open, yield)
	case "ask":
		var q struct {
			Keys []string `json:"keys"`
		}
		if err := params(&q); err != nil {
			return nil, err
		}
		return p.ask(ctx, q.Keys)
	case "census":
		var q struct {
			Known []known `json:"known"`
		}
		if err := params(&q); err != nil {
			return nil, err
		}
		return p.census(ctx, q.Known)
	case "check":
		return p.check(ctx)
	}
	return nil, fail("other", "there is no method %q", r.Method)
}

func (p *plugin) hello(raw json.RawMessage) (any, error) {
	var q struct {
		Protocol  int             `json:"protocol"`
		UserAgent string          `json:"user_agent"`
		Projects  []string        `json:"projects"`
		Options   json.RawMessage `json:"options"`
	}
	if err := json.Unmarshal(raw, &q); err != nil || q.Protocol != protocol {
		return nil, fail("other", "this plugin speaks protocol %d", protocol)
	}
	p.options = options{
		URL: "https://gitlab.com", DoingLabels: []string{"Doing", "workflow::in dev", "workflow::in review"}, BlockedLabels: []string{"blocked", "workflow::blocked"},
		DroppedLabels: []string{"duplicate", "wontfix", "won't fix"}, PriorityPrefix: "priority::",
	}
	if len(q.Options) > 0 && string(q.Options) != "null" {
		d := json.NewDecoder(strings.NewReader(string(q.Options)))
		d.DisallowUnknownFields()
		if err := d.Decode(&p.options); err != nil {
			return nil, fail("other", "options: %s", strings.TrimPrefix(err.Error(), "json: "))
		}
	}
	p.scopes = append(p.scopes, q.Projects...)
	p.scopes = append(p.scopes, p.options.Projects...)
	for _, path := range p.scopes {
		if keyProject(path+"#1") == "" {
			return nil, fail("other", "%q is not the path of a project: group/project", path)
		}
	}
	if len(p.scopes)+len(p.options.Groups) == 0 {
		return nil, fail("other", "name projects or options.groups to read")
	}
	secret, err := token(p.getenv)
	if err != nil {
		return nil, err
	}
	if p.client, err = newClient(p.options.URL, secret, q.UserAgent); err != nil {
		return nil, err
	}
	return map[string]any{"protocol": protocol, "name": "GitLab", "version": "1.0", "capabilities": []string{"sweep", "ask", "census", "check"}}, nil
}

// resolve finds the projects of the groups.
func (p *plugin) resolve(ctx context.Context) error {
	for _, group := range p.options.Groups {
		paths, err := p.projects(ctx, group)
		if unreadable(err) {
			p.unlisted = append(p.unlisted, scope{Scope: group, Error: "the group does not exist, or the account may not see it"})
			continue
		}
		if err != nil {
			return err
		}
		p.scopes = append(p.scopes, paths...)
	}
	slices.Sort(p.scopes)
	p.scopes = slices.Compact(p.scopes)
	p.paths = map[string]string{}
	return nil
}

// reads reports whether a project is one of the scopes, by any name.
func (p *plugin) reads(path string) bool {
	if slices.ContainsFunc(p.scopes, func(s string) bool { return strings.EqualFold(s, path) }) {
		return true
	}
	for _, now := range p.paths {
		if strings.EqualFold(now, path) {
			return true
		}
	}
	return false
}

// renamed notes that a scope's project has another path now: GitLab answers
// under the old one too.
func (p *plugin) renamed(scope string, i *gitlab.Issue) {
	if now := keyProject(i.References.Full); !strings.EqualFold(now, scope) {
		p.paths[scope] = now
	}
}

// told is what there is to say of the site. lost are scopes that cannot be read, with the reason.
func (p *plugin) told(lost map[string]string) *site {
	s := &site{Scopes: slices.Clone(p.unlisted)}
	if u, err := url.Parse(p.options.URL); err == nil {
		s.Hosts = []string{strings.ToLower(u.Host) + strings.TrimSuffix(u.Path, "/")}
	}
	for _, path := range p.scopes {
		why, isLost := lost[path]
		s.Scopes = append(s.Scopes, scope{Scope: path, Readable: !isLost, Error: why})
		known := project{Key: path}
		if now := p.paths[path]; now != "" {
			known = project{Key: now, Former: []string{path}}
		}
		s.Projects = append(s.Projects, known)
	}
	return s
}

const lostProject = "the project does not exist, or the account may not read its issues"

// complete makes items of issues, with the links of the open ones. Those of closed
// ones are left as they were: whoever waits for somebody is open.
func (p *plugin) complete(ctx context.Context, issues []*gitlab.Issue) (items []item, err error) {
	items = make([]item, len(issues))
	type found struct {
		links []*gitlab.IssueRelation
		err   error
	}
	lists := each(issues, func(i *gitlab.Issue) (f found) {
		if it := p.item(i); it.State == "todo" || it.State == "doing" {
			f.links, f.err = p.links(ctx, it.Key)
		}
		return f
	})
	stubs := map[string]item{}
	for n, f := range lists {
		items[n] = p.item(issues[n])
		switch closed := items[n].State == "done" || items[n].State == "dropped"; {
		case closed, unreadable(f.err): // it is gone since the list was made, or links are for other accounts
			items[n].Keeps = []string{"issue_link"}
		case f.err != nil:
			return nil, f.err
		default:
			claims, far := p.relations(f.links)
			items[n].Claims = claims
			for _, s := range far {
				stubs[s.ID] = s
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(stubs)) {
		items = append(items, stubs[id])
	}
	return items, nil
}

// ask looks keys up.
func (p *plugin) ask(ctx context.Context, keys []string) (*batch, error) {
	if err := p.resolve(ctx); err != nil {
		return nil, err
	}
	b := &batch{}
	var found []*gitlab.Issue
	readable := map[string]bool{}
	for _, key := range keys {
		path := keyProject(key)
		if path == "" {
			continue
		}
		i, err := p.one(ctx, key)
		switch {
		case unreadable(err):
			ok, known := readable[path]
			if !known {
				if ok, err = p.there(ctx, path); err != nil {
					return nil, err
				}
				readable[path] = ok
			}
			reason := "forbidden"
			if ok {
				reason = "gone"
			}
			b.Answers = append(b.Answers, answer{Key: key, Reason: reason})
		case err != nil:
			return nil, err
		default:
			found = append(found, i)
			b.Answers = append(b.Answers, answer{Key: key, ID: p.item(i).ID})
		}
	}
	var err error
	if b.Items, err = p.complete(ctx, found); len(b.Items) > mostItems {
		b.Items = b.Items[:mostItems] // far ends come with the next sweep too
	}
	return b, err
}

// check tries every scope.
func (p *plugin) check(ctx context.Context) (any, error) {
	if err := p.resolve(ctx); err != nil {
		return nil, err
	}
	lost := map[string]string{}
	for _, path := range p.scopes {
		ok, err := p.there(ctx, path)
		if err != nil {
			return nil, err
		}
		if !ok {
			lost[path] = lostProject
		}
	}
	return map[string]any{"site": p.told(lost)}, nil
}
