package github

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/waitgraph/waitgraph/connectors"
	"github.com/waitgraph/waitgraph/model"
)

// Check tries the credential, every repository and every project, and finds
// labels that look like a statement about being blocked but are not read as one,
// and fields and statuses of projects that the config does not name.
func (g *Connector) Check(ctx context.Context) (model.Site, []string, error) {
	g.client.meter.keeping(0) // somebody is waiting
	if err := g.start(ctx); err != nil {
		return model.Site{}, nil, err
	}
	if !g.anonymous {
		var viewer struct{}
		if _, err := g.client.query(ctx, "the credential's account", viewerQuery, nil, &viewer); err != nil {
			return model.Site{}, nil, fmt.Errorf("try the credential: %w", err)
		}
	}
	if err := g.resolve(ctx, nil); err != nil {
		return model.Site{}, nil, err
	}
	var unmapped []string
	met := map[string]bool{}
	for _, name := range g.scope.names {
		labels, present, err := g.reader().labels(ctx, name)
		var lost *connectors.ScopeError
		switch {
		case errors.As(err, &lost):
			g.scope.unreadable(name, lost.Err)
			continue
		case err != nil:
			return model.Site{}, nil, err
		}
		g.scope.readable(name, present, formerNames(present, []string{name}))
		for _, l := range labels {
			folded := strings.ToLower(l)
			if met[folded] {
				continue
			}
			met[folded] = true
			if strings.Contains(folded, "block") && !g.convert.blocked[folded] {
				unmapped = append(unmapped, fmt.Sprintf("label %q of %s does not mark an item as blocked: name it in labels.blocked if it should", clip(l), present))
			}
		}
	}
	for _, l := range g.config.Labels.Blocked {
		if !met[strings.ToLower(l)] {
			unmapped = append(unmapped, fmt.Sprintf("labels.blocked names %q, which no repository has", l))
		}
	}
	site := g.describe()
	return site, append(unmapped, site.Unmapped...), nil
}
