# Shortcuts; .ci/run is what a change must pass.
.PHONY: all build test race lint format demo chaos ci clean

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
PKG      := github.com/prometheus/common/version
LDFLAGS  := -X $(PKG).Version=$(VERSION) -X $(PKG).Revision=$(REVISION)

all: build test

build: ## the static binary
	CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o waitgraph ./cmd/waitgraph

test:
	go test ./...

race:
	.ci/run race

lint:
	.ci/run tools lint

format: ## rewrites the files
	go -C tools build -o "$(CURDIR)/dist/" mvdan.cc/gofumpt
	dist/gofumpt -w .

demo:
	go run ./cmd/waitgraph demo

# Random changes and faults, at full size: about ten minutes. WAITGRAPH_TRACKERSIM
# is the simulator's folder.
chaos: build
	python3 -B checks/chaos.py --waitgraph ./waitgraph --operations 2400 --rounds 8

ci:
	.ci/run

clean:
	rm -rf waitgraph dist
