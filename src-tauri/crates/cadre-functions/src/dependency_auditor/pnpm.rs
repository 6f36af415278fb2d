//! pnpm-lock.yaml, versions 5 to 9. pnpm writes one key per line with fixed indents, so that lines suffice; a
//! YAML reader would bring anchors, tags and their attacks for nothing.

use std::collections::{BTreeMap, HashMap};

use super::data::Ecosystem;
use super::model::{Lock, LockedPackage, Origin, folder_of, malformed, word};
use super::npm::origin_of;
use crate::finding::Finding;

#[derive(Default)]
struct Reader {
    section: String,
    /// The importer or package that the lines belong to.
    owner: String,
    /// The key below it: `dependencies`, `resolution` and so on.
    part: String,
    entry: String,
    packages: BTreeMap<String, LockedPackage>,
    needs: Vec<(String, String)>,
    importers: BTreeMap<String, BTreeMap<String, String>>,
}

pub(crate) fn lock(path: &str, text: &str) -> Result<Lock, Box<Finding>> {
    let mut reader = Reader::default();
    let mut version = None;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') || content == "---" {
            continue;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        let Some((key, value)) = key_and_value(content) else {
            // Further in there are lists and texts of several lines, none of which matter here.
            if indent > 0 {
                continue;
            }
            return Err(Box::new(malformed(path, Some(index as u64 + 1), true, "expected `key: value`")));
        };
        if indent == 0 && key == "lockfileVersion" {
            version = Some(word(value));
        }
        reader.take(indent, key, value);
    }
    let Some(version) = version else {
        return Err(Box::new(malformed(path, Some(1), true, "it has no lockfileVersion")));
    };
    let mut lock = Lock::new(path, Ecosystem::Npm, format!("pnpm-lock {version}"));
    reader.fill(&mut lock);
    Ok(lock)
}

/// Keys may be quoted and contain `:` themselves.
fn key_and_value(content: &str) -> Option<(&str, &str)> {
    for quote in ['\'', '"'] {
        if let Some(rest) = content.strip_prefix(quote) {
            let (key, rest) = rest.split_once(quote)?;
            return Some((key, unquoted(rest.strip_prefix(':')?)));
        }
    }
    if let Some(key) = content.strip_suffix(':') {
        return Some((key, ""));
    }
    let (key, value) = content.split_once(": ")?;
    Some((key, unquoted(value)))
}

fn unquoted(value: &str) -> &str {
    value.trim().trim_matches(['\'', '"'])
}

impl Reader {
    fn take(&mut self, indent: usize, key: &str, value: &str) {
        match indent {
            0 => {
                self.section = key.to_owned();
                self.owner.clear();
                self.part.clear();
                // Without workspaces, versions below 9 put the only importer at the top.
                if is_dependencies(key) {
                    self.owner = ".".to_owned();
                }
            }
            2 if is_dependencies(&self.section) => self.importer_entry(key, value),
            2 => {
                self.owner = key.to_owned();
                self.part.clear();
                if matches!(self.section.as_str(), "packages" | "snapshots") {
                    self.packages.entry(without_peers(key).to_owned()).or_insert_with(|| package(key));
                } else if self.section == "importers" {
                    self.importers.entry(key.to_owned()).or_default();
                }
            }
            4 if is_dependencies(&self.section) => self.importer_detail(key, value),
            4 => {
                self.part = key.to_owned();
                let is_tarball = key == "resolution" && value.contains("tarball:");
                if let Some(package) =
                    self.packages.get_mut(without_peers(&self.owner)).filter(|_| is_tarball)
                {
                    package.origin = if value.contains("codeload") { Origin::Git } else { Origin::Url };
                }
            }
            6 if self.section == "importers" => self.importer_entry(key, value),
            6 if is_dependencies(&self.part) => {
                self.needs.push((self.owner.clone(), dependency_key(key, value)));
            }
            8 if self.section == "importers" => self.importer_detail(key, value),
            _ => {}
        }
    }

    fn importer_entry(&mut self, key: &str, value: &str) {
        self.entry = key.to_owned();
        let is_dependency = is_dependencies(&self.section) || is_dependencies(&self.part);
        if is_dependency && !value.is_empty() {
            self.needs.push((self.owner.clone(), dependency_key(key, value)));
        }
    }

    fn importer_detail(&mut self, key: &str, value: &str) {
        match key {
            "version" => self.needs.push((self.owner.clone(), dependency_key(&self.entry, value))),
            "specifier" => {
                let recorded = self.importers.entry(self.owner.clone()).or_default();
                recorded.insert(word(&self.entry), word(value));
            }
            _ => {}
        }
    }

    fn fill(self, lock: &mut Lock) {
        let mut indices: HashMap<String, usize> = HashMap::new();
        for (key, package) in self.packages {
            indices.insert(key, lock.packages.len());
            lock.packages.push(package);
        }
        let lock_folder = folder_of(&lock.path).to_owned();
        let needs_importer = self
            .needs
            .iter()
            .map(|(owner, _)| owner)
            .filter(|owner| !indices.contains_key(without_peers(owner)));
        let mut importers: BTreeMap<String, BTreeMap<String, String>> = self.importers.clone();
        for owner in needs_importer {
            importers.entry(owner.clone()).or_default();
        }
        for (importer, recorded) in importers {
            let mut own = LockedPackage::new(&importer, "");
            own.is_own = true;
            own.origin = Origin::Path;
            indices.insert(importer.clone(), lock.packages.len());
            lock.packages.push(own);
            let folder = [lock_folder.as_str(), importer.trim_start_matches('.')]
                .iter()
                .filter(|part| !part.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join("/");
            lock.recorded.insert(folder, recorded);
        }
        for (owner, needed) in self.needs {
            let index = |key: &str| indices.get(without_peers(key)).copied();
            if let (Some(owner), Some(needed)) = (index(&owner), index(&needed)) {
                lock.packages[owner].dependencies.push(needed);
            }
        }
    }
}

fn is_dependencies(key: &str) -> bool {
    matches!(key, "dependencies" | "devDependencies" | "optionalDependencies")
}

/// `foo@1.0.0(react@18.0.0)` and `/foo/1.0.0_react@18.0.0` are the package without its peers.
fn without_peers(key: &str) -> &str {
    let key = key.split('(').next().unwrap_or(key);
    let key = key.strip_prefix('/').unwrap_or(key);
    match key.rsplit_once('/') {
        Some((head, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => {
            let length = head.len() + 1 + version.split('_').next().unwrap_or(version).len();
            &key[..length]
        }
        _ => key,
    }
}

/// The key of the package that `name: value` points to.
fn dependency_key(name: &str, value: &str) -> String {
    let value = without_peers(value);
    let begins_with_digit = value.starts_with(|first: char| first.is_ascii_digit());
    if begins_with_digit { format!("{name}@{value}") } else { value.to_owned() }
}

fn package(key: &str) -> LockedPackage {
    let key = without_peers(key);
    let after_scope = usize::from(key.starts_with('@'));
    let split = key[after_scope..].find('@').map(|position| position + after_scope);
    let (name, version) = match split {
        Some(position) => (&key[..position], &key[position + 1..]),
        None => key.rsplit_once('/').unwrap_or((key, "")),
    };
    let mut package = LockedPackage::new(name, version);
    if !version.starts_with(|first: char| first.is_ascii_digit()) {
        package.origin = origin_of(version).0;
    }
    package
}
