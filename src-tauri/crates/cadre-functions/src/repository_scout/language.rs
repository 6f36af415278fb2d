//! Which language a file is written in, by its name, its extension or the interpreter in its first line.

use serde::{Deserialize, Serialize};

use super::syntax::{self, Syntax};

/// Only `code` counts towards lines of code in verdicts; the others have figures of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LanguageKind {
    Code,
    Markup,
    Data,
    Prose,
}

pub(crate) struct Language {
    pub(crate) name: &'static str,
    pub(crate) kind: LanguageKind,
    /// Lower case, separated by spaces.
    extensions: &'static str,
    /// Whole file names, lower case, separated by spaces.
    file_names: &'static str,
    /// Programs in a `#!` line, without their version.
    interpreters: &'static str,
    pub(crate) syntax: &'static Syntax,
}

const fn language(
    name: &'static str,
    kind: LanguageKind,
    extensions: &'static str,
    file_names: &'static str,
    interpreters: &'static str,
    syntax: &'static Syntax,
) -> Language {
    Language { name, kind, extensions, file_names, interpreters, syntax }
}

use LanguageKind::{Code, Data, Markup, Prose};

#[rustfmt::skip] // one language per line reads as the table it is
static LANGUAGES: &[Language] = &[
    language("Ada", Code, "adb ads", "", "", &syntax::SQL),
    language("Assembly", Code, "asm s", "", "", &syntax::C),
    language("Astro", Code, "astro", "", "", &syntax::SCRIPT),
    language("Batch", Code, "bat cmd", "", "", &syntax::BATCH),
    language("C", Code, "c h", "", "", &syntax::C),
    language("C#", Code, "cs csx", "", "", &syntax::C),
    language("C++", Code, "cc cpp cxx c++ hh hpp hxx ipp", "", "", &syntax::C),
    language("Clojure", Code, "clj cljs cljc edn", "", "", &syntax::LISP),
    language("CMake", Code, "cmake", "cmakelists.txt", "", &syntax::HASH),
    language("Crystal", Code, "cr", "", "crystal", &syntax::HASH),
    language("CSS", Markup, "css", "", "", &syntax::CSS),
    language("CSV", Data, "csv tsv", "", "", &syntax::NONE),
    language("Cuda", Code, "cu cuh", "", "", &syntax::C),
    language("D", Code, "d", "", "", &syntax::C),
    language("Dart", Code, "dart", "", "", &syntax::SCRIPT),
    language("Dockerfile", Code, "dockerfile containerfile", "dockerfile containerfile", "", &syntax::HASH_BARE),
    language("Elixir", Code, "ex exs", "", "elixir", &syntax::PYTHON),
    language("Elm", Code, "elm", "", "", &syntax::HASKELL),
    language("Emacs Lisp", Code, "el", "", "emacs", &syntax::LISP),
    language("Erlang", Code, "erl hrl", "", "escript", &syntax::PERCENT),
    language("F#", Code, "fs fsx fsi", "", "", &syntax::FSHARP),
    language("Fortran", Code, "f90 f95 f03 f08", "", "", &syntax::NONE),
    language("Gleam", Code, "gleam", "", "", &syntax::C),
    language("GLSL", Code, "glsl vert frag comp wgsl hlsl metal", "", "", &syntax::C),
    language("Go", Code, "go", "", "", &syntax::GO),
    language("GraphQL", Code, "graphql gql", "", "", &syntax::HASH),
    language("Groovy", Code, "groovy gradle", "jenkinsfile", "groovy", &syntax::SCRIPT),
    language("Haskell", Code, "hs lhs", "", "runhaskell", &syntax::HASKELL),
    language("HCL", Code, "tf hcl tfvars", "", "", &syntax::NIX),
    language("HTML", Markup, "html htm xhtml", "", "", &syntax::MARKUP),
    language("INI", Data, "ini cfg conf properties editorconfig desktop service", ".editorconfig .gitconfig .npmrc", "", &syntax::INI),
    language("Java", Code, "java", "", "", &syntax::C),
    language("JavaScript", Code, "js mjs cjs jsx", "", "node nodejs deno bun", &syntax::SCRIPT),
    language("JSON", Data, "json json5 jsonc ndjson jsonl webmanifest geojson ipynb", "", "", &syntax::NONE),
    language("Julia", Code, "jl", "", "julia", &syntax::JULIA),
    language("Just", Code, "just", "justfile .justfile", "just", &syntax::HASH),
    language("Kotlin", Code, "kt kts", "", "", &syntax::NESTING_C),
    language("Less", Markup, "less", "", "", &syntax::SCSS),
    language("Lua", Code, "lua", "", "lua luajit", &syntax::LUA),
    language("Makefile", Code, "mk mak", "makefile gnumakefile bsdmakefile", "make", &syntax::HASH_BARE),
    language("Markdown", Prose, "md markdown mdx", "", "", &syntax::MARKUP),
    language("Meson", Code, "", "meson.build meson_options.txt", "", &syntax::PYTHON),
    language("Nim", Code, "nim nims", "", "", &syntax::PYTHON),
    language("Nix", Code, "nix", "", "", &syntax::NIX),
    language("Objective-C", Code, "m mm", "", "", &syntax::C),
    language("OCaml", Code, "ml mli", "", "ocaml", &syntax::ML),
    language("Pascal", Code, "pas pp lpr", "", "", &syntax::C),
    language("Perl", Code, "pl pm t", "", "perl", &syntax::HASH),
    language("PHP", Code, "php phtml", "", "php", &syntax::PHP),
    language("Plain text", Prose, "txt text", "", "", &syntax::NONE),
    language("PowerShell", Code, "ps1 psm1 psd1", "", "pwsh", &syntax::POWERSHELL),
    language("Protocol Buffers", Code, "proto", "", "", &syntax::C),
    language("Python", Code, "py pyi pyw", "sconstruct", "python", &syntax::PYTHON),
    language("R", Code, "r", "", "rscript", &syntax::HASH),
    language("reStructuredText", Prose, "rst", "", "", &syntax::NONE),
    language("AsciiDoc", Prose, "adoc asciidoc", "", "", &syntax::NONE),
    language("Ruby", Code, "rb rake gemspec ru", "rakefile gemfile podfile vagrantfile", "ruby", &syntax::RUBY),
    language("Rust", Code, "rs", "", "rust-script", &syntax::RUST),
    language("Scala", Code, "scala sc sbt", "", "scala", &syntax::NESTING_C),
    language("Scheme", Code, "scm ss rkt", "", "guile racket", &syntax::LISP),
    language("SCSS", Markup, "scss sass", "", "", &syntax::SCSS),
    language("Shell", Code, "sh bash zsh fish ksh bats", ".bashrc .zshrc .profile", "sh bash zsh dash ksh fish bats", &syntax::HASH_BARE),
    language("Solidity", Code, "sol", "", "", &syntax::C),
    language("SQL", Code, "sql psql", "", "", &syntax::SQL),
    language("Starlark", Code, "bzl star", "build build.bazel workspace workspace.bazel tiltfile", "", &syntax::PYTHON),
    language("Svelte", Code, "svelte", "", "", &syntax::SCRIPT),
    language("SVG", Markup, "svg", "", "", &syntax::MARKUP),
    language("Swift", Code, "swift", "", "swift", &syntax::NESTING_C),
    language("Tcl", Code, "tcl", "", "tclsh wish", &syntax::HASH),
    language("TeX", Prose, "tex sty cls bib", "", "", &syntax::PERCENT),
    language("TOML", Data, "toml", "cargo.lock poetry.lock uv.lock pdm.lock pipfile", "", &syntax::TOML),
    language("TypeScript", Code, "ts tsx mts cts", "", "ts-node tsx", &syntax::SCRIPT),
    language("Verilog", Code, "v sv svh vh", "", "", &syntax::C),
    language("VHDL", Code, "vhd vhdl", "", "", &syntax::SQL),
    language("Vim script", Code, "vim", ".vimrc", "", &syntax::NONE),
    language("Visual Basic", Code, "vb bas vbs", "", "", &syntax::BASIC),
    language("Vue", Code, "vue", "", "", &syntax::SCRIPT),
    language("XML", Data, "xml xsd xsl xslt plist csproj vbproj fsproj props targets xaml resx ui", "", "", &syntax::MARKUP),
    language("YAML", Data, "yml yaml", ".clang-format .clang-tidy", "", &syntax::HASH),
    language("Zig", Code, "zig zon", "", "", &syntax::C),
];

fn contains(words: &str, word: &str) -> bool {
    !word.is_empty() && words.split(' ').any(|candidate| candidate == word)
}

/// By whole name first: `CMakeLists.txt` is not plain text.
pub(crate) fn by_file_name(file_name: &str) -> Option<&'static Language> {
    let name = file_name.to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    LANGUAGES
        .iter()
        .find(|language| contains(language.file_names, &name))
        .or_else(|| name.strip_prefix("dockerfile.").and_then(|_| by_file_name("dockerfile")))
        .or_else(|| LANGUAGES.iter().find(|language| contains(language.extensions, extension)))
}

/// `#!/usr/bin/env -S python3.12 -u` is Python.
pub(crate) fn by_first_line(line: &[u8]) -> Option<&'static Language> {
    let line = std::str::from_utf8(line.strip_prefix(b"#!")?).ok()?;
    let mut words = line.split_ascii_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    }
    let program = program.trim_end_matches(|last: char| last.is_ascii_digit() || last == '.');
    LANGUAGES.iter().find(|language| contains(language.interpreters, &program.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_name_extension_and_interpreter() {
        for (file_name, expected) in [
            ("main.rs", Some("Rust")),
            ("CMakeLists.txt", Some("CMake")),
            ("notes.txt", Some("Plain text")),
            ("Dockerfile.dev", Some("Dockerfile")),
            ("App.TSX", Some("TypeScript")),
            ("archive.tar.gz", None),
            ("LICENSE", None),
            (".", None),
        ] {
            assert_eq!(by_file_name(file_name).map(|language| language.name), expected, "{file_name}");
        }
        for (line, expected) in [
            ("#!/bin/sh", Some("Shell")),
            ("#!/usr/bin/env -S python3.12 -u", Some("Python")),
            ("#!/usr/bin/env FOO=1 node", Some("JavaScript")),
            ("# a comment", None),
            ("#!", None),
        ] {
            assert_eq!(by_first_line(line.as_bytes()).map(|language| language.name), expected, "{line}");
        }
    }

    #[test]
    fn no_extension_or_name_is_claimed_twice() {
        let mut seen = std::collections::BTreeMap::new();
        for language in LANGUAGES {
            let extensions = language.extensions.split(' ').map(|word| ("extension", word));
            let words = extensions.chain(language.file_names.split(' ').map(|word| ("name", word)));
            for word in words.filter(|(_, word)| !word.is_empty()) {
                let before = seen.insert(word, language.name);
                assert_eq!(before, None, "{word:?} would always be read as the first of its two languages");
            }
        }
    }
}
