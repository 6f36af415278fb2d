//! Lists the files of the company pack, so that the library can embed them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("pack/company");
    println!("cargo:rerun-if-changed=pack/company");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file
            .strip_prefix(&root)
            .expect("it was found below the root")
            .to_string_lossy()
            .replace('\\', "/");
        // Of whichever checkout compiles it: the folder of what was built outlives one.
        let place = format!("/pack/company/{name}");
        writeln!(list, "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {place:?}))),")
            .expect("a text grows");
    }
    list.push(']');
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("company_pack.rs"), list).expect("the output folder is writable");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the pack is part of the crate") {
        let path = entry.expect("the pack is readable").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md" || extension == "yaml") {
            files.push(path);
        }
    }
}
