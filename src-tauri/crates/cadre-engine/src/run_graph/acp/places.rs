//! What the walls around an agent program let through, worked out before a person is asked: the action names every place,
//! and the walls are built from the action alone.

use std::path::{Path, PathBuf};

use cadre_core::effect::Action;
use serde::{Deserialize, Serialize};

/// Canonical, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Places {
    pub(super) reads: Vec<String>,
    pub(super) writes: Vec<String>,
}

impl Places {
    /// # Errors
    /// A place is not there, or cannot be shown as it is; says which.
    pub(super) fn of(
        reads: impl IntoIterator<Item = PathBuf>,
        writes: impl IntoIterator<Item = PathBuf>,
    ) -> Result<Places, String> {
        Ok(Places { reads: canonical(reads)?, writes: canonical(writes)? })
    }
}

fn canonical(paths: impl IntoIterator<Item = PathBuf>) -> Result<Vec<String>, String> {
    let mut places = Vec::new();
    for path in paths {
        let real = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
        let place = real.into_os_string().into_string().map_err(|path| format!("{path:?} is not UTF-8"))?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(places)
}

/// Right before acting: each place is still where it was when a person agreed to it. A link that was put there since
/// would lead through the walls.
///
/// # Errors
/// Says which place has changed.
pub(super) fn as_approved(action: &Action) -> Result<(), String> {
    let Action::RunProgram { reads, writes, .. } = action else { return Ok(()) };
    for place in reads.iter().chain(writes) {
        match Path::new(place).canonicalize() {
            Ok(real) if real == Path::new(place) => {}
            Ok(real) => {
                return Err(format!("{place} was approved, and it leads to {} now", real.display()));
            }
            Err(error) => return Err(format!("{place} was approved: {error}")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cadre_core::effect::Recovery;
    use std::os::unix::fs::symlink;

    fn started(places: &Places) -> Action {
        Action::RunProgram {
            program: "/bin/agent".into(),
            program_sha256: None,
            args: vec![],
            folder: "/f".into(),
            env_names: vec![],
            stdin: String::new(),
            stdin_sha256: String::new(),
            network: true,
            writable: true,
            reads: places.reads.clone(),
            writes: places.writes.clone(),
            seconds: 60,
            output_mib: 1,
            recovery: Recovery::Repeat,
            host: "h".into(),
        }
    }

    #[test]
    fn places_are_canonical_and_a_link_put_there_since_voids_them() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let root = root.path().canonicalize().expect("it is there");
        let (home, keys, link) = (root.join("home"), root.join("keys"), root.join("link"));
        for folder in [&home, &keys] {
            std::fs::create_dir(folder).expect("is made");
        }
        symlink(&keys, &link).expect("is made");
        let text = |path: &Path| path.to_str().expect("is UTF-8").to_owned();
        let places = Places::of([link.clone(), keys.clone()], [home.clone()]).expect("all are there");
        let expected = Places { reads: vec![text(&keys)], writes: vec![text(&home)] };
        assert_eq!(places, expected, "what a link leads to is shown, and once");
        let action = started(&places);
        as_approved(&action).expect("nothing has changed");

        std::fs::remove_dir(&home).expect("is empty");
        let gone = as_approved(&action).expect_err("it is not there");
        assert!(gone.starts_with(&text(&home)), "{gone}");
        symlink(&keys, &home).expect("is made");
        let led_away = as_approved(&action).expect_err("it leads elsewhere");
        assert!(led_away.contains(&format!("leads to {} now", keys.display())), "{led_away}");
        assert!(Places::of([root.join("nowhere")], []).is_err_and(|why| why.contains("nowhere")));
    }
}
