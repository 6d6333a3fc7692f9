# Two commands matter: `make demo` and `make test`. Everything else is below.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help build up down reset status logs demo bench figures test test-unit test-integration lint fuzz

GO ?= go
COVERAGE_FLOOR := 85
FUZZ_TIME ?= 60s
# A count, not a time: Go reports the end of a time as a failure now and then.
FUZZ_BRIEFLY ?= 500x
# What is built once serves all: linters, programs and tests compile alike, and so
# does every clone.
export CGO_ENABLED = 0
export GOFLAGS = -trimpath

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## put dengji, dengji-client, dengji-chaincode, dengji-verify and the simulated dengji-national and dengji-catalogue-chain into bin/
	@mkdir -p bin
	@$(GO) run ./verify/page/assemble -embed
	@$(GO) build -o bin/ ./cmd/...

up: build ## bring the network and the gateway up, or restart what died
	@bin/dengji up

down: build ## stop what `make up` started; the ledger stays
	@bin/dengji down

reset: build ## delete the network and its ledger (asks first)
	@bin/dengji reset

status: build ## one line per node: organisation, pid, height, health
	@bin/dengji status

logs: build ## the end of every node's log
	@bin/dengji logs

demo: build ## the story of a registration on the real network
	@bin/dengji demo

bench: build ## load figures, each as a ratio to the no-op contract
	@bin/dengji bench

figures: build ## figures of evidence, slips and verification on a network of their own
	$(GO) test -tags integration -run '^$$' -bench BenchmarkFigures -benchtime 1x -timeout 30m ./test

test: lint test-unit test-chaincode test-integration ## everything that must pass

# SQLite and its C library are translated from C: watched by the race detector they
# would take most of the time, and hold no memory that ours is shared with.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc/...=-race=false

# Verification starts no goroutine: there is nothing in it for the detector to see.
# The pages take longest and begin.
test-unit: ## unit and property tests outside the chaincode, with the race detector where goroutines are
	CGO_ENABLED=1 $(GO) test $(RACE) -timeout 30m ./gateway/portal $$($(GO) list ./... | grep -vE '^dengji/(chaincode|verify)')
	$(GO) test -timeout 30m ./verify/...

# A transaction is one goroutine, which an architecture test holds: no race
# detector here, so that the state-space exploration goes deeper in the same time.
test-chaincode: ## unit, property and model-checking tests of the chaincode; each fuzz target for a moment
	@mkdir -p coverage
	$(GO) test -coverpkg=./chaincode/... -coverprofile=coverage/chaincode.out ./chaincode/...
	@$(GO) tool cover -func=coverage/chaincode.out | awk -v floor=$(COVERAGE_FLOOR) '/^total:/{sub("%","",$$3); printf "coverage of chaincode/: %s %% (floor %s %%)\n", $$3, floor; exit ($$3+0 < floor)}'
	@scripts/fuzz.sh $(FUZZ_BRIEFLY) ./chaincode/...

# kubo, a judge, takes minutes to build. The networks leave half of the processors
# idle: it is built there, and gives way to them.
test-integration: build ## tests on real Fabric networks, and with other programs as judges
	@GOWORK=off nice -n 19 $(GO) -C gateway/evidence/kubotest/kubo tool -n ipfs >/dev/null & \
	$(GO) test -tags integration -count=1 -p 1 -timeout 25m ./test/... ./network/launcher/... && wait $$!
	@scripts/integration.sh gateway verify network/authority

lint: ## the linters of .golangci.yml
	@$(GO) build -C scripts/lint -o $(CURDIR)/bin/lint/ tool
	@bin/lint/golangci-lint run ./...

fuzz: ## run every fuzz target for FUZZ_TIME
	@scripts/fuzz.sh $(FUZZ_TIME)
