# Shortcuts; .ci/run is what a change must pass.
.PHONY: all build test race lint format demo screenshots browser load chaos size sizing ci packages clean

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

# A picture of every page, light and dark, wide and narrow, in screenshots/: of the demo
# and, where WAITGRAPH_TRACKERSIM is a simulator's folder, of archived trackers.
screenshots: build
	npm ci --prefix checks/browser --no-audit --no-fund --silent
	node checks/browser/screenshots.mjs --to=screenshots --waitgraph=./waitgraph $(if $(WAITGRAPH_TRACKERSIM),--trackersim=$(WAITGRAPH_TRACKERSIM))

# Every page over the demo and, where WAITGRAPH_TRACKERSIM is a simulator's folder, over
# archived and hostile trackers: about six minutes.
browser: build
	npm ci --prefix checks/browser --no-audit --no-fund --silent
	node checks/browser/check.mjs --waitgraph=./waitgraph $(if $(WAITGRAPH_TRACKERSIM),--trackersim=$(WAITGRAPH_TRACKERSIM))

# What 99 of 100 requests take at most: 100,000 items, 20 readers, polling going on.
# About three minutes, on a machine that has nothing else to do.
load:
	go test -run='^$$' -bench='^BenchmarkPages$$' -benchtime=3000x ./internal/web

# Random changes and faults, at full size: about ten minutes. WAITGRAPH_TRACKERSIM
# is the simulator's folder.
chaos: build
	python3 -B checks/chaos.py --waitgraph ./waitgraph --operations 2400 --rounds 8

# A first sync of 17,437 issues, their remote links, and the changes of a month,
# from both products: about half an hour.
size: build
	python3 -B checks/size.py --waitgraph ./waitgraph

# Time, memory and series by number of items, and a reload under scrapes: the
# table of docs/sizing.md, in about two minutes.
sizing: build
	python3 -B checks/sizing.py --waitgraph ./waitgraph

ci:
	.ci/run

# deb, rpm and SBOM for linux/GOARCH in DIST. They need
# go install github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.0
# go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
DIST ?= dist
packages: export GOARCH ?= $(shell go env GOARCH)
packages: export VERSION := $(VERSION)
packages: export DIST := $(DIST)
packages:
	mkdir -p $(DIST)
	CGO_ENABLED=0 GOOS=linux go build -trimpath -ldflags "-s -w $(LDFLAGS)" -o $(DIST)/waitgraph ./cmd/waitgraph
	env -u GOARCH go run ./cmd/waitgraph completion bash > $(DIST)/completion.bash
	env -u GOARCH go run ./cmd/waitgraph completion zsh > $(DIST)/completion.zsh
	cyclonedx-gomod bin -json -output $(DIST)/waitgraph.cdx.json $(DIST)/waitgraph
	nfpm package --config deploy/packages/nfpm.yaml --packager deb --target $(DIST)/
	nfpm package --config deploy/packages/nfpm.yaml --packager rpm --target $(DIST)/

clean:
	rm -rf waitgraph dist
