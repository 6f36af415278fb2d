//! requirements.txt and the requirement texts of PEP 508.

use super::data::Ecosystem;
use super::model::{Manifest, Origin, Pin, Requirement};
use super::python::normalised;

pub(crate) fn manifest(path: &str, text: &str) -> Manifest {
    let mut manifest = Manifest::new(path, Ecosystem::Pypi);
    manifest.locks_itself = true;
    let mut joined = String::new();
    let mut first_line = 0;
    for (index, line) in text.lines().enumerate() {
        if joined.is_empty() {
            first_line = index as u64 + 1;
        }
        if let Some(start) = line.strip_suffix('\\') {
            joined.push_str(start);
            joined.push(' ');
            continue;
        }
        joined.push_str(line);
        if let Some(mut requirement) = entry(&joined) {
            requirement.line = Some(first_line);
            manifest.requirements.push(requirement);
        }
        joined.clear();
    }
    manifest
}

fn entry(line: &str) -> Option<Requirement> {
    // A comment begins at the start or after a space; `#egg=` belongs to its address.
    let line = match line.find(" #") {
        Some(position) => &line[..position],
        None if line.trim_start().starts_with('#') => return None,
        None => line,
    };
    let line = line.split(" --hash").next().unwrap_or(line).trim();
    let editable = ["-e ", "--editable ", "--editable="].iter().find_map(|option| line.strip_prefix(option));
    if editable.is_none() && line.starts_with('-') {
        return None;
    }
    parse(editable.unwrap_or(line).trim())
}

/// `name[extra]>=1,<2; marker`, `name @ address`, an address or a path.
pub(crate) fn parse(text: &str) -> Option<Requirement> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Some((name, address)) = text.split_once(" @ ").or_else(|| text.split_once("@ ")) {
        return Some(foreign(&name_of(name), address.trim()));
    }
    if text.contains("://") || text.starts_with('.') || text.starts_with('/') {
        let egg = text.split_once("#egg=").map(|(_, name)| name.split('&').next().unwrap_or(name));
        let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or(text);
        return Some(foreign(&name_of(egg.unwrap_or(last)), text));
    }
    let (requirement, marker) =
        text.split_once(';').map_or((text, None), |(head, marker)| (head, Some(marker)));
    let name = name_of(requirement);
    if name.is_empty() {
        return None;
    }
    let wanted =
        requirement.find(['=', '<', '>', '!', '~']).map_or("", |position| requirement[position..].trim());
    let pin = match wanted {
        "" => Pin::Any,
        _ if wanted.starts_with("==") && !wanted.contains(['*', ',']) => Pin::Exact,
        _ if wanted.starts_with('>') && !wanted.contains('<') => Pin::LowerBound,
        _ => Pin::Range,
    };
    let shown = if wanted.is_empty() { "any version" } else { wanted };
    let mut requirement = Requirement::new(&name, shown, Origin::Registry, pin);
    requirement.optional = marker.is_some();
    Some(requirement)
}

fn name_of(text: &str) -> String {
    let is_part = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    normalised(&text.trim().chars().take_while(is_part).collect::<String>())
}

fn foreign(name: &str, address: &str) -> Requirement {
    let address = address.split(';').next().unwrap_or(address).trim();
    let (origin, pin) = if address.starts_with("git+") || address.contains(".git@") {
        let commit =
            address.rsplit_once('@').map_or("", |(_, after)| after.split('#').next().unwrap_or(after));
        let is_commit = commit.len() >= 7 && commit.chars().all(|letter| letter.is_ascii_hexdigit());
        (Origin::Git, if is_commit { Pin::Exact } else { Pin::Any })
    } else if address.contains("://") && !address.starts_with("file:") {
        (Origin::Url, Pin::Exact)
    } else {
        (Origin::Path, Pin::Exact)
    };
    Requirement::new(name, address, origin, pin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirement_texts_are_read_as_pip_does() {
        for (text, expected) in [
            ("Flask==2.0.1", Some(("flask", Origin::Registry, Pin::Exact))),
            (
                "zope.interface[test]>=5,<6; python_version<'3'",
                Some(("zope-interface", Origin::Registry, Pin::Range)),
            ),
            ("requests", Some(("requests", Origin::Registry, Pin::Any))),
            ("requests>=2", Some(("requests", Origin::Registry, Pin::LowerBound))),
            ("django==4.*", Some(("django", Origin::Registry, Pin::Range))),
            ("a @ git+https://host/a.git@0123abcd", Some(("a", Origin::Git, Pin::Exact))),
            ("-e git+https://host/b.git#egg=b", Some(("b", Origin::Git, Pin::Any))),
            ("https://host/c-1.0.whl", Some(("c-1-0-whl", Origin::Url, Pin::Exact))),
            ("./local", Some(("local", Origin::Path, Pin::Exact))),
            ("-r other.txt", None),
            ("# comment", None),
            ("d==1.0 --hash=sha256:aa", Some(("d", Origin::Registry, Pin::Exact))),
        ] {
            let found = entry(text);
            let found = found.as_ref().map(|found| (found.name.as_str(), found.origin, found.pin));
            assert_eq!(found, expected, "{text}");
        }
    }
}
