//! Files that say how a project is kept: readme, licence, continuous integration, lock files and the like.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How many paths of one kind are listed.
const PATHS_PER_KIND: usize = 8;

/// One kind of landmark; all kinds are listed, so that what is absent shows as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landmark {
    /// For example `readme`, `licence`, `continuous_integration`, `lock_file`.
    pub kind: String,
    /// How many files of the kind there are.
    pub files: u64,
    /// The first of them.
    pub paths: Vec<String>,
}

/// All kinds, in the order of a reader's interest.
const KINDS: [&str; 15] = [
    "readme",
    "licence",
    "contributing",
    "changelog",
    "security_policy",
    "code_of_conduct",
    "architecture",
    "documentation_folder",
    "continuous_integration",
    "manifest",
    "lock_file",
    "container",
    "development_environment",
    "formatting_and_lints",
    "ignore_rules",
];

pub(crate) struct Landmarks {
    found: BTreeMap<&'static str, (u64, Vec<String>)>,
}

impl Landmarks {
    pub(crate) fn new() -> Self {
        Self { found: BTreeMap::new() }
    }

    pub(crate) fn add_file(&mut self, path: &str) {
        if let Some(kind) = kind_of(path) {
            let (files, paths) = self.found.entry(kind).or_default();
            *files += 1;
            if paths.len() < PATHS_PER_KIND {
                paths.push(path.to_owned());
            }
        }
    }

    pub(crate) fn has(&self, kind: &str) -> bool {
        self.found.contains_key(kind)
    }

    pub(crate) fn into_list(mut self) -> Vec<Landmark> {
        KINDS
            .iter()
            .map(|kind| {
                let (files, paths) = self.found.remove(kind).unwrap_or_default();
                Landmark { kind: (*kind).to_owned(), files, paths }
            })
            .collect()
    }
}

/// A readme or licence counts at the top only: those of vendored or member packages say nothing about the whole.
fn kind_of(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    if folders.is_empty() || folders == ".github" || folders == "docs" {
        let community = match stem {
            "readme" if folders != ".github" => Some("readme"),
            "licence" | "license" | "copying" | "unlicense" => Some("licence"),
            _ if stem.starts_with("license-") || stem.starts_with("licence-") => Some("licence"),
            "contributing" => Some("contributing"),
            "changelog" | "changes" | "history" | "news" | "release-notes" | "releases" => Some("changelog"),
            "security" => Some("security_policy"),
            "code_of_conduct" => Some("code_of_conduct"),
            "architecture" | "design" => Some("architecture"),
            _ => None,
        };
        let prose = !name.contains('.')
            || [".md", ".txt", ".rst", ".adoc", ".markdown", ".org", ".html"]
                .iter()
                .any(|ending| name.ends_with(ending));
        if prose && community.is_some_and(|kind| folders.is_empty() || kind != "readme") {
            return community;
        }
    }
    if is_continuous_integration(folders, name) {
        return Some("continuous_integration");
    }
    if folders == "docs" || folders.starts_with("docs/") || folders == "doc" || folders.starts_with("doc/") {
        return Some("documentation_folder");
    }
    tooling(folders, name)
}

fn is_continuous_integration(folders: &str, name: &str) -> bool {
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let in_folder = matches!(
        folders,
        ".github/workflows" | ".forgejo/workflows" | ".gitea/workflows" | ".circleci" | ".buildkite"
    );
    let at_the_top = folders.is_empty()
        && matches!(
            name,
            ".gitlab-ci.yml"
                | "azure-pipelines.yml"
                | ".travis.yml"
                | ".drone.yml"
                | ".cirrus.yml"
                | "appveyor.yml"
                | ".appveyor.yml"
                | "bitbucket-pipelines.yml"
                | "jenkinsfile"
                | ".woodpecker.yml"
        );
    (in_folder && is_yaml) || at_the_top || folders == ".ci" || folders == ".woodpecker"
}

/// Whole file names by kind, lower case, separated by spaces.
const TOOLING: [(&str, &str); 6] = [
    (
        "lock_file",
        "cargo.lock package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock \
         bun.lockb deno.lock poetry.lock uv.lock pipfile.lock pdm.lock go.sum gemfile.lock \
         composer.lock mix.lock pubspec.lock flake.lock package.resolved gradle.lockfile",
    ),
    (
        "manifest",
        "cargo.toml package.json pyproject.toml setup.py setup.cfg pipfile go.mod gemfile \
         composer.json mix.exs pubspec.yaml pom.xml build.gradle build.gradle.kts \
         package.swift deno.json cmakelists.txt meson.build",
    ),
    (
        "container",
        "dockerfile containerfile docker-compose.yml docker-compose.yaml compose.yml \
         compose.yaml",
    ),
    (
        "development_environment",
        "flake.nix shell.nix devcontainer.json .devcontainer.json mise.toml .mise.toml \
         .tool-versions rust-toolchain.toml rust-toolchain .nvmrc .python-version justfile makefile",
    ),
    (
        "formatting_and_lints",
        ".editorconfig rustfmt.toml .rustfmt.toml clippy.toml .clippy.toml biome.json \
         .clang-format .clang-tidy ruff.toml .flake8 .pylintrc .golangci.yml .rubocop.yml \
         .pre-commit-config.yaml deny.toml",
    ),
    ("ignore_rules", ".gitignore .ignore .dockerignore"),
];

fn tooling(folders: &str, name: &str) -> Option<&'static str> {
    if let Some((kind, _)) = TOOLING.iter().find(|(_, names)| names.split(' ').any(|known| known == name)) {
        return Some(kind);
    }
    if name.starts_with("requirements") && name.ends_with(".txt") && !folders.contains("docs") {
        return Some("manifest");
    }
    let configures =
        [".eslintrc", "eslint.config", ".prettierrc"].iter().any(|start| name.starts_with(start));
    configures.then_some("formatting_and_lints")
}

/// The licence that a licence file holds, by the words each must contain. Unknown texts give nothing.
pub(crate) fn licence_of(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let says = |words: &str| text.contains(words);
    let licence = match () {
        () if says("gnu affero general public license") => "AGPL",
        () if says("gnu lesser general public license") => "LGPL",
        () if says("gnu general public license") && says("version 3") => "GPL-3.0",
        () if says("gnu general public license") && says("version 2") => "GPL-2.0",
        () if says("apache license") && says("version 2.0") => "Apache-2.0",
        () if says("mozilla public license") => "MPL-2.0",
        () if says("permission is hereby granted, free of charge") => "MIT",
        () if says("permission to use, copy, modify, and/or distribute") => "ISC or 0BSD",
        () if says("redistribution and use in source and binary forms") => "BSD",
        () if says("this is free and unencumbered software") => "Unlicense",
        () if says("functional source license") => "FSL",
        () if says("business source license") => "BUSL",
        () => return None,
    };
    Some(licence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn landmarks_are_known_by_their_place() {
        for (path, expected) in [
            ("README.md", Some("readme")),
            ("crates/a/README.md", None),
            ("LICENSE-MIT", Some("licence")),
            ("license.rs", None),
            (".github/workflows/ci.yml", Some("continuous_integration")),
            (".github/workflows/notes.md", None),
            (".github/SECURITY.md", Some("security_policy")),
            ("docs/guide/start.md", Some("documentation_folder")),
            ("app/package-lock.json", Some("lock_file")),
            ("requirements-dev.txt", Some("manifest")),
            (".tool-versions", Some("development_environment")),
            (".clang-format", Some("formatting_and_lints")),
            (".pre-commit-config.yaml", Some("formatting_and_lints")),
            ("src/main.rs", None),
        ] {
            assert_eq!(kind_of(path), expected, "{path}");
        }
    }
}
