#!/usr/bin/env bash
# How long a deal takes to check and save beside the accounts that PRM_ACCOUNTS_LARGE names, durable, on both databases.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -f "${PRM_ACCOUNTS_LARGE:-}_base.csv" ]; then
    echo "bench-deals: PRM_ACCOUNTS_LARGE is the beginning of the names of two files, …_base.csv and …_queries.csv" >&2
    exit 2
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
df --output=source,fstype "$folder" | tail -n 1 | sed 's/^/disk: /'
PRM_BENCH_FOLDER=$folder PRM_POSTGRES_DURABLE=1 scripts/with-postgres.sh cargo bench --quiet --package prm-benches --bench deals
