#!/usr/bin/env bash
# The whole main job on real sales, in release: time and memory of the process.
set -euo pipefail
cd "$(dirname "$0")/.."

data=${PRM_DATA:-../shared/data}/adventureworks-reseller
if [ ! -d "$data" ]; then
    echo "skipped: $data is not there; set PRM_DATA to the folder that holds adventureworks-reseller"
    exit 0
fi
cargo build --quiet --release --package prm-examples
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
run=(target/release/quarter_close
    --program examples/programs/adventureworks.yaml --mapping examples/programs/adventureworks.mapping.yaml
    --sales "$data/reseller_sales.csv.gz" --products "$data/products.csv" --partners "$data/resellers.csv"
    --out "$out")
for _ in 1 2 3 4 5; do
    if [ -x /usr/bin/time ]; then
        /usr/bin/time --format 'quarter_close: %U s user, %S s system, %e s wall, %M KiB' "${run[@]}" 2>&1 >/dev/null | tail -n 1
    else
        time "${run[@]}" >/dev/null 2>&1
    fi
done
