#!/usr/bin/env bash
# Runs a command where Swift is: here, or on Debian as root in a folder with a Debian that has Swift, made once (3.1 GB).
# PRM_SWIFT_ROOT is that folder, PRM_SWIFT_FOLDERS (with colons between them) are seen in it as they are here. Nothing stays
# mounted. Ends with 69 where there can be no Swift.
set -euo pipefail

if command -v swift >/dev/null; then exec "$@"; fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null || ! command -v unshare >/dev/null; then exit 69; fi
root=${PRM_SWIFT_ROOT:?}
if [ ! -d "$root" ]; then
    echo "making a Debian with Swift in $root" >&2
    if ! command -v debootstrap >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y debootstrap debian-archive-keyring >/dev/null
    fi
    # Whole or not at all.
    rm -rf "$root.part"
    debootstrap --variant=minbase --include=swiftlang,libc6-dev,libstdc++-14-dev,gcc,ca-certificates \
        trixie "$root.part" >"$root.log" 2>&1 || { tail "$root.log" >&2; exit 1; }
    mv "$root.part" "$root"
fi
exec unshare --mount bash -c '
    set -euo pipefail
    root=$1 folders=$2
    shift 2
    # The compiler finds its libraries by what /proc says of it.
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    IFS=:
    for folder in $folders; do
        mkdir -p "$root$folder"
        mount --bind "$folder" "$root$folder"
    done
    exec env -i PATH=/usr/sbin:/usr/bin:/bin HOME=/root LANG=C.UTF-8 chroot "$root" "$@"
' with-swift "$root" "${PRM_SWIFT_FOLDERS:?}" "$@"
