//! Trains the embedded reader from `corpus/` and leaves its weights for the library to include.

use std::path::Path;
use std::{env, fs};

// The library's own modules: what is trained here and what is read there must be the same features.
#[path = "src/calibration.rs"]
mod calibration;
#[path = "src/corpus.rs"]
mod corpus;
#[allow(dead_code, reason = "the build script uses a part of each shared module")]
#[path = "src/cues.rs"]
mod cues;
#[path = "src/features.rs"]
mod features;
#[path = "src/labels.rs"]
mod labels;
#[path = "src/mentions.rs"]
mod mentions;
#[allow(dead_code, unreachable_pub, reason = "the build script writes the model and does not read it")]
#[path = "src/model.rs"]
mod model;
#[allow(dead_code, reason = "the build script uses a part of each shared module")]
#[path = "src/text.rs"]
mod text;
#[path = "src/training.rs"]
mod training;

const INPUTS: [&str; 12] = [
    "build.rs",
    "corpus/requests.tsv",
    "corpus/cues.tsv",
    "src/calibration.rs",
    "src/corpus.rs",
    "src/cues.rs",
    "src/features.rs",
    "src/labels.rs",
    "src/mentions.rs",
    "src/model.rs",
    "src/text.rs",
    "src/training.rs",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for input in INPUTS {
        println!("cargo:rerun-if-changed={input}");
    }
    let source = fs::read_to_string("corpus/requests.tsv")?;
    let model = training::train(&corpus::parse(&source)?);
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("model.bin"), model.encode())?;
    Ok(())
}
