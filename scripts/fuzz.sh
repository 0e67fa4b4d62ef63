#!/usr/bin/env bash
# A minute on each fuzz target (SECONDS_EACH to change that).
set -euo pipefail
cd "$(dirname "$0")/.."

if ! rustup toolchain list | grep -q '^nightly'; then
    echo "fuzzing needs a nightly toolchain: rustup toolchain install nightly" >&2
    exit 1
fi
if ! cargo fuzz --version >/dev/null 2>&1; then
    if [ "${CI:-}" = true ] || [ "${SETUP:-}" = 1 ]; then
        cargo install --locked cargo-fuzz
    else
        echo "cargo-fuzz is needed: cargo install --locked cargo-fuzz (or run with SETUP=1)" >&2
        exit 1
    fi
fi
cargo +nightly run --quiet --manifest-path fuzz/Cargo.toml --bin seed
for target in fuzz/fuzz_targets/*.rs; do
    target=$(basename "$target" .rs)
    cargo +nightly fuzz run "$target" -- -max_total_time="${SECONDS_EACH:-60}" -rss_limit_mb=2048
done
