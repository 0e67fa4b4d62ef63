#!/usr/bin/env bash
# How large the library for phones is, and how long its calls take on the JVM.
set -euo pipefail
cd "$(dirname "$0")/.."

kotlin=bindings/mobile/kotlin
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
# What linkers for phones do, too: functions with one body once, and short relocations.
phone() {
    RUSTFLAGS="-C link-arg=-Wl,--icf=all -C link-arg=-Wl,-z,pack-relative-relocs" \
        cargo build --quiet --package prm-mobile --profile phone "$@"
}
size() { echo "| $1 | $(stat --format %s "$target/phone/libprm_mobile.so" | awk '{ printf "%.2f MB", $1 / 1e6 }') |"; }
phone --no-default-features
rules=$(size "stripped library, rules alone, without serialised forms")
phone
cargo build --quiet --package prm-mobile
cargo build --quiet --package prm-bindgen
"$target/debug/prm-bindgen" generate --language kotlin --no-format \
    --out-dir "$kotlin/target/generated-sources/uniffi" "$target/debug/libprm_mobile.so"
mvn --batch-mode --quiet -Dstyle.color=never --file "$kotlin/pom.xml" test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
echo
echo "| what | measured |"
echo "| --- | ---: |"
echo "$rules"
size "stripped library, with the store"
java -Djna.library.path="$target/phone" -cp "$kotlin/target/test-classes:$kotlin/target/classes:$(cat "$kotlin/target/classpath")" prm.BenchKt
