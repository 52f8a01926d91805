package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/go-json-experiment/json"

	"github.com/waitgraph/waitgraph/internal/history"
	"github.com/waitgraph/waitgraph/model"
	"github.com/waitgraph/waitgraph/reconcile"
)

// source is where commands that look at what was recorded find it.
type source struct{ facts, storage *string }

// sourceFlags declares where facts are read from.
func sourceFlags(c *kingpin.CmdClause) source {
	return source{
		storage: c.Flag("storage", "Where facts were recorded.").Default("sqlite:///var/lib/waitgraph/waitgraph.db").String(),
		facts:   c.Flag("facts", "Read facts from this file or address instead, such as http://127.0.0.1:9797/api/v1/facts of a running daemon.").String(),
	}
}

// read reads what was recorded: of facts that were saved as of the moment they
// were, of a storage as of now.
func (s source) read(ctx context.Context) (*model.Recording, error) {
	var r *model.Recording
	var err error
	if *s.facts == "" {
		r, err = readStorage(ctx, *s.storage)
	} else {
		r, err = readSaved(ctx, *s.facts)
	}
	if err != nil {
		return nil, err
	}
	if len(r.Records) == 0 {
		return nil, errors.New("nothing is recorded yet: start waitgraph run, or waitgraph once with the same --storage")
	}
	if r.AsOf.IsZero() {
		r.AsOf = time.Now()
	}
	return r, nil
}

// graphOf is what a recording means under rules at the moment it is of. Of a
// tracker the rules do not have nothing is known, as in a daemon that runs under them.
func graphOf(r *model.Recording, rules model.Rules) *model.Graph {
	facts := r.Facts
	facts.Trackers = slices.DeleteFunc(slices.Clone(facts.Trackers), func(t model.Tracker) bool {
		return !slices.ContainsFunc(rules.Trackers, func(known model.TrackerRules) bool { return known.Name == t.Name })
	})
	g := reconcile.Reconcile(&facts, &rules, r.AsOf)
	g.History = r.History
	return g
}

func readStorage(ctx context.Context, storage string) (*model.Recording, error) {
	s, err := openStorage(ctx, storage)
	if err != nil {
		return nil, fmt.Errorf("%w (of a running daemon, read --facts=http://127.0.0.1:9797/api/v1/facts)", err)
	}
	f, err := s.Load(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	c, err := s.LoadHistory(ctx)
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	return &model.Recording{Facts: *f, History: history.New(c).History()}, nil
}

// readSaved reads what GET /api/v1/facts gives, from a file or an address.
func readSaved(ctx context.Context, from string) (*model.Recording, error) {
	r, err := openSaved(ctx, from)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	recording := &model.Recording{}
	if err := json.UnmarshalRead(r, recording); err != nil { // version 2 says where an error is
		return nil, fmt.Errorf("read facts from %s: %w", from, err)
	}
	return recording, nil
}

func openSaved(ctx context.Context, from string) (io.ReadCloser, error) {
	if !strings.HasPrefix(from, "http://") && !strings.HasPrefix(from, "https://") {
		f, err := os.Open(from)
		if err != nil {
			return nil, fmt.Errorf("read facts: %w", err)
		}
		return f, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, usageError{fmt.Sprintf("waitgraph: --facts: %v", err)}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("read facts from %s: %s", from, resp.Status)
	}
	return resp.Body, nil
}
