//! Writes seeds for every target below `corpus/`: the example programs, and sums and explanations made from one.

use std::error::Error;
use std::fs;
use std::path::Path;

#[path = "../prm-core/tests/robustness/sample.rs"]
mod sample;

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = |target: &str| {
        let folder = here.join("corpus").join(target);
        fs::create_dir_all(&folder).map(|()| folder)
    };
    let documents = folder("document")?;
    for entry in fs::read_dir(here.join("../examples/programs"))? {
        let entry = entry?;
        fs::copy(entry.path(), documents.join(entry.file_name()))?;
    }
    // Each program of the conformance cases, in its JSON form.
    for entry in fs::read_dir(here.join("../prm-core/tests/vectors"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let cases: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(&path)?)?;
        for case in cases {
            if let (Some(id), Some(program)) = (case["id"].as_str(), case["given"].get("program")) {
                fs::write(documents.join(id), program.to_string())?;
            }
        }
    }
    let sample::Sample { partials, explanations } = sample::sample()?;
    fs::write(folder("partials")?.join("sample"), serde_json::to_string(&partials)?)?;
    let folder = folder("explanation")?;
    for (number, explanation) in explanations.iter().enumerate() {
        fs::write(folder.join(format!("sample-{number}")), serde_json::to_string(explanation)?)?;
    }
    Ok(())
}
