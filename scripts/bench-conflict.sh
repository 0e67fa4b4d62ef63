#!/usr/bin/env bash
# The account matcher beside its peers, on the sets in PRM_ACCOUNTS and, for speed, the one that PRM_ACCOUNTS_LARGE names.
set -euo pipefail
cd "$(dirname "$0")/.."

export PRM_ACCOUNTS=${PRM_ACCOUNTS:-../shared/data/accounts}
if [ ! -f "$PRM_ACCOUNTS/real_base.csv" ] || [ ! -f "$PRM_ACCOUNTS/synth_base.csv" ]; then
    echo "bench-conflict: no real_base.csv and synth_base.csv in $PRM_ACCOUNTS; set PRM_ACCOUNTS to their folder" >&2
    exit 2
fi
if [ -n "${PRM_ACCOUNTS_LARGE:-}" ] && [ ! -f "${PRM_ACCOUNTS_LARGE}_base.csv" ]; then
    echo "bench-conflict: no ${PRM_ACCOUNTS_LARGE}_base.csv; PRM_ACCOUNTS_LARGE is the beginning of its files' names" >&2
    exit 2
fi
cargo build --quiet --release --package prm-benches --bin conflict

# The packages are installed again only when the list of them has changed.
peers=target/peers
if ! cmp --quiet benches/peers/requirements.txt "$peers/installed.txt"; then
    rm -rf "$peers"
    if command -v uv >/dev/null; then
        uv venv --quiet "$peers"
        uv pip install --quiet --python "$peers/bin/python" --requirement benches/peers/requirements.txt
    else
        python3 -m venv "$peers"
        "$peers/bin/pip" install --quiet --disable-pip-version-check --requirement benches/peers/requirements.txt
    fi
    cp benches/peers/requirements.txt "$peers/installed.txt"
fi
if command -v lscpu >/dev/null; then lscpu | sed -n 's/^Model name: */processor: /p'; fi
# Wall times of a busy machine are too long; processor times less so.
load() {
    if [ -r /proc/loadavg ]; then echo "load $1 the run: $(cut -d ' ' -f 1 /proc/loadavg)"; fi
}
load before
# One core for each tool: libraries of linear algebra would take all.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
scripts/with-postgres.sh "$peers/bin/python" benches/peers/conflict.py target/release/conflict
load after
