#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own: a socket, no port, gone afterwards.
# PRM_POSTGRES_URL names it to the command; if that is set already, no server is started. It does not wait for the
# disk unless PRM_POSTGRES_DURABLE is set; then it has a server's memory, too.
set -euo pipefail

if [ -n "${PRM_POSTGRES_URL:-}" ]; then
    exec "$@"
fi
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
[ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb 2>/dev/null || echo none/none)")
if [ ! -x "$bin/initdb" ]; then
    if [ "$(id -u)" -eq 0 ] && { [ "${CI:-}" = true ] || [ "${SETUP:-}" = 1 ]; } && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y postgresql >/dev/null
        bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    else
        echo "PostgreSQL 15 or later is needed for some tests: apt-get install postgresql (or run as root with SETUP=1)" >&2
        exec "$@"
    fi
fi
folder=$(mktemp -d)
# The server refuses to run as root.
as=()
if [ "$(id -u)" -eq 0 ]; then
    chown postgres "$folder"
    as=(runuser -u postgres --)
fi
stop() {
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
"${as[@]}" "$bin/initdb" -D "$folder/data" -A trust -U prm -N --locale=C.UTF-8 >/dev/null
fast="-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
[ -z "${PRM_POSTGRES_DURABLE:-}" ] || fast="-c shared_buffers=1GB"
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-c listen_addresses= -c unix_socket_directories=$folder \
    $fast -c max_connections=300" start >/dev/null || {
    cat "$folder/log" >&2
    exit 1
}
PRM_POSTGRES_URL="postgres://prm@localhost/postgres?host=$folder" "$@"
