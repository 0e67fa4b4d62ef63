#!/usr/bin/env bash
# Formatting, lints, documentation, and what the core must not depend on.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fmt --all --check
cargo clippy --quiet --workspace --all-targets --all-features -- --deny warnings
cargo clippy --quiet --package prm-core --no-default-features -- --deny warnings
cargo clippy --quiet --package prm-store -- --deny warnings
cargo clippy --quiet --package prm-store --no-default-features --features postgres -- --deny warnings
RUSTDOCFLAGS="--deny warnings" cargo doc --quiet --workspace --all-features --no-deps

# The core is pure: no database, runtime, column format or randomness in it, and no binding unless it is asked for.
if cargo tree --package prm-core --features program,render,schema,tz --edges normal --prefix none \
    | grep -E '^(sqlx|tokio|uniffi|pyo3|arrow|rand)[-_ ]'; then
    echo "prm-core must not depend on these" >&2
    exit 1
fi
echo "lint: nothing to say"
