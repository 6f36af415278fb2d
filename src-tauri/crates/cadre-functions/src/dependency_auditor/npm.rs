//! package.json and package-lock.json.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::data::Ecosystem;
use super::model::{
    Lock, LockedPackage, Manifest, Origin, Pin, Requirement, Roots, folder_of, json_document, line_of_key,
    malformed, word,
};
use crate::finding::{Finding, Severity};

/// Nested dependencies of version 1 go no deeper than a real tree does.
const NESTING_LIMIT: usize = 60;

type Object = Map<String, Value>;

pub(crate) fn manifest(path: &str, text: &str) -> Result<Manifest, Box<Finding>> {
    let document = json_document(path, text, false)?;
    let mut manifest = Manifest::new(path, Ecosystem::Npm);
    manifest.name = document.get("name").and_then(Value::as_str).map(word);
    manifest.licence = licence_of(&document);
    for section in ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] {
        let entries = document.get(section).and_then(Value::as_object).into_iter().flatten();
        for (name, wanted) in entries {
            let wanted = wanted.as_str().unwrap_or_default();
            let (origin, pin) = origin_of(wanted);
            let mut requirement = Requirement::new(name, wanted, origin, pin);
            requirement.optional = matches!(section, "optionalDependencies" | "peerDependencies");
            requirement.line = line_of_key(text, name);
            // A peer range is wide on purpose: the one who installs decides.
            if section == "peerDependencies" {
                requirement.pin = Pin::Range;
            }
            manifest.requirements.push(requirement);
        }
    }
    Ok(manifest)
}

/// `license` is a text, or in old packages an object or a list of them.
pub(crate) fn licence_of(package: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().or_else(|| value.get("type")?.as_str()).map(word);
    package
        .get("license")
        .and_then(text)
        .or_else(|| package.get("licenses")?.as_array()?.first().and_then(text))
        .filter(|licence| !licence.is_empty())
}

pub(crate) fn origin_of(wanted: &str) -> (Origin, Pin) {
    let wanted = wanted.trim();
    let has_commit = wanted.rsplit_once('#').is_some_and(|(_, commit)| {
        commit.len() >= 7 && commit.chars().all(|letter| letter.is_ascii_hexdigit())
    });
    let git_pin = if has_commit { Pin::Exact } else { Pin::Any };
    if ["workspace:", "file:", "link:", "portal:", "./", "../"].iter().any(|start| wanted.starts_with(start))
    {
        return (Origin::Path, Pin::Exact);
    }
    if wanted.starts_with("git") && wanted.contains(':') || wanted.starts_with("github:") {
        return (Origin::Git, git_pin);
    }
    if wanted.starts_with("http:") || wanted.starts_with("https:") {
        let origin = if wanted.contains(".git") { Origin::Git } else { Origin::Url };
        return (origin, if origin == Origin::Git { git_pin } else { Pin::Exact });
    }
    // `owner/repository` is GitHub; a scope or an alias also has a slash.
    if wanted.contains('/') && !wanted.contains(':') && !wanted.starts_with('@') {
        return (Origin::Git, git_pin);
    }
    let version = wanted.strip_prefix("npm:").map_or(wanted, |alias| {
        alias.rsplit_once('@').filter(|(name, _)| !name.is_empty()).map_or("*", |(_, version)| version)
    });
    (Origin::Registry, pin_of(version))
}

fn pin_of(version: &str) -> Pin {
    let first_digit = version.trim_start_matches(['=', 'v']);
    match version {
        "" | "*" | "x" | "latest" | "next" => Pin::Any,
        _ if version.starts_with(">=") && !version.contains('<') => Pin::LowerBound,
        _ if first_digit.starts_with(|first: char| first.is_ascii_digit())
            && !version.contains(['x', '*', ' ', '|'])
            && version.split(['-', '+']).next().unwrap_or_default().split('.').count() == 3 =>
        {
            Pin::Exact
        }
        _ => Pin::Range,
    }
}

pub(crate) fn lock(path: &str, text: &str) -> Result<Lock, Box<Finding>> {
    let document = json_document(path, text, true)?;
    let version = document.get("lockfileVersion").and_then(Value::as_u64).unwrap_or(1);
    let mut lock = Lock::new(path, Ecosystem::Npm, format!("package-lock {version}"));
    if let Some(packages) = document.get("packages").and_then(Value::as_object) {
        read_packages(&mut lock, packages);
        lock.findings.extend(extraneous(path, text, packages));
    } else if let Some(dependencies) = document.get("dependencies").and_then(Value::as_object) {
        lock.roots = Roots::Unknown;
        read_nested(&mut lock, dependencies, 0);
    } else if document.get("lockfileVersion").is_none() {
        return Err(Box::new(malformed(path, None, true, "it has neither `packages` nor `dependencies`")));
    }
    Ok(lock)
}

fn read_packages(lock: &mut Lock, packages: &Object) {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut with_scripts = 0_u64;
    for (place, entry) in packages.iter().filter(|(_, entry)| !is_link(entry)) {
        let told = |name: &str| entry.get(name).and_then(Value::as_str);
        let installed = place.rsplit_once("node_modules/").map(|(_, name)| name);
        let name = told("name").or(installed).unwrap_or_else(|| place.rsplit('/').next().unwrap_or(place));
        let mut package = LockedPackage::new(name, told("version").unwrap_or_default());
        package.is_own = installed.is_none();
        package.licence = licence_of(entry);
        package.origin = match told("resolved") {
            _ if package.is_own => Origin::Path,
            Some(resolved) if resolved.starts_with("git") => Origin::Git,
            Some(resolved) if resolved.starts_with("file:") => Origin::Path,
            // Registries of every host serve tarballs below `/-/`.
            Some(resolved) if resolved.starts_with("http") && !resolved.contains("/-/") => Origin::Url,
            _ => Origin::Registry,
        };
        with_scripts += u64::from(entry.get("hasInstallScript").and_then(Value::as_bool) == Some(true));
        if package.is_own {
            let lock_folder = folder_of(&lock.path);
            let separator = if lock_folder.is_empty() || place.is_empty() { "" } else { "/" };
            lock.recorded.insert(format!("{lock_folder}{separator}{place}"), recorded(entry));
        }
        places.insert(place, lock.packages.len());
        lock.packages.push(package);
    }
    // A workspace member stands in node_modules as a link to its folder.
    for (place, entry) in packages.iter().filter(|(_, entry)| is_link(entry)) {
        let target =
            entry.get("resolved").and_then(Value::as_str).and_then(|target| places.get(target)).copied();
        if let Some(target) = target {
            places.insert(place, target);
        }
    }
    for (place, entry) in packages.iter().filter(|(_, entry)| !is_link(entry)) {
        let Some(index) = places.get(place.as_str()).copied() else { continue };
        lock.packages[index].dependencies =
            ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"]
                .iter()
                .filter_map(|section| entry.get(*section).and_then(Value::as_object))
                .flat_map(Object::keys)
                .filter_map(|name| resolve(&places, place, name))
                .collect();
    }
    if with_scripts > 0 {
        let (subject, verb) = if with_scripts == 1 { ("package", "runs") } else { ("packages", "run") };
        lock.findings.push(
            Finding::new(
                Severity::Note,
                "install_scripts",
                format!("{with_scripts} {subject} {verb} a script when installed"),
            )
            .at(&lock.path, None)
            .remedy("Install with --ignore-scripts where you can, and allow the scripts you know."),
        );
    }
}

fn recorded(entry: &Value) -> BTreeMap<String, String> {
    ["dependencies", "devDependencies", "optionalDependencies"]
        .iter()
        .filter_map(|section| entry.get(*section).and_then(Value::as_object))
        .flatten()
        .map(|(name, wanted)| (word(name), word(wanted.as_str().unwrap_or_default())))
        .collect()
}

fn is_link(entry: &Value) -> bool {
    entry.get("link").and_then(Value::as_bool) == Some(true)
}

/// As Node does it: the nearest `node_modules` on the way up.
fn resolve(places: &HashMap<&str, usize>, from: &str, name: &str) -> Option<usize> {
    let mut at = from;
    loop {
        let place =
            if at.is_empty() { format!("node_modules/{name}") } else { format!("{at}/node_modules/{name}") };
        if let Some(index) = places.get(place.as_str()) {
            return Some(*index);
        }
        if at.is_empty() {
            return None;
        }
        at = at.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// Entries that npm itself marked as needed by nothing.
fn extraneous(path: &str, text: &str, packages: &Object) -> Option<Finding> {
    let extraneous: Vec<&str> = packages
        .iter()
        .filter(|(_, entry)| entry.get("extraneous").and_then(Value::as_bool) == Some(true))
        .map(|(place, _)| place.rsplit_once("node_modules/").map_or(place.as_str(), |(_, name)| name))
        .collect();
    let first = extraneous.first()?;
    let (title, names) =
        super::findings::names_in_title(extraneous.len(), "entry is", "entries are", &extraneous);
    Some(
        Finding::new(Severity::Low, "lock_entry_extraneous", format!("{title} marked extraneous by npm"))
            .at(path, line_of_key(text, &format!("node_modules/{first}")))
            .detail(names)
            .remedy("Run npm prune and commit the lock file."),
    )
}

/// Version 1 nests dependencies as they lie on disk.
fn read_nested(lock: &mut Lock, dependencies: &Object, depth: usize) {
    for (name, entry) in dependencies {
        let version = entry.get("version").and_then(Value::as_str).unwrap_or_default();
        let mut package = LockedPackage::new(name, version);
        package.origin = origin_of(version).0;
        lock.packages.push(package);
        if let Some(nested) = entry.get("dependencies").and_then(Value::as_object)
            && depth < NESTING_LIMIT
        {
            read_nested(lock, nested, depth + 1);
        }
    }
}
