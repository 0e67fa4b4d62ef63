#!/usr/bin/env bash
# Builds the library for phones, writes its Kotlin side, and tests it on the JVM with the library itself.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v mvn >/dev/null; then
    echo "skipped: Kotlin needs a JDK of version 17 or later and Maven"
    echo "test result: ok. 0 passed; 0 failed; 1 ignored; Kotlin"
    exit 0
fi
kotlin=bindings/mobile/kotlin
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
cargo build --quiet --package prm-mobile
cargo build --quiet --package prm-bindgen
generated=$kotlin/target/generated-sources/uniffi
rm -rf "$generated" "$kotlin/target/surefire-reports"
"$target/debug/prm-bindgen" generate --language kotlin --no-format --out-dir "$generated" "$target/debug/libprm_mobile.so"
status=0
# What an application sees of it, kept to be read.
api() { python3 scripts/kotlin_api.py "$generated"/prm/core/prm_core.kt "$generated"/prm/mobile/prm_mobile.kt; }
if [ "${UPDATE_API:-}" = 1 ]; then api >"$kotlin/api.txt"; fi
if api | diff -u "$kotlin/api.txt" -; then
    echo "test result: kotlin. 1 passed; 0 failed; 0 ignored; api.txt"
else
    echo "api.txt is not what is generated: write it with UPDATE_API=1, and read the difference"
    echo "test result: kotlin. 0 passed; 1 failed; 0 ignored; api.txt"
    status=1
fi
mvn --batch-mode --quiet -Dstyle.color=never --file "$kotlin/pom.xml" -Dprm.library="$target/debug" test || status=1
# Maven leaves the line open.
echo
# One line for each class, in the words of the others.
shopt -s nullglob
for report in "$kotlin"/target/surefire-reports/TEST-*.xml; do
    count() { sed -n "s/^<testsuite.* $1=\"\([0-9]*\)\".*/\1/p" "$report" | head -n 1; }
    failed=$(($(count failures) + $(count errors)))
    skipped=$(count skipped)
    passed=$(($(count tests) - failed - skipped))
    echo "test result: kotlin. $passed passed; $failed failed; $skipped ignored; $(basename "$report" .xml)"
done
exit "$status"
