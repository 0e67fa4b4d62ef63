#!/usr/bin/env bash
# Runs every test and ends with one line over all of them: `N passed, N failed, N skipped`. Swift's only with PRM_TEST_SWIFT=1.
# Under CI=true a skipped test is a failure.
set -uo pipefail
cd "$(dirname "$0")/.."

if ! command -v cargo >/dev/null; then
    echo "Rust is needed: install it with rustup (https://rustup.rs), then run this again" >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
run() {
    echo "== $*"
    "$@" 2>&1 | tee -a "$log"
    [ "${PIPESTATUS[0]}" -eq 0 ] || status=1
}

# The core alone, so that no other crate switches its features on; then everything with all features.
run cargo check --quiet --package prm-core --no-default-features
run cargo check --quiet --package prm-core --no-default-features --features tz
run cargo check --quiet --package prm-core --no-default-features --features render
run cargo check --quiet --package prm-core --features schema
run cargo test --no-fail-fast --package prm-core --all-features
run scripts/with-postgres.sh cargo test --no-fail-fast --workspace --exclude prm-core --all-features
run scripts/test-kotlin.sh
[ "${PRM_TEST_SWIFT:-}" != 1 ] || run scripts/test-swift.sh

# `test result: ok. 5 passed; 0 failed; 1 ignored; …`, one line for each test program.
read -r passed failed skipped <<<"$(awk '/^test result:/ { p += $4; f += $6; s += $8 } END { print p + 0, f + 0, s + 0 }' "$log")"
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    echo "skipped tests are failures here:"
    grep -E '^skipped: ' "$log"
    status=1
fi
if [ "$passed" -eq 0 ] || [ "$failed" -gt 0 ]; then
    status=1
fi
# A test program that does not build or dies reports no counts; that is a failure too.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
