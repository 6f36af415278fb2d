//! What git prints for programs, as types. Names of files are bytes and stay so until they are shown.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::{GitError, Head};

/// `status --porcelain=v2 --branch -z`, without renames.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) head: Head,
    /// Everything that differs from the newest commit, in git's order.
    pub(super) dirty: Vec<PathBuf>,
    /// Those of them that a merge left open.
    pub(super) unmerged: Vec<PathBuf>,
    /// Of `dirty`, those that git does not know yet.
    pub(super) untracked: Vec<PathBuf>,
}

pub(super) fn status(output: &[u8]) -> Result<Status, GitError> {
    let mut status =
        Status { head: Head::Unborn, dirty: Vec::new(), unmerged: Vec::new(), untracked: Vec::new() };
    let (mut commit, mut branch) = (None, None);
    for record in records(output) {
        let odd = || odd("status", record);
        if let Some(oid) = record.strip_prefix(b"# branch.oid ") {
            commit = (oid != b"(initial)").then(|| object_id(oid)).transpose()?;
            continue;
        }
        if let Some(name) = record.strip_prefix(b"# branch.head ") {
            branch = (name != b"(detached)").then(|| String::from_utf8_lossy(name).into_owned());
            continue;
        }
        // How many fields stand before the path, which may itself hold spaces.
        let fields = match record.first() {
            Some(b'#') => continue,
            Some(b'1') => 8,
            Some(b'u') => 10,
            Some(b'?') => 1,
            _ => return Err(odd()),
        };
        let path = path(record.splitn(fields + 1, |byte| *byte == b' ').nth(fields).ok_or_else(odd)?);
        match record[0] {
            b'u' => status.unmerged.push(path.clone()),
            b'?' => status.untracked.push(path.clone()),
            _ => {}
        }
        status.dirty.push(path);
    }
    status.head = match (commit, branch) {
        (None, _) => Head::Unborn,
        (Some(commit), Some(name)) => Head::Branch { name, commit },
        (Some(commit), None) => Head::Detached { commit },
    };
    Ok(status)
}

/// A linked or main worktree of `worktree list --porcelain -z`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedWorktree {
    pub path: PathBuf,
    /// Without `refs/heads/`; `None` when it is on no branch.
    pub branch: Option<String>,
}

pub(super) fn worktrees(output: &[u8]) -> Vec<ListedWorktree> {
    let mut listed: Vec<ListedWorktree> = Vec::new();
    for record in records(output) {
        if let Some(at) = record.strip_prefix(b"worktree ") {
            listed.push(ListedWorktree { path: path(at), branch: None });
        } else if let (Some(name), Some(last)) =
            (record.strip_prefix(b"branch refs/heads/"), listed.last_mut())
        {
            last.branch = Some(String::from_utf8_lossy(name).into_owned());
        }
    }
    listed
}

/// `merge-tree --write-tree --name-only -z --no-messages`: the tree, then the paths in conflict.
pub(super) fn merged_tree(output: &[u8]) -> Result<(String, Vec<PathBuf>), GitError> {
    let mut parts = output.split(|byte| *byte == 0);
    let tree = object_id(parts.next().unwrap_or_default())?;
    let mut conflicts: Vec<PathBuf> = parts.take_while(|name| !name.is_empty()).map(path).collect();
    conflicts.dedup();
    Ok((tree, conflicts))
}

/// `--name-only -z`.
pub(super) fn paths(output: &[u8]) -> Vec<PathBuf> {
    records(output).map(path).collect()
}

pub(super) fn object_id(text: &[u8]) -> Result<String, GitError> {
    let text = text.trim_ascii();
    let is_id = matches!(text.len(), 40 | 64) && text.iter().all(u8::is_ascii_hexdigit);
    match is_id {
        true => Ok(String::from_utf8_lossy(text).into_owned()),
        false => Err(odd("an object id", text)),
    }
}

fn records(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    output.split(|byte| *byte == 0).filter(|record| !record.is_empty())
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

fn odd(what: &'static str, record: &[u8]) -> GitError {
    let said = String::from_utf8_lossy(&record[..record.len().min(200)]).into_owned();
    GitError::OddOutput { what, said }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789012345678901234567890123456789";

    #[test]
    fn a_status_is_read_whatever_the_names_are() {
        let output = format!(
            "# branch.oid {ID}\0# branch.head main\0# branch.upstream origin/main\0\
             1 .M N... 100644 100644 100644 {ID} {ID}  a b\n? c\0\
             u UU N... 100644 100644 100644 100644 {ID} {ID} {ID} 1 .M\0? -rf ~\0"
        );
        let found = status(output.as_bytes()).expect("it is what git prints");
        assert_eq!(found.head, Head::Branch { name: "main".into(), commit: ID.into() });
        let names = |paths: &[PathBuf]| paths.iter().map(|it| it.display().to_string()).collect::<Vec<_>>();
        assert_eq!(names(&found.dirty), [" a b\n? c", "1 .M", "-rf ~"], "a name is never taken for a record");
        assert_eq!(names(&found.unmerged), ["1 .M"]);
        assert_eq!(names(&found.untracked), ["-rf ~"]);
        let bytes = status(b"? \xff\0").expect("names are bytes");
        assert_eq!((bytes.head, bytes.dirty[0].as_os_str().as_bytes()), (Head::Unborn, b"\xff".as_slice()));
    }

    #[test]
    fn heads_are_told_apart() {
        for (output, expected) in [
            ("# branch.oid (initial)\0# branch.head main\0".to_owned(), Head::Unborn),
            (format!("# branch.oid {ID}\0# branch.head (detached)\0"), Head::Detached { commit: ID.into() }),
        ] {
            assert_eq!(status(output.as_bytes()).expect("is read").head, expected, "{output:?}");
        }
    }

    #[test]
    fn what_git_does_not_print_is_refused() {
        for garbage in ["x y z\0", "1 .M\0", "2 R. N... a b\0", "# branch.oid --upload-pack=x\0"] {
            assert!(status(garbage.as_bytes()).is_err(), "{garbage:?}");
        }
        assert!(merged_tree(b"conflict\0a\0").is_err());
        assert_eq!(object_id(format!("{ID}\n").as_bytes()).expect("is one"), ID);
    }

    #[test]
    fn worktrees_and_conflicts_are_listed() {
        let output = format!(
            "worktree /a b\0HEAD {ID}\0branch refs/heads/cadre/x\0\0worktree /c\0HEAD {ID}\0detached\0\0"
        );
        let listed = worktrees(output.as_bytes());
        assert_eq!(
            listed.iter().map(|it| (it.path.display().to_string(), it.branch.as_deref())).collect::<Vec<_>>(),
            [("/a b".to_owned(), Some("cadre/x")), ("/c".to_owned(), None)]
        );
        let (tree, conflicts) =
            merged_tree(format!("{ID}\0a\0a\0b c\0\0noise\0").as_bytes()).expect("is read");
        assert_eq!((tree.as_str(), conflicts), (ID, vec![PathBuf::from("a"), PathBuf::from("b c")]));
    }
}
