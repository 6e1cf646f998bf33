# Ringfence: set-up, demo and tests. Every target sets up what it needs; `make test` is what CI runs.

CARGO ?= cargo
WORLD ?= corpus/organizations/acme
# How many times as many random cases `make test-all` runs.
CASES ?= 10
DENY_VERSION := 0.20.2
DENY := .tools/bin/cargo-deny
FUZZ_VERSION := 0.13.2
FUZZ := .tools/bin/cargo-fuzz
MUTANTS_VERSION := 27.1.0
MUTANTS := .tools/bin/cargo-mutants
TARGET ?= policy_reader
SECONDS ?= 60

# A system Z3 is used at its own version; the pinned one is named in .cargo/config.toml.
ifeq ($(RINGFENCE_SYSTEM_Z3),1)
export Z3_SYS_Z3_VERSION = $(shell cat .z3/version 2>/dev/null)
endif

.PHONY: help setup setup-tests demo test test-all lint suites doc deny bench fuzz mutants dist fmt clean \
	long-random long-worlds long-second-opinion long-dist

help:
	@echo "make setup      download Z3 into .z3 (once)"
	@echo "make setup-tests  what the tests need besides: Python packages in .tools, Chromium (once)"
	@echo "make demo       build, and check the sample organisation"
	@echo "make test       the gate: format, lints, all suites, docs, licences"
	@echo "make test-all   the gate, then what is too slow for it: $(LONG)"
	@echo "make bench      measure, about twelve minutes (docs/performance.md)"
	@echo "make fuzz       fuzz TARGET=policy_reader, world_reader or wildcard_theory for SECONDS=60"
	@echo "make mutants    change the kernel in every small way, and see that its tests notice, about a quarter of an hour"
	@echo "make dist       a relocatable archive in dist/"
	@echo "make fmt        format the code"
	@echo "make clean      remove everything that was built or downloaded"

setup:
	@scripts/setup-z3.sh

# Other solvers and the like. Suites that need one say so and skip without it, but not here.
setup-tests: setup
	@scripts/setup-tools.sh

# The sample organisation has violations, so `check` ends with 1; only an error (2 or a crash) fails the demo.
demo: setup
	$(CARGO) build --release --package ringfence
	@status=0; $(CARGO) run --quiet --release --package ringfence -- check $(WORLD) || status=$$?; \
	echo "exit code $$status (0 proved, 1 refuted, 2 error, 3 inconclusive)"; \
	case $$status in 0|1|3) ;; *) exit 1;; esac

test: lint suites doc deny

# What is too slow for `make test`, by name (docs/testing.md).
LONG := long-random long-worlds long-second-opinion mutants long-dist

test-all: test $(LONG)

LONG_TESTS := RINGFENCE_TOOLS_REQUIRED=1 $(CARGO) test --all-features --release

# Every suite in the release profile, random ones with more cases.
long-random: setup-tests
	RINGFENCE_CASES=$(CASES) $(LONG_TESTS) --workspace -- --include-ignored

# The suites that take a part of the corpus in `make test`, with all of it.
long-worlds: setup-tests
	RINGFENCE_TEST_ALL=1 $(LONG_TESTS) --package ringfence-tests --test suites -- evidence missing_inputs steps:: strings
	RINGFENCE_TEST_ALL=1 $(LONG_TESTS) --package ringfence --test cli -- over_steps parts why_deletions comparing_claims
	RINGFENCE_TEST_ALL=1 $(LONG_TESTS) --package ringfence --bin ringfence -- makes_no_proof

# Other solvers about every claim, with more time.
long-second-opinion: setup-tests
	RINGFENCE_TEST_ALL=1 $(LONG_TESTS) --package ringfence-tests --test suites -- second_opinion

# The archive runs where nothing else is.
long-dist: setup
	scripts/check-dist.sh

lint: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings

suites: setup-tests
	RINGFENCE_TOOLS_REQUIRED=1 $(CARGO) test --workspace --all-features

doc: setup
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --all-features --no-deps

deny: $(DENY)
	$(DENY) check licenses bans sources

# Built from source, about two minutes, kept in .tools.
$(DENY):
	$(CARGO) install cargo-deny --version $(DENY_VERSION) --locked --root .tools

bench: setup
	$(CARGO) build --release --package ringfence
	$(CARGO) bench --package ringfence-tests --bench parts --bench queries --bench obligations --bench encodings
	$(CARGO) bench --package ringfence-tests --bench commands
	$(CARGO) bench --package ringfence-tests --bench curves

# Needs a nightly toolchain and a C++ compiler; libFuzzer is C++, unlike what else is built.
fuzz: setup $(FUZZ)
	mkdir -p fuzz/corpus/$(TARGET)
	PATH="$(CURDIR)/.tools/bin:$$PATH" CXXSTDLIB=stdc++ $(CARGO) +nightly fuzz run $(TARGET) \
		fuzz/corpus/$(TARGET) fuzz/seeds/$(TARGET) -- -max_total_time=$(SECONDS)

$(FUZZ):
	$(CARGO) install cargo-fuzz --version $(FUZZ_VERSION) --locked --root .tools

mutants: $(MUTANTS)
	PATH="$(CURDIR)/.tools/bin:$$PATH" scripts/mutants.sh

$(MUTANTS):
	$(CARGO) install cargo-mutants --version $(MUTANTS_VERSION) --locked --root .tools

dist: setup
	scripts/dist.sh

fmt:
	$(CARGO) fmt --all

clean:
	rm -rf target dist .tools .z3 .z3.*
