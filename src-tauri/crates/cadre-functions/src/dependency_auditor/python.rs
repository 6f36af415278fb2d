//! pyproject.toml, Pipfile, poetry.lock, uv.lock and Pipfile.lock.

use std::collections::HashMap;

use serde_json::Value as Json;
use toml::{Table, Value};

use super::data::Ecosystem;
use super::model::{
    Lock, LockedPackage, Manifest, Origin, Pin, Requirement, Roots, json_document, line_of_key, malformed,
    toml_table, word,
};
use super::requirements;
use crate::finding::Finding;

/// PEP 503: case and runs of `-`, `_` and `.` do not matter.
pub(crate) fn normalised(name: &str) -> String {
    let mut normalised = String::with_capacity(name.len());
    for character in name.trim().chars() {
        match character {
            '-' | '_' | '.' if normalised.ends_with('-') => {}
            '-' | '_' | '.' => normalised.push('-'),
            _ => normalised.extend(character.to_lowercase()),
        }
    }
    normalised
}

pub(crate) fn pyproject(path: &str, text: &str) -> Result<Manifest, Box<Finding>> {
    let table = toml_table(path, text, false)?;
    let mut manifest = Manifest::new(path, Ecosystem::Pypi);
    let at = |keys: &[&str]| {
        let mut value = table.get(*keys.first()?)?;
        for key in &keys[1..] {
            value = value.get(*key)?;
        }
        Some(value)
    };
    manifest.name = at(&["project", "name"])
        .or_else(|| at(&["tool", "poetry", "name"]))
        .and_then(Value::as_str)
        .map(|name| word(&normalised(name)));
    manifest.licence = at(&["project", "license"])
        .and_then(|licence| licence.as_str().or_else(|| licence.get("text")?.as_str()))
        .or_else(|| at(&["tool", "poetry", "license"])?.as_str())
        .map(|licence| word(licence.lines().next().unwrap_or_default()));
    for (keys, optional) in [
        (&["project", "dependencies"][..], false),
        (&["build-system", "requires"], true),
        (&["tool", "uv", "dev-dependencies"], false),
    ] {
        add_list(at(keys), text, optional, &mut manifest.requirements);
    }
    for (keys, optional) in
        [(&["project", "optional-dependencies"][..], true), (&["dependency-groups"], false)]
    {
        for group in at(keys).and_then(Value::as_table).into_iter().flat_map(Table::values) {
            add_list(Some(group), text, optional, &mut manifest.requirements);
        }
    }
    for keys in [&["tool", "poetry", "dependencies"][..], &["tool", "poetry", "dev-dependencies"]] {
        add_table(at(keys), text, &mut manifest.requirements);
    }
    for group in
        at(&["tool", "poetry", "group"]).and_then(Value::as_table).into_iter().flat_map(Table::values)
    {
        add_table(group.get("dependencies"), text, &mut manifest.requirements);
    }
    // A build requirement is never locked; whatever uv takes from elsewhere is told in its own table.
    for (name, source) in at(&["tool", "uv", "sources"]).and_then(Value::as_table).into_iter().flatten() {
        let name = word(&normalised(name));
        for requirement in manifest.requirements.iter_mut().filter(|requirement| requirement.name == name) {
            requirement.origin = origin_of(source);
        }
    }
    Ok(manifest)
}

pub(crate) fn pipfile(path: &str, text: &str) -> Result<Manifest, Box<Finding>> {
    let table = toml_table(path, text, false)?;
    let mut manifest = Manifest::new(path, Ecosystem::Pypi);
    for section in ["packages", "dev-packages"] {
        add_table(table.get(section), text, &mut manifest.requirements);
    }
    Ok(manifest)
}

/// Texts as PEP 508 writes them. Tables in a dependency group include another group.
fn add_list(list: Option<&Value>, text: &str, optional: bool, requirements: &mut Vec<Requirement>) {
    for entry in list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if let Some(mut requirement) = requirements::parse(entry) {
            requirement.optional = optional;
            requirement.line =
                text.lines().position(|line| line.contains(entry)).map(|index| index as u64 + 1);
            requirements.push(requirement);
        }
    }
}

/// Poetry and Pipenv: `name = "^1"` or `name = { version = "^1", git = "…" }`.
fn add_table(table: Option<&Value>, text: &str, requirements: &mut Vec<Requirement>) {
    for (key, value) in table.and_then(Value::as_table).into_iter().flatten() {
        let name = normalised(key);
        if name == "python" {
            continue;
        }
        let version = value.as_str().or_else(|| value.get("version")?.as_str()).unwrap_or_default();
        let origin = origin_of(value);
        let is_fixed = value.get("rev").is_some() || value.get("ref").is_some();
        let pin = match (origin, version) {
            (Origin::Git, _) => {
                if is_fixed {
                    Pin::Exact
                } else {
                    Pin::Any
                }
            }
            (Origin::Path | Origin::Url, _) => Pin::Exact,
            (_, "" | "*") => Pin::Any,
            (_, version) if version.starts_with("==") && !version.contains('*') => Pin::Exact,
            (_, version)
                if version.starts_with(|first: char| first.is_ascii_digit()) && !version.contains('*') =>
            {
                Pin::Exact
            }
            _ => Pin::Range,
        };
        let wanted = if version.is_empty() { origin.word() } else { version };
        let mut requirement = Requirement::new(&name, wanted, origin, pin);
        requirement.optional = value.get("optional").and_then(Value::as_bool) == Some(true)
            || value.get("markers").is_some()
            || value.get("platform").is_some();
        requirement.line = line_of_key(text, key);
        requirements.push(requirement);
    }
}

fn origin_of(value: &Value) -> Origin {
    let has = |names: &[&str]| names.iter().any(|name| value.get(*name).is_some());
    match () {
        () if has(&["git"]) => Origin::Git,
        () if has(&["path", "editable", "virtual", "directory", "workspace"]) => Origin::Path,
        () if has(&["url", "file"]) => Origin::Url,
        () => Origin::Registry,
    }
}

/// poetry.lock and uv.lock: a list of `[[package]]`.
pub(crate) fn lock(path: &str, text: &str, program: &str) -> Result<Lock, Box<Finding>> {
    let table = toml_table(path, text, true)?;
    let mut lock = Lock::new(path, Ecosystem::Pypi, program);
    lock.roots = if program == "uv" { Roots::OwnPackages } else { Roots::NamedByManifests };
    let entries: Vec<&Table> = match table.get("package") {
        Some(Value::Array(entries)) => entries.iter().filter_map(Value::as_table).collect(),
        None => Vec::new(),
        Some(_) => return Err(Box::new(malformed(path, None, true, "`package` is not a list"))),
    };
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let told = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let name = normalised(told("name"));
        let mut package = LockedPackage::new(&name, told("version"));
        if let Some(source) = entry.get("source") {
            // Poetry names a kind, uv has a key of its own for each.
            package.origin = match source.get("type").and_then(Value::as_str) {
                Some("git") => Origin::Git,
                Some("directory" | "file") => Origin::Path,
                Some("url") => Origin::Url,
                _ => origin_of(source),
            };
            package.is_own =
                program == "uv" && (source.get("editable").is_some() || source.get("virtual").is_some());
        }
        by_name.entry(name).or_default().push(index);
        lock.packages.push(package);
    }
    for (index, entry) in entries.iter().enumerate() {
        lock.packages[index].dependencies =
            needs(entry).iter().filter_map(|name| by_name.get(name)).flatten().copied().collect();
    }
    Ok(lock)
}

fn needs(entry: &Table) -> Vec<String> {
    fn collect(value: &Value, names: &mut Vec<String>) {
        match value {
            // uv: a list of tables with a name.
            Value::Array(list) => {
                names.extend(list.iter().filter_map(|item| item.get("name")?.as_str()).map(normalised));
            }
            Value::Table(table) => table.values().for_each(|group| collect(group, names)),
            _ => {}
        }
    }
    let mut names = Vec::new();
    match entry.get("dependencies") {
        // Poetry: a table by name.
        Some(Value::Table(table)) => names.extend(table.keys().map(|name| normalised(name))),
        Some(list) => collect(list, &mut names),
        None => {}
    }
    for groups in ["optional-dependencies", "dev-dependencies"] {
        if let Some(groups) = entry.get(groups) {
            collect(groups, &mut names);
        }
    }
    names
}

pub(crate) fn pipfile_lock(path: &str, text: &str) -> Result<Lock, Box<Finding>> {
    let document = json_document(path, text, true)?;
    let mut lock = Lock::new(path, Ecosystem::Pypi, "Pipfile.lock");
    lock.roots = Roots::Unknown;
    if document.get("default").is_none() && document.get("_meta").is_none() {
        return Err(Box::new(malformed(path, None, true, "it has neither `_meta` nor `default`")));
    }
    for section in ["default", "develop"] {
        for (name, entry) in document.get(section).and_then(Json::as_object).into_iter().flatten() {
            let told = |key: &str| entry.get(key).and_then(Json::as_str);
            let version = told("version").unwrap_or_default().trim_start_matches('=');
            let mut package = LockedPackage::new(&normalised(name), version);
            package.origin = match () {
                () if told("git").is_some() => Origin::Git,
                () if told("path").is_some() => Origin::Path,
                () if told("file").is_some() => Origin::Url,
                () => Origin::Registry,
            };
            lock.packages.push(package);
        }
    }
    Ok(lock)
}
