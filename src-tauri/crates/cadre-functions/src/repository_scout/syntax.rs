//! How comments and strings look, for as many languages as share the rules.

pub(crate) struct Syntax {
    pub(crate) line: &'static [&'static str],
    pub(crate) block: &'static [(&'static str, &'static str)],
    pub(crate) nests: bool,
    /// Longest opening first, so that `"""` is not read as an empty string and a quote.
    pub(crate) strings: &'static [Quote],
    /// A string that stands alone at the start of a line and documents, as in Python.
    pub(crate) documentation: &'static [&'static str],
    /// `'"'` is one character and `'a` a lifetime: a single quote does not open a string.
    pub(crate) character_literals: bool,
}

pub(crate) struct Quote {
    pub(crate) open: &'static str,
    pub(crate) close: &'static str,
    pub(crate) escapes: bool,
    pub(crate) spans_lines: bool,
}

const fn quote(open: &'static str, close: &'static str, escapes: bool, spans_lines: bool) -> Quote {
    Quote { open, close, escapes, spans_lines }
}

const DOUBLE: Quote = quote("\"", "\"", true, false);
const SINGLE: Quote = quote("'", "'", true, false);

const PLAIN_STRINGS: &[Quote] = &[DOUBLE, SINGLE];
const SLASH_STAR: &[(&str, &str)] = &[("/*", "*/")];

/// Text without comments: JSON, plain text.
pub(crate) const NONE: Syntax = Syntax {
    line: &[],
    block: &[],
    nests: false,
    strings: &[],
    documentation: &[],
    character_literals: false,
};
pub(crate) const C: Syntax = Syntax {
    line: &["//"],
    block: SLASH_STAR,
    strings: &[quote("\"\"\"", "\"\"\"", false, true), DOUBLE],
    character_literals: true,
    ..NONE
};
pub(crate) const NESTING_C: Syntax = Syntax { nests: true, ..C };
pub(crate) const RUST: Syntax = Syntax {
    nests: true,
    strings: &[
        quote("r##\"", "\"##", false, true),
        quote("r#\"", "\"#", false, true),
        quote("r\"", "\"", false, true),
        quote("\"", "\"", true, true),
    ],
    ..C
};
pub(crate) const GO: Syntax = Syntax { strings: &[quote("`", "`", false, true), DOUBLE], ..C };
pub(crate) const SCRIPT: Syntax =
    Syntax { strings: &[quote("`", "`", true, true), DOUBLE, SINGLE], character_literals: false, ..C };
pub(crate) const PHP: Syntax =
    Syntax { line: &["//", "#"], block: SLASH_STAR, strings: PLAIN_STRINGS, ..NONE };
pub(crate) const CSS: Syntax = Syntax { block: SLASH_STAR, strings: PLAIN_STRINGS, ..NONE };
pub(crate) const SCSS: Syntax = Syntax { line: &["//"], ..CSS };
pub(crate) const HASH: Syntax = Syntax { line: &["#"], strings: PLAIN_STRINGS, ..NONE };
pub(crate) const HASH_BARE: Syntax = Syntax { line: &["#"], ..NONE };
pub(crate) const TOML: Syntax = Syntax {
    strings: &[quote("\"\"\"", "\"\"\"", true, true), quote("'''", "'''", false, true), DOUBLE, SINGLE],
    ..HASH
};
pub(crate) const PYTHON: Syntax = Syntax { documentation: &["\"\"\"", "'''"], ..TOML };
pub(crate) const RUBY: Syntax = Syntax { block: &[("=begin", "=end")], ..HASH };
pub(crate) const POWERSHELL: Syntax = Syntax { block: &[("<#", "#>")], ..HASH };
pub(crate) const JULIA: Syntax = Syntax { block: &[("#=", "=#")], nests: true, ..HASH };
pub(crate) const NIX: Syntax = Syntax { block: SLASH_STAR, ..HASH };
pub(crate) const MARKUP: Syntax = Syntax { block: &[("<!--", "-->")], ..NONE };
pub(crate) const SQL: Syntax =
    Syntax { line: &["--"], block: SLASH_STAR, strings: &[quote("'", "'", false, true)], ..NONE };
pub(crate) const HASKELL: Syntax =
    Syntax { line: &["--"], block: &[("{-", "-}")], nests: true, strings: &[DOUBLE], ..NONE };
pub(crate) const LUA: Syntax =
    Syntax { line: &["--"], block: &[("--[[", "]]")], strings: PLAIN_STRINGS, ..NONE };
pub(crate) const LISP: Syntax =
    Syntax { line: &[";"], block: &[("#|", "|#")], strings: &[quote("\"", "\"", true, true)], ..NONE };
pub(crate) const ML: Syntax = Syntax { block: &[("(*", "*)")], nests: true, strings: &[DOUBLE], ..NONE };
pub(crate) const FSHARP: Syntax = Syntax { line: &["//"], ..ML };
pub(crate) const PERCENT: Syntax = Syntax { line: &["%"], ..NONE };
pub(crate) const INI: Syntax = Syntax { line: &[";", "#"], ..NONE };
pub(crate) const BATCH: Syntax = Syntax { line: &["REM ", "rem ", "::"], ..NONE };
pub(crate) const BASIC: Syntax = Syntax { line: &["'"], strings: &[DOUBLE], ..NONE };
