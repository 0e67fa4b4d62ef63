#!/usr/bin/env bash
# The store on both databases, durable, beside the same statements by hand.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
df --output=source,fstype "$folder" | tail -n 1 | sed 's/^/disk: /'
PRM_BENCH_FOLDER=$folder PRM_POSTGRES_DURABLE=1 scripts/with-postgres.sh cargo bench --quiet --package prm-benches --bench store
