# Pulsecheck: one entry for people and for the build machine. `make help` lists the targets.
#
# A machine needs Rust (the version in Cargo.toml or newer, with rustfmt and clippy), git and make. Nothing is installed outside of this
# folder; nothing needs a terminal or a display. What the targets add to the clone:
#
#   build            packages from Cargo.lock, the binary target/release/pulsecheck
#   test             cargo-nextest and cargo-deny into .tools/, where the machine has none (once; cargo-deny takes one to two minutes on two cores)
#   bench            the packages of the benches, into target/
#   bench-detection  with the benchmark beside the clone: numpy, scipy, pandas and numba into target/bench-venv (needs python3)
#   demo             target/demo/: a generated heartbeat, its labels and the picture
#
# `make clean` takes all of it away again.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# cargo uses all cores by itself and locks its folder: targets side by side would only wait for each other.
.NOTPARALLEL:

TOOLS := $(CURDIR)/.tools
export PATH := $(TOOLS)/bin:$(PATH)

TARGET := $(or $(CARGO_TARGET_DIR),target)
PULSECHECK := $(TARGET)/release/pulsecheck

NEXTEST_VERSION := 0.9.143
DENY_VERSION := 0.20.2

##@ Build and check

.PHONY: build
build: ## build target/release/pulsecheck
	cargo build --release --locked -p pulsecheck-server

.PHONY: test
test: tools check-fmt check-house check-lints check-docs check-tests check-packages ## run every check: the gate for a change
	@echo "make test: all checks passed"

.PHONY: fmt
fmt: ## format all Rust code
	cargo fmt --all

# A tool that the machine has is used, in whatever version. The dev profile without debug information halves the time of the
# installation, and neither tool has much to compute.
INSTALL := CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$(TOOLS)/build cargo install --locked --profile dev --root $(TOOLS)

.PHONY: tools
tools:
	@cargo nextest --version >/dev/null 2>&1 || $(INSTALL) cargo-nextest --version $(NEXTEST_VERSION)
	@cargo deny --version >/dev/null 2>&1 || $(INSTALL) cargo-deny --version $(DENY_VERSION)
	@rm -rf $(TOOLS)/build

# The parts of `make test`, cheapest first; each can be run by itself.

.PHONY: check-fmt
check-fmt:
	cargo fmt --all --check

.PHONY: check-house
check-house:
	cargo run --quiet --locked -p xtask -- tidy

.PHONY: check-lints
check-lints:
	cargo clippy --workspace --all-targets --locked -- -D warnings

.PHONY: check-docs
check-docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace --document-private-items --locked

.PHONY: check-tests
check-tests:
	cargo nextest run --workspace --locked
	cargo test --doc --workspace --locked

# The packages of all platforms are fetched first, because the check reads them without the network; `deny.toml` says why advisories
# are not in it.
.PHONY: check-packages
check-packages:
	cargo fetch --locked
	cargo deny --offline --locked check bans licenses sources

##@ Measure

.PHONY: bench
bench: ## measure the cost: nanoseconds a step, bytes a series, rows a second
	cargo bench --workspace --locked --bench '*'

# The benchmark of detection is no part of this repository, because some of the series it measures on state no licence. Where it lies
# beside the clone it is used; elsewhere our own generator makes the series and scores them.
BENCH := ../shared/bench
BENCH_SEEDS := 1 2 3
BENCH_VENV := $(TARGET)/bench-venv

.PHONY: bench-detection
ifneq ($(wildcard $(BENCH)/run.py),)
bench-detection: build $(BENCH_VENV)/ready ## measure detection: delays, misses and false alarms
	for seed in $(BENCH_SEEDS); do $(BENCH_VENV)/bin/python $(BENCH)/run.py --bin $(PULSECHECK) --seed $$seed; done
	$(BENCH_VENV)/bin/python $(BENCH)/real.py --bin $(PULSECHECK)
else
bench-detection: ## measure detection: delays, misses and false alarms
	for seed in $(BENCH_SEEDS); do cargo run --release --locked -p pulsecheck-sim -- score --seed $$seed; done
endif

$(BENCH_VENV)/ready:
	python3 -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check numpy scipy pandas numba
	touch $@

##@ Look

DEMO := $(TARGET)/demo

# Six weeks of orders of a shop in Dublin from Monday 2 March 2026 on. The first three weeks are learned from and not judged. Then come
# an outage, a burst of orders that is nothing bad, a slow fall to half and a feed that breaks; summer time begins on 29 March. The offsets
# count from the beginning of the file.
DEMO_EVENTS := --event outage@3w2d10h12m/14m --event spike@3w5d20h/20m --event half_day_slow@4w1d8h --event gap@4w3d9h30m/20m

.PHONY: demo
demo: build ## generate a heartbeat with an outage, backtest it and draw the picture
	mkdir -p $(DEMO)
	cargo run --release --locked --quiet -p pulsecheck-sim -- generate --seed 1 --start 2026-03-02 --weeks 6 --step 10s \
	  --timezone Europe/Dublin $(DEMO_EVENTS) --out $(DEMO)/orders.csv --labels $(DEMO)/orders.labels.json
	$(PULSECHECK) backtest --input $(DEMO)/orders.csv --step 10s --timezone Europe/Dublin --from 2026-03-23 \
	  --labels $(DEMO)/orders.labels.json --svg $(DEMO)/orders.svg
	@printf '\nThe picture is %s; a browser shows it.\n' $(DEMO)/orders.svg

.PHONY: docs-picture
docs-picture: demo ## draw the picture in the README again
	cp $(DEMO)/orders.svg docs/backtest.svg

##@ Keep

.PHONY: clean
clean: ## remove everything that was built or installed here
	cargo clean
	rm -rf $(TOOLS)

.PHONY: help
help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / && !seen[$$1]++ { printf "  %-16s %s\n", $$1, $$2 }' Makefile
