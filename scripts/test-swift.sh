#!/usr/bin/env bash
# Builds the library for phones, writes its Swift side, and tests it with the library itself.
set -euo pipefail
cd "$(dirname "$0")/.."

swift=bindings/mobile/swift
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
export PRM_SWIFT_ROOT=${PRM_SWIFT_ROOT:-$target/swift-root} PRM_SWIFT_FOLDERS=$PWD:$target
here=0
scripts/with-swift.sh swift --version >/dev/null || here=$?
if [ "$here" -eq 69 ]; then
    echo "skipped: Swift needs Swift 6, or Debian and root"
    echo "test result: ok. 0 passed; 0 failed; 1 ignored; Swift"
    exit 0
fi
cargo build --quiet --package prm-mobile
cargo build --quiet --package prm-bindgen
library=$(find "$target/debug" -maxdepth 1 -name 'libprm_mobile.so' -o -maxdepth 1 -name 'libprm_mobile.dylib')
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
"$target/debug/prm-bindgen" generate --language swift --no-format --out-dir "$generated" "$library"
# What did not change is not compiled again.
place() { cmp --silent "$1" "$2/$(basename "$1")" || cp "$1" "$2"; }
mkdir -p $swift/Sources/Prm/Generated
for file in "$generated"/*.swift codes.json; do place "$file" $swift/Sources/Prm/Generated; done
for file in "$generated"/*.h; do place "$file" $swift/Sources/PrmFFI; done
status=0
# What an application sees of it, kept to be read.
api() { python3 scripts/swift_api.py $swift/Sources/Prm/*.swift "$generated"/*.swift; }
if [ "${UPDATE_API:-}" = 1 ]; then api >$swift/api.txt; fi
if api | diff -u $swift/api.txt -; then
    echo "test result: swift. 1 passed; 0 failed; 0 ignored; api.txt"
else
    echo "api.txt is not what is generated: write it with UPDATE_API=1, and read the difference"
    echo "test result: swift. 0 passed; 1 failed; 0 ignored; api.txt"
    status=1
fi
events=$swift/.build/events.jsonl
rm -f "$events"
# One after another: a store's calls go on in the threads that long tests keep busy.
if ! scripts/with-swift.sh swift test --package-path "$PWD/$swift" --no-parallel --disable-xctest \
    --event-stream-version 0 --event-stream-output-path "$PWD/$events" \
    -Xswiftc -warnings-as-errors -Xlinker -L"$target/debug" -Xlinker -rpath -Xlinker "$target/debug" >"$generated/log" 2>&1; then
    cat "$generated/log"
    status=1
fi
if [ -s "$events" ]; then
    python3 scripts/swift_results.py "$events"
else
    echo "test result: swift. 0 passed; 1 failed; 0 ignored; swift test"
fi
exit "$status"
