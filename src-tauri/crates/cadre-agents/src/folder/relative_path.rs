//! A path that was checked to name something beneath a root before any system call sees it.
//!
//! The check is lexical and only the first of two: links are the business of `beneath`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use super::FolderError;

/// Prefix of the temporary files of atomic writes; nobody else may create such a name.
pub(crate) const TEMPORARY_PREFIX: &str = ".cadre-tmp-";

/// Normal components only; empty for the root itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RelativePath(PathBuf);

impl RelativePath {
    pub(crate) fn parse(path: &Path) -> Result<Self, FolderError> {
        if path.as_os_str().as_bytes().contains(&0) {
            return Err(FolderError::InvalidPath { path: path.to_owned(), reason: "it contains a NUL byte" });
        }
        let mut normal = PathBuf::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => normal.push(name),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(FolderError::OutsideRoot { path: path.to_owned() });
                }
            }
        }
        Ok(Self(normal))
    }

    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn components(&self) -> impl Iterator<Item = &OsStr> {
        self.0.components().map(Component::as_os_str)
    }

    /// Parent and last name; an error for the root, which has neither.
    pub(crate) fn split(&self) -> Result<(Self, &OsStr), FolderError> {
        match (self.0.parent(), self.0.file_name()) {
            (Some(parent), Some(name)) => Ok((Self(parent.to_owned()), name)),
            _ => Err(FolderError::InvalidPath { path: self.0.clone(), reason: "it names the folder itself" }),
        }
    }

    /// Refuses names that cannot be checked out on every system, or that belong to Cadre itself.
    ///
    /// Only creating asks: a repository that already has an `aux.c` must stay editable.
    pub(crate) fn check_creatable(&self) -> Result<(), FolderError> {
        match self.components().find_map(reserved) {
            Some(reason) => Err(FolderError::InvalidPath { path: self.0.clone(), reason }),
            None => Ok(()),
        }
    }
}

fn reserved(name: &OsStr) -> Option<&'static str> {
    let bytes = name.as_bytes();
    if bytes.starts_with(TEMPORARY_PREFIX.as_bytes()) {
        return Some("names that begin with .cadre-tmp- are temporary files of Cadre");
    }
    if bytes.ends_with(b".") || bytes.ends_with(b" ") {
        return Some("a name that ends in a dot or a space is another name on Windows");
    }
    if bytes.iter().any(|byte| matches!(byte, b'\\' | b':' | b'\x01'..=b'\x1f')) {
        return Some("backslash, colon and control characters mean something else elsewhere");
    }
    let stem = bytes.split(|byte| *byte == b'.').next().unwrap_or_default().to_ascii_lowercase();
    let device = match stem.as_slice() {
        b"con" | b"prn" | b"aux" | b"nul" => true,
        [b'c', b'o', b'm', digit] | [b'l', b'p', b't', digit] => digit.is_ascii_digit(),
        _ => false,
    };
    device.then_some("it is the name of a device on Windows")
}
