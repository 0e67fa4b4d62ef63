# The commands of this project. `make demo` needs only Rust.
CARGO := cargo
export CARGO_BUILD_JOBS ?= 2
# Cases of each property: `make test` and the ten times of `make soak`.
CASES := 256
SOAK_CASES := 2560
# The long counts of the store's suite: events of the feed, processes that are killed on each database, random histories.
SOAK_STORE := PRM_SUITE_EVENTS=100000 PRM_SUITE_KILLS=100 PRM_SUITE_SEEDS=600 PRM_SUITE_DEALS=50

.PHONY: demo test test-all test-swift soak lint bench bench-conflict bench-deals bench-mobile fuzz

demo: ## close the quarters of a generated sample and write statements that explain themselves
	$(CARGO) run --quiet --package prm-examples --bin quarter_close -- --verify

test: ## every test; ends with `N passed, N failed, N skipped`
	PROPTEST_CASES=$(CASES) scripts/test.sh

test-swift: ## the Swift side of the phone library; on Debian as root it fetches Swift once (3.1 GB)
	scripts/test-swift.sh

test-all: ## `make test` with Swift
	PRM_TEST_SWIFT=1 $(MAKE) --no-print-directory test

soak: ## the same at the counts that the heavy properties ask for
	PROPTEST_CASES=$(SOAK_CASES) $(SOAK_STORE) scripts/test.sh

lint: ## formatting, lints, documentation, and what the core must not depend on
	scripts/lint.sh

bench: ## how fast the rules and the store are; the whole main job too where PRM_DATA names real sales
	$(CARGO) bench --package prm-benches --bench core
	scripts/bench-store.sh
	scripts/bench-quarter-close.sh

bench-conflict: ## how well and how fast accounts are matched, beside other matchers, on the sets that PRM_ACCOUNTS and PRM_ACCOUNTS_LARGE name
	scripts/bench-conflict.sh

bench-deals: ## how long a deal takes to check and save beside the accounts that PRM_ACCOUNTS_LARGE names, durable
	scripts/bench-deals.sh

bench-mobile: ## how large the library for phones is, and how long its calls take on the JVM
	scripts/bench-mobile.sh

fuzz: ## a minute on each fuzz target; needs a nightly toolchain
	scripts/fuzz.sh
