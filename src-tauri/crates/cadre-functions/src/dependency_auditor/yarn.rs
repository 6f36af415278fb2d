//! yarn.lock, the format of version 1 and that of 2 and later. Both have one block per package, so lines suffice.

use std::collections::{BTreeMap, HashMap};

use super::data::Ecosystem;
use super::model::{Lock, LockedPackage, Origin, Roots, malformed};
use super::npm::origin_of;
use crate::finding::Finding;

pub(crate) fn lock(path: &str, text: &str) -> Result<Lock, Box<Finding>> {
    let is_berry = text.lines().any(|line| line == "__metadata:");
    let format = if is_berry { "yarn 2 or later" } else { "yarn 1" };
    let mut lock = Lock::new(path, Ecosystem::Npm, format);
    lock.roots = Roots::NamedByManifests;
    let mut descriptors: HashMap<String, usize> = HashMap::new();
    let mut needs: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut in_dependencies = false;
    for (number, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match line.len() - line.trim_start_matches(' ').len() {
            0 => {
                let Some(header) = content.strip_suffix(':') else {
                    return Err(Box::new(malformed(
                        path,
                        Some(number as u64 + 1),
                        true,
                        "expected the head of a package",
                    )));
                };
                if header != "__metadata" {
                    begin(&mut lock, &mut descriptors, header);
                }
                in_dependencies = false;
            }
            2 => {
                in_dependencies = matches!(content, "dependencies:" | "optionalDependencies:");
                if let Some(package) = lock.packages.last_mut() {
                    detail(package, content);
                }
            }
            _ if in_dependencies && !lock.packages.is_empty() => {
                let (name, wanted) = key_and_value(content);
                let owner = lock.packages.len() - 1;
                needs.entry(owner).or_default().push(format!("{name}@{wanted}"));
            }
            _ => {}
        }
    }
    for (owner, wanted) in needs {
        lock.packages[owner].dependencies =
            wanted.iter().filter_map(|descriptor| find(&descriptors, descriptor)).collect();
    }
    attach_patches(&mut lock.packages, &descriptors);
    Ok(lock)
}

/// A patched copy stands beside the package that it patches, and nothing asks for it by name.
fn attach_patches(packages: &mut [LockedPackage], descriptors: &HashMap<String, usize>) {
    let patched: Vec<usize> = descriptors
        .iter()
        .filter(|(descriptor, _)| descriptor.contains("@patch:"))
        .map(|(_, index)| *index)
        .collect();
    for patch in patched {
        let name = packages[patch].name.clone();
        for (index, package) in packages.iter_mut().enumerate() {
            if index != patch && package.name == name {
                package.dependencies.push(patch);
            }
        }
    }
}

/// `"a@^1", a@^2` (version 1) or `"a@npm:^1, a@npm:^2"`.
fn begin(lock: &mut Lock, descriptors: &mut HashMap<String, usize>, header: &str) {
    let mut name = String::new();
    for descriptor in header.replace('"', "").split(", ") {
        let (found, _) = name_and_range(descriptor);
        name = found.to_owned();
        descriptors.insert(descriptor.to_owned(), lock.packages.len());
    }
    let mut package = LockedPackage::new(&name, "");
    if header.contains("@workspace:") {
        package.is_own = true;
        package.origin = Origin::Path;
    } else {
        let (_, range) = name_and_range(header.trim_matches('"'));
        let range = range.split([',', '"']).next().unwrap_or_default();
        package.origin = origin_of(range).0;
    }
    lock.packages.push(package);
}

fn name_and_range(descriptor: &str) -> (&str, &str) {
    let after_scope = usize::from(descriptor.starts_with('@'));
    match descriptor[after_scope..].find('@') {
        Some(position) => (&descriptor[..position + after_scope], &descriptor[position + after_scope + 1..]),
        None => (descriptor, ""),
    }
}

fn detail(package: &mut LockedPackage, content: &str) {
    let (key, value) = key_and_value(content);
    if key == "version" {
        package.version = super::model::word(value);
    }
}

/// `version "1.0.0"` or `version: 1.0.0`.
fn key_and_value(content: &str) -> (&str, &str) {
    let content = content.trim();
    let (key, value) = match content.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((key, value)) => (key, value),
        None => content.split_once(' ').unwrap_or((content, "")),
    };
    (key.trim_end_matches(':'), value.trim_start_matches(':').trim().trim_matches('"'))
}

/// Version 2 writes `npm:` before a range in heads, and not always in dependencies.
fn find(descriptors: &HashMap<String, usize>, descriptor: &str) -> Option<usize> {
    let (name, range) = name_and_range(descriptor);
    descriptors.get(descriptor).or_else(|| descriptors.get(&format!("{name}@npm:{range}"))).copied()
}
