package jira

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// site is what one Jira says of itself. It is asked once and again after
// errors and for each census.
type site struct {
	cloud bool
	// base is the address under which people see it, without a slash at its end.
	base string
	// now is a time of the tracker's clock that has passed. It has nothing to
	// do with this machine's, or with the Date of an answer.
	now    time.Time
	fields *fieldMap
	// readable are the configured projects the site lists, sorted.
	readable []string
	// known maps the keys of listed projects, former ones too, to the current.
	known map[string]string
	// statuses by id, nil until they were needed.
	statuses map[string]wireStatus
	// silent tells that it gives no changelogs.
	silent bool
	// unlinked tells that it gives no remote links.
	unlinked bool
	told     *model.Site
}

type wireServer struct {
	BaseURL    string `json:"baseUrl"`
	Version    string `json:"version"`
	Deployment string `json:"deploymentType"`
	Time       string `json:"serverTime"`
}

// open returns the site, asking it about itself if that was not done yet.
func (c *Connector) open(ctx context.Context) (*site, error) {
	if c.site == nil {
		s, err := c.discover(ctx)
		if err != nil {
			return nil, err
		}
		c.site = s
	}
	return c.site, nil
}

func (c *Connector) discover(ctx context.Context) (*site, error) {
	if err := c.locate(ctx); err != nil {
		return nil, err
	}
	server, now, err := c.server(ctx)
	if missing := (*connectors.StatusError)(nil); errors.As(err, &missing) && missing.Code == http.StatusNotFound {
		at := c.api.GetBaseURL()
		missing.Err = fmt.Errorf("there is no Jira at %s: %w", strings.TrimRight(at.String(), "/"), missing.Err)
	}
	if err != nil {
		return nil, err
	}
	// Server and Data Center, and versions too old to tell, search alike.
	s := &site{cloud: strings.EqualFold(server.Deployment, "Cloud"), base: c.base.String(), now: now}
	told := &model.Site{Hosts: []string{host(c.base)}}
	if u, err := url.Parse(strings.TrimRight(server.BaseURL, "/")); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		s.base = u.Scheme + "://" + u.Host + u.Path
		if h := host(u); h != told.Hosts[0] {
			told.Hosts = append(told.Hosts, h)
		}
	}
	told.Product = "Jira Data Center " + short(server.Version, 40)
	if s.cloud {
		told.Product = "Jira Cloud"
	}

	var listed []wireField
	if err := c.get(ctx, "rest/api/2/field", "rest/api/2/field", &listed); err != nil {
		return nil, err
	}
	s.fields = mapFields(listed, c.cfg.Fields)
	told.Unmapped = slices.Clone(s.fields.notes)
	if s.cloud && c.cfg.Auth.anonymous() {
		told.Notes = append(told.Notes, "without credentials the site does not give histories in bulk: they are not read")
	}

	if c.remoteNote != "" {
		told.Notes = append(told.Notes, c.remoteNote)
	}

	if told.Priorities, err = c.priorities(ctx); err != nil && !c.itsOwn(err) {
		return nil, err // without their order the config's words are all there is
	}
	statuses, err := c.unmappedStatuses(ctx)
	if err != nil && !c.itsOwn(err) {
		return nil, err // those in use are read as they are
	}
	told.Unmapped = append(told.Unmapped, statuses...)
	if told.Projects, err = c.projects(ctx, s.cloud); err != nil {
		return nil, err
	}
	s.known = make(map[string]string, len(told.Projects))
	for _, p := range told.Projects {
		for _, former := range p.Former {
			s.known[former] = p.Key
		}
	}
	for _, p := range told.Projects {
		s.known[p.Key] = p.Key
	}
	for _, name := range c.cfg.Projects {
		scope := model.Scope{Name: name, Readable: true}
		if _, ok := s.known[name]; ok {
			s.readable = append(s.readable, name)
		} else {
			scope.Readable, scope.Error = false, errUnlisted
		}
		told.Scopes = append(told.Scopes, scope)
	}
	if len(c.cfg.Projects) == 0 {
		told.Scopes = []model.Scope{{Name: c.cfg.JQL, Readable: true}}
	}
	slices.Sort(s.readable)
	s.told = told
	return s, nil
}

const errUnlisted = "the site does not list this project: it does not exist, or the account may not browse it"

// server asks for the deployment and the tracker's clock.
func (c *Connector) server(ctx context.Context) (wireServer, time.Time, error) {
	const route = "rest/api/2/serverInfo"
	var s wireServer
	if err := c.get(ctx, route, route, &s); err != nil {
		return s, time.Time{}, err
	}
	now, _ := parseTime(s.Time) // zero if not told
	return s, now, nil
}

type wireListedProject struct {
	Key  string   `json:"key"`
	Keys []string `json:"projectKeys"` // former keys and the current
}

// projects lists every project the account may browse, in scope or not.
func (c *Connector) projects(ctx context.Context, cloud bool) ([]model.Project, error) {
	var all []wireListedProject
	if !cloud {
		if err := c.get(ctx, "rest/api/2/project", "rest/api/2/project?expand=projectKeys", &all); err != nil {
			return nil, err
		}
	}
	for cloud {
		const route = "rest/api/2/project/search"
		var page struct {
			IsLast bool                `json:"isLast"`
			Values []wireListedProject `json:"values"`
		}
		if err := c.get(ctx, route, fmt.Sprintf("%s?expand=projectKeys&maxResults=100&startAt=%d", route, len(all)), &page); err != nil {
			return nil, err
		}
		all = append(all, page.Values...)
		if page.IsLast || len(page.Values) == 0 {
			break
		}
	}
	projects := make([]model.Project, 0, len(all))
	for _, p := range all {
		if p.Key == "" {
			continue
		}
		former := slices.DeleteFunc(p.Keys, func(k string) bool { return k == p.Key })
		slices.Sort(former)
		projects = append(projects, model.Project{Key: p.Key, Former: slices.Clip(former)})
	}
	slices.SortFunc(projects, func(a, b model.Project) int { return strings.Compare(a.Key, b.Key) })
	return projects, nil
}

// host is the prefix under which people see items: host, port and context path.
func host(u *url.URL) string { return strings.ToLower(u.Host + u.Path) }

// inScope reports whether a project is one of the configured, under any of its keys.
func (s *site) inScope(project string) bool {
	for _, key := range s.readable {
		if key == project || s.known[key] == project {
			return true
		}
	}
	return false
}

// view is the site as far as reading issues needs it.
func (c *Connector) view(s *site) view {
	return view{base: s.base, fields: s.fields, closed: c.closed}
}

// news is what the site says of itself if that has not been told yet.
func (c *Connector) news(s *site) *model.Site {
	if c.sent != nil && reflect.DeepEqual(c.sent, s.told) {
		return nil
	}
	c.sent = s.told
	return s.told
}

// refused reports a request the site understood and turned down.
func refused(err error) bool { return statusOf(err) == http.StatusBadRequest }

// unreadableScope is the error of a site none of whose configured projects can be read.
func (c *Connector) unreadableScope() error {
	return &connectors.ScopeError{Scope: strings.Join(c.cfg.Projects, ", "), Err: fmt.Errorf("%s", errUnlisted)}
}
