//! What the walls around an agent program let through, worked out before a person is asked: the action names every place,
//! and the walls are built from the action alone.

use std::path::PathBuf;

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    #[test]
    fn places_are_canonical_and_each_is_shown_once() {
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
        assert!(Places::of([root.join("nowhere")], []).is_err_and(|why| why.contains("nowhere")));
    }
}
