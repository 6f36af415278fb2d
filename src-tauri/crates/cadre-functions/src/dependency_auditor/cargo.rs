//! Cargo.toml and Cargo.lock.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use toml::{Table, Value};

use super::data::Ecosystem;
use super::model::{
    Lock, LockedPackage, Manifest, Origin, Pin, Requirement, folder_of, line_of_key, malformed, toml_table,
    word,
};
use crate::finding::{Finding, Severity};

/// What members of a workspace may inherit.
#[derive(Default)]
pub(crate) struct Workspace {
    dependencies: BTreeMap<String, Requirement>,
    licence: Option<String>,
    used: BTreeSet<String>,
    path: String,
}

pub(crate) fn manifest(path: &str, text: &str) -> Result<(Manifest, Option<Workspace>), Box<Finding>> {
    let table = toml_table(path, text, false)?;
    let mut manifest = Manifest::new(path, Ecosystem::Cargo);
    if let Some(package) = table.get("package").and_then(Value::as_table) {
        manifest.name = package.get("name").and_then(Value::as_str).map(word);
        manifest.licence = match package.get("license") {
            Some(Value::String(licence)) => Some(word(licence)),
            Some(Value::Table(inherited)) if inherited.contains_key("workspace") => Some(String::new()),
            _ => None,
        };
    }
    add_sections(&table, text, &mut manifest.requirements);
    if let Some(targets) = table.get("target").and_then(Value::as_table) {
        for target in targets.values().filter_map(Value::as_table) {
            add_sections(target, text, &mut manifest.requirements);
        }
    }
    let workspace = table.get("workspace").and_then(Value::as_table).map(|workspace| Workspace {
        dependencies: section(workspace, "dependencies", text).into_iter().collect(),
        licence: workspace
            .get("package")
            .and_then(|package| package.get("license"))
            .and_then(Value::as_str)
            .map(word),
        used: BTreeSet::new(),
        path: path.to_owned(),
    });
    Ok((manifest, workspace))
}

fn add_sections(table: &Table, text: &str, requirements: &mut Vec<Requirement>) {
    for name in ["dependencies", "dev-dependencies", "build-dependencies"] {
        requirements.extend(section(table, name, text).into_iter().map(|(_, requirement)| requirement));
    }
}

fn section(table: &Table, name: &str, text: &str) -> Vec<(String, Requirement)> {
    let Some(section) = table.get(name).and_then(Value::as_table) else { return Vec::new() };
    section.iter().map(|(key, value)| (key.clone(), requirement(key, value, text))).collect()
}

fn requirement(key: &str, value: &Value, text: &str) -> Requirement {
    let told = |name: &str| value.get(name).and_then(Value::as_str);
    let version = value.as_str().or_else(|| told("version"));
    let (origin, pin, wanted) = if let Some(git) = told("git") {
        let fixed = told("rev").is_some();
        (Origin::Git, if fixed { Pin::Exact } else { Pin::Any }, git)
    } else if let Some(path) = told("path") {
        (Origin::Path, Pin::Exact, path)
    } else {
        let pin = match version.map(str::trim) {
            None | Some("*" | "") => Pin::Any,
            Some(version) if version.starts_with('=') => Pin::Exact,
            Some(_) => Pin::Range,
        };
        (Origin::Registry, pin, version.unwrap_or("any version"))
    };
    let mut requirement = Requirement::new(told("package").unwrap_or(key), wanted, origin, pin);
    requirement.line = line_of_key(text, key);
    requirement.inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
    if requirement.inherited {
        requirement.name = word(key);
    }
    requirement
}

/// Gives members what they inherit from the nearest workspace above them.
pub(crate) fn inherit(manifests: &mut [Manifest], workspaces: &mut [Workspace]) {
    for manifest in manifests.iter_mut().filter(|manifest| manifest.ecosystem == Ecosystem::Cargo) {
        let folder = folder_of(&manifest.path);
        let nearest = workspaces
            .iter_mut()
            .filter(|workspace| is_within(folder, folder_of(&workspace.path)))
            .max_by_key(|workspace| workspace.path.len());
        let Some(workspace) = nearest else { continue };
        if manifest.licence.as_deref() == Some("") {
            manifest.licence.clone_from(&workspace.licence);
        }
        for requirement in manifest.requirements.iter_mut().filter(|requirement| requirement.inherited) {
            workspace.used.insert(requirement.name.clone());
            if let Some(shared) = workspace.dependencies.get(&requirement.name) {
                *requirement = Requirement { line: requirement.line, inherited: true, ..shared.clone() };
            }
        }
    }
}

fn is_within(folder: &str, above: &str) -> bool {
    above.is_empty()
        || folder == above
        || folder.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// Dependencies that a workspace offers and no member takes.
pub(crate) fn unused(workspace: &Workspace) -> Option<Finding> {
    let unused: Vec<&str> = workspace
        .dependencies
        .iter()
        .filter(|(name, requirement)| requirement.origin != Origin::Path && !workspace.used.contains(*name))
        .map(|(name, _)| name.as_str())
        .collect();
    let first = unused.first()?;
    let line = workspace.dependencies.get(*first).and_then(|requirement| requirement.line);
    let (title, names) = super::findings::names_in_title(
        unused.len(),
        "workspace dependency is",
        "workspace dependencies are",
        &unused,
    );
    Some(
        Finding::new(Severity::Low, "workspace_dependency_unused", format!("{title} inherited by no member"))
            .at(&workspace.path, line)
            .detail(names)
            .remedy("Remove them, or let the members that need them inherit them."),
    )
}

pub(crate) fn lock(path: &str, text: &str) -> Result<Lock, Box<Finding>> {
    let table = toml_table(path, text, true)?;
    let version = table.get("version").and_then(Value::as_integer).unwrap_or(1);
    let mut lock = Lock::new(path, Ecosystem::Cargo, format!("Cargo.lock {version}"));
    let entries: Vec<&Table> = match table.get("package") {
        Some(Value::Array(entries)) => entries.iter().filter_map(Value::as_table).collect(),
        None => Vec::new(),
        Some(_) => return Err(Box::new(malformed(path, None, true, "`package` is not a list"))),
    };
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let told = |name: &str| entry.get(name).and_then(Value::as_str);
        let name = told("name").unwrap_or("(no name)");
        let mut package = LockedPackage::new(name, told("version").unwrap_or("(no version)"));
        match told("source") {
            None => {
                package.is_own = true;
                package.origin = Origin::Path;
            }
            Some(source) if source.starts_with("git+") => package.origin = Origin::Git,
            Some(_) => {}
        }
        by_name.entry(name).or_default().push(index);
        lock.packages.push(package);
    }
    for (index, entry) in entries.iter().enumerate() {
        let wanted = entry.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        lock.packages[index].dependencies =
            wanted.filter_map(Value::as_str).filter_map(|wanted| find(&entries, &by_name, wanted)).collect();
    }
    Ok(lock)
}

/// `name`, `name version` or `name version (source)`, each as precise as it must be.
fn find(entries: &[&Table], by_name: &HashMap<&str, Vec<usize>>, wanted: &str) -> Option<usize> {
    let mut words = wanted.split(' ');
    let candidates = by_name.get(words.next()?)?;
    let version = words.next();
    let source = words.next().map(|source| source.trim_matches(['(', ')']));
    let matches = |index: &&usize| {
        let told = |name: &str| entries[**index].get(name).and_then(Value::as_str);
        version.is_none_or(|version| told("version") == Some(version))
            && source.is_none_or(|source| told("source") == Some(source))
    };
    candidates.iter().find(matches).copied()
}
