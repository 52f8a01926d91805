package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/waitgraph/waitgraph/config"
	"github.com/waitgraph/waitgraph/connectors/builtin"
	"github.com/waitgraph/waitgraph/internal/demo"
)

func demoCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("demo", "Serve a small simulated organisation that keeps changing: no configuration, no network, nothing left behind.")
	listen := listenFlags(c)
	pace := c.Flag("pace", "Time between two changes.").Default("3s").Duration()
	seed := c.Flag("seed", "Number that decides the organisation and all that happens to it.").Default("1").Uint64()
	logger, level := logFlags(c, e, "info")
	operate := operateFlags(c, level)
	return c.FullCommand(), func(ctx context.Context) error {
		log := logger()
		d, err := demo.New(demo.Options{Seed: *seed, Interval: max(*pace, 10*time.Millisecond), Logger: log})
		if err != nil {
			return err
		}
		load := func() (*config.Config, error) {
			cfg, _, err := config.Parse("demo.yml", d.Config(), builtin.Registry())
			return cfg, err
		}
		cfg, err := load()
		if err != nil {
			return errors.Join(fmt.Errorf("demo configuration: %w", err), d.Close())
		}
		s, err := openStorage(ctx, memory)
		if err != nil {
			return errors.Join(err, d.Close())
		}
		fmt.Fprintf(e.stderr, "A simulated organisation: Jira at %s, GitHub at %s.\nOpen http://localhost%s in a browser; stop with Ctrl-C.\n",
			d.JiraURL(), d.GitHubURL(), portOf((*listen.WebListenAddresses)[0]))

		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		simulated := make(chan error, 1)
		go func() { simulated <- d.Run(ctx) }()
		w := &daemon{config: cfg, load: load, store: s, log: log, listen: listen, operate: operate, env: env{e.stdout, e.stderr, d.Getenv}}
		err = w.run(ctx)
		cancel()
		return errors.Join(err, <-simulated, s.Close())
	}
}

// portOf is the :port of a listen address, or all of it behind slashes if it has none.
func portOf(address string) string {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == ':' {
			return address[i:]
		}
	}
	return "/" + address
}
