package github

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// relist is how long the repositories behind a glob are believed.
const relist = 10 * time.Minute

// scope is which repositories are read, and what became of each.
type scope struct {
	patterns []string // as configured
	names    []string // asked for by these names, in order
	listed   time.Time
	// found are present names and former ones of the repositories met, by the name asked for.
	found map[string]model.Project
	// failed are the names and globs that cannot be read, and why.
	failed map[string]string
}

// has reports whether a repository is read: by its present name, or because it
// was found under the name the config has.
func (s *scope) has(repository string) bool {
	if s.matches(repository) {
		return true
	}
	for _, p := range s.found {
		if strings.EqualFold(p.Key, repository) {
			return true
		}
	}
	return false
}

// matches reports whether the patterns include a name.
func (s *scope) matches(repository string) bool {
	included := false
	for _, p := range s.patterns {
		if exclusion, ok := strings.CutPrefix(p, "!"); ok {
			if model.Glob(exclusion, repository) {
				return false
			}
		} else {
			included = included || model.Glob(p, repository)
		}
	}
	return included
}

// readable notes that a repository was found.
func (s *scope) readable(asked, present string, former []string) {
	delete(s.failed, asked)
	s.found[asked] = model.Project{Key: present, Former: former}
}

// unreadable notes that a repository, or all of a glob, cannot be read. Its
// project stays known.
func (s *scope) unreadable(asked string, err error) { s.failed[asked] = err.Error() }

// isReadable reports whether a repository was read, by its present name or a former one.
func (s *scope) isReadable(repository string) bool {
	for asked, p := range s.found {
		_, failed := s.failed[asked]
		if !failed && (strings.EqualFold(asked, repository) || strings.EqualFold(p.Key, repository)) {
			return true
		}
	}
	return false
}

// drop forgets a name that turned out to be another's.
func (s *scope) drop(asked string) {
	delete(s.failed, asked)
	delete(s.found, asked)
	s.names = slices.DeleteFunc(slices.Clone(s.names), func(n string) bool { return n == asked })
}

// site lists scopes and projects.
func (s *scope) site() model.Site {
	var site model.Site
	for _, asked := range slices.Sorted(slices.Values(slices.Concat(s.names, s.globs()))) {
		why, failed := s.failed[asked]
		if _, found := s.found[asked]; found || failed {
			site.Scopes = append(site.Scopes, model.Scope{Name: asked, Readable: !failed, Error: why})
		}
		if p, ok := s.found[asked]; ok {
			site.Projects = append(site.Projects, p)
		}
	}
	return site
}

// globs are the including patterns that stand for any number of repositories.
func (s *scope) globs() []string {
	var globs []string
	for _, p := range s.patterns {
		if strings.ContainsAny(p, "*?") && !strings.HasPrefix(p, "!") {
			globs = append(globs, p)
		}
	}
	return globs
}

// known reports whether a listed repository is asked for by its former name,
// which no other repository has now.
func (s *scope) known(present string, listed []string) bool {
	for asked, p := range s.found {
		if strings.EqualFold(p.Key, present) && !strings.EqualFold(asked, present) {
			return !slices.ContainsFunc(listed, func(n string) bool { return strings.EqualFold(n, asked) })
		}
	}
	return false
}

// resolve finds the repositories behind the patterns, anew when they were listed
// long ago. known are names found earlier.
func (g *Connector) resolve(ctx context.Context, known []string) error {
	s := &g.scope
	globs := s.globs()
	if s.names != nil && (len(globs) == 0 || time.Since(s.listed) < relist) {
		return nil
	}
	if s.found == nil {
		s.found, s.failed = map[string]model.Project{}, map[string]string{}
	}
	var names []string
	have := map[string]bool{}
	add := func(name string) {
		if key := strings.ToLower(name); s.matches(name) && !have[key] {
			have[key] = true
			names = append(names, name)
		}
	}
	for _, name := range g.config.Names() {
		add(name)
	}
	owners := map[string]bool{}
	for _, glob := range globs {
		owner, _, _ := strings.Cut(glob, "/")
		if owners[strings.ToLower(owner)] {
			continue
		}
		owners[strings.ToLower(owner)] = true
		listed, err := g.reader().owned(ctx, owner)
		var scoped *connectors.ScopeError
		if err != nil && !errors.As(err, &scoped) {
			return err
		}
		for _, other := range globs {
			if o, _, _ := strings.Cut(other, "/"); strings.EqualFold(o, owner) {
				delete(s.failed, other)
				if scoped != nil {
					s.unreadable(other, scoped.Err)
				}
			}
		}
		for _, name := range listed {
			if !s.known(name, listed) {
				add(name)
			}
		}
	}
	for _, name := range slices.Concat(s.names, known) {
		add(name) // renamed, or lost: asking for it tells
	}
	s.names, s.listed = names, time.Now()
	return nil
}

// absentStatus reports whether a status says that a thing is not there for this account.
func absentStatus(code int) bool {
	switch code {
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusUnavailableForLegalReasons:
		return true
	}
	return false
}
