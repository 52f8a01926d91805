package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// The one account both trackers know. It opens nothing but the simulation.
const (
	accountEmail = "waitgraph@harbor.example"
	accountToken = "harbor-demo"
	tokenEnv     = "WAITGRAPH_DEMO_TOKEN"
)

// Options shape a demonstration. Zero values take the defaults named beside them.
type Options struct {
	// Seed decides the organisation and all that happens to it: 1.
	Seed uint64
	// Interval is the time between two changes: 3s.
	Interval time.Duration
	// Logger is told of every change; nil discards.
	Logger *slog.Logger
}

// Demo is the simulated organisation with its two trackers on loopback.
type Demo struct {
	world    *World
	interval time.Duration
	log      *slog.Logger
	jira     net.Listener
	github   net.Listener
}

// New makes the organisation and reserves a loopback port for each tracker, so
// that Config is final. Run serves and releases them; Close releases them when
// Run is not called.
func New(o Options) (*Demo, error) {
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Interval <= 0 {
		o.Interval = 3 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	jira, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the simulated Jira: %w", err)
	}
	github, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for the simulated GitHub: %w", err), jira.Close())
	}
	return &Demo{NewWorld(o.Seed, time.Now()), o.Interval, o.Logger, jira, github}, nil
}

// JiraURL is the address of the simulated Jira site.
func (d *Demo) JiraURL() string { return "http://" + d.jira.Addr().String() }

// GitHubURL is the address of the simulated GitHub server.
func (d *Demo) GitHubURL() string { return "http://" + d.github.Addr().String() }

// Close releases the ports.
func (d *Demo) Close() error { return errors.Join(d.jira.Close(), d.github.Close()) }

// Getenv stands for the environment in which Config is read: it holds the token
// that the configuration names, and nothing else.
func (d *Demo) Getenv(name string) string {
	if name == tokenEnv {
		return accountToken
	}
	return ""
}

// Run serves both trackers and keeps the organisation changing until ctx ends,
// which is no error. It leaves no goroutine and no open port.
func (d *Demo) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	jiraURL, githubURL := d.JiraURL(), d.GitHubURL()
	serve(ctx, group, d.jira, NewJira(d.world, jiraURL, githubURL, accountEmail, accountToken))
	serve(ctx, group, d.github, NewGitHub(d.world, jiraURL, githubURL, accountToken))
	group.Go(func() error {
		d.change(ctx)
		return nil
	})
	return group.Wait()
}

// serve answers on a listener until ctx ends.
func serve(ctx context.Context, group *errgroup.Group, l net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	group.Go(func() error {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve %s: %w", l.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		// Answers take milliseconds; whoever still waits is cut off.
		return s.Close()
	})
}

// change steps the world.
func (d *Demo) change(ctx context.Context) {
	tick := time.NewTicker(d.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			c := d.world.Step(now)
			d.log.Info("simulated organisation changed", "kind", c.Kind, "change", c.Text)
		}
	}
}
