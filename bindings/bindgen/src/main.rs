//! Writes the Kotlin and Swift sides of the mobile library: `prm-bindgen generate --language kotlin --out-dir … libprm_mobile.so`.

fn main() {
    uniffi::uniffi_bindgen_main();
}
