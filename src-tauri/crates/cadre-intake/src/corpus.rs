//! The labelled requests that the reader learns from.
//!
//! Owns the form of `corpus/requests.tsv`: intent, department, complexity, horizon (`-` for none), text (`\n` is a
//! line break) and optionally the members known in that organisation (`name=department`, people with `@` before).

use crate::labels::DEPARTMENTS;

/// Intents in the order of `cadre_core::intent::Intent::ALL`; the library's tests hold the two together.
pub(crate) const INTENTS: [&str; 6] =
    ["DELEGATE", "CREATE_PROJECT", "BUILD_AGENT", "IMPROVE_AGENT", "CLARIFY", "DIRECT_RESPONSE"];
pub(crate) const CLARIFY: usize = 4;
pub(crate) const HORIZONS: [&str; 4] = ["minutes", "hours", "days", "weeks"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) intent: usize,
    pub(crate) department: usize,
    pub(crate) complexity: u8,
    pub(crate) horizon: Option<usize>,
    pub(crate) text: String,
    pub(crate) members: Vec<KnownMember>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownMember {
    pub(crate) name: String,
    pub(crate) person: bool,
}

/// Reads the corpus; the error names the line.
pub(crate) fn parse(source: &str) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    for (index, line) in source.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let example = parse_line(line).map_err(|reason| format!("corpus line {}: {reason}", index + 1))?;
        examples.push(example);
    }
    Ok(examples)
}

fn parse_line(line: &str) -> Result<Example, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [intent, department, complexity, horizon, text, members @ ..] = fields.as_slice() else {
        return Err("fewer than five fields".to_owned());
    };
    let index = |names: &[&str], name: &str| {
        names.iter().position(|known| *known == name).ok_or_else(|| format!("unknown name {name}"))
    };
    let complexity: u8 = complexity.parse().map_err(|_| format!("complexity {complexity}"))?;
    if !(1..=10).contains(&complexity) {
        return Err(format!("complexity {complexity} is not 1 to 10"));
    }
    Ok(Example {
        intent: index(&INTENTS, intent)?,
        department: index(&DEPARTMENTS, department)?,
        complexity,
        horizon: if *horizon == "-" { None } else { Some(index(&HORIZONS, horizon)?) },
        text: text.replace("\\n", "\n"),
        members: members.iter().flat_map(|field| field.split(',')).map(parse_member).collect(),
    })
}

fn parse_member(entry: &str) -> KnownMember {
    match entry.strip_prefix('@') {
        Some(name) => KnownMember { name: name.to_owned(), person: true },
        None => KnownMember { name: entry.to_owned(), person: false },
    }
}
