# Simstead. The two commands that matter: make run, make test.
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS = -s -w -X github.com/simstead/simstead/internal/app.Version=$(VERSION)

.DEFAULT_GOAL := help

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

run: build ## Build and start the demo: platform, fleets, packet core and receiver
	./bin/simstead demo

build: ## Build the stripped binary bin/simstead
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/simstead ./cmd/simstead

test: ## Install what the tests need, then run everything
	scripts/test.sh

bench: ## Measure speed; long (an hour or two; SIMSTEAD_MIDNIGHT=50000 makes it a quarter of one)
	scripts/bench.sh

fuzz: ## Fuzz every decoder and grammar; FUZZTIME=10m each
	scripts/fuzz.sh

soak: ## The long forms of the tests: kill test, properties
	scripts/soak.sh

lint: ## Lint and check formatting
	scripts/lint.sh

reference-data: ## Refresh countries, operators and currencies from their packages
	cd scripts/reference-data && npm ci --no-audit --no-fund && node refresh.mjs

swagger-ui: ## Refresh the embedded Swagger UI
	scripts/swagger-ui/refresh.sh

.PHONY: help run build test bench fuzz soak lint reference-data swagger-ui
