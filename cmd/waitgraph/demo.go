package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"
)

func demoCommand(k *kingpin.Application, e env) (string, func(context.Context) error) {
	c := k.Command("demo", "Serve a small simulated organisation that keeps changing: no configuration, no network, nothing left behind.")
	listen := listenFlags(c)
	logger := logFlags(c, e, "info")
	return c.FullCommand(), func(ctx context.Context) error {
		return runDemo(ctx, listen, logger(), e)
	}
}
