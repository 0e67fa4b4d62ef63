//! Writes `codes.json` at the top of the project, and what gives the codes at run time: `cargo run -p prm-codes`.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};
use prm_codes::{CODED, Written};

fn main() -> Result<ExitCode> {
    let root = prm_codes::root();
    let (Written { codes, coded }, mut problems) = prm_codes::generate(&root)?;
    let file = root.join("codes.json");
    if file.exists() {
        let published = fs::read_to_string(&file).context("codes.json cannot be read")?;
        let gone = prm_codes::gone(&published, &codes)?;
        problems.extend(
            gone.iter().map(|code| format!("{code} has gone: add it to `retired` in codes/side/settings.toml")),
        );
    }
    if !problems.is_empty() {
        eprintln!("{}\nnothing was written", problems.join("\n"));
        return Ok(ExitCode::FAILURE);
    }
    fs::write(&file, prm_codes::to_json(&codes)?).context("codes.json cannot be written")?;
    for (package, file) in CODED {
        let text = coded.get(package).map(String::as_str).unwrap_or_default();
        fs::write(root.join(file), text).with_context(|| format!("{file} cannot be written"))?;
    }
    println!("{} codes", codes.codes.len());
    Ok(ExitCode::SUCCESS)
}
