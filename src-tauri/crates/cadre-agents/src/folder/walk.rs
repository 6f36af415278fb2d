//! Walking a folder by handle, with the ignore rules of `.gitignore` and `.ignore` files inside it.
//!
//! The `ignore` crate's own walker goes by path, so a directory swapped for a link would lead it out; only its
//! matcher is used here. The user's global ignore file is not read: a walk depends on the folder alone.

use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fs::{Mode, OFlags};

use super::beneath::Links;
use super::relative_path::RelativePath;
use super::{Entry, EntryKind, Folder, FolderError, entries};

/// A larger ignore file is not somebody's ignore file.
const IGNORE_FILE_LIMIT: u64 = 1024 * 1024;

/// What a walk neither shows nor enters, by its path relative to the folder.
#[derive(Clone, Default)]
pub struct LeaveOut(Option<Arc<IsLeftOut>>);

type IsLeftOut = dyn Fn(&Path) -> bool + Send + Sync;

impl LeaveOut {
    pub fn where_true(is_left_out: impl Fn(&Path) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(is_left_out)))
    }

    fn holds(&self, path: &Path) -> bool {
        self.0.as_ref().is_some_and(|is_left_out| is_left_out(path))
    }
}

impl std::fmt::Debug for LeaveOut {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.0.is_some() { "LeaveOut(some)" } else { "LeaveOut(nothing)" })
    }
}

#[derive(Debug, Clone)]
pub struct WalkOptions {
    /// Where to begin, relative to the folder; `""` for all of it.
    pub start: PathBuf,
    /// Obey `.gitignore` and `.ignore`.
    pub ignore_rules: bool,
    /// Show names that begin with a dot. `.git` itself is never entered.
    pub hidden: bool,
    pub leave_out: LeaveOut,
    /// One handle stays open per level.
    pub max_depth: usize,
    /// Entries seen, ignored ones included.
    pub max_entries: u64,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self {
            start: PathBuf::new(),
            ignore_rules: true,
            hidden: false,
            leave_out: LeaveOut::default(),
            max_depth: 64,
            max_entries: 1_000_000,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkEntry {
    /// Relative to the folder.
    pub path: PathBuf,
    pub kind: EntryKind,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WalkSummary {
    pub seen: u64,
    /// A limit ended the walk early, or kept it out of a directory.
    pub cut: bool,
    /// Directories that could not be read, or vanished meanwhile.
    pub unreadable: u64,
}

impl Folder {
    /// Visits files, directories and links in the order of their names, a directory before its content.
    /// Links are shown, never followed.
    pub fn walk(
        &self,
        options: &WalkOptions,
        mut visit: impl FnMut(&WalkEntry) -> ControlFlow<()>,
    ) -> Result<WalkSummary, FolderError> {
        let start = RelativePath::parse(&options.start)?;
        let mut walk =
            Walk { options, visit: &mut visit, rules: Vec::new(), summary: WalkSummary::default() };
        walk.read_rules_above(self, &start)?;
        let directory = self.beneath.directory(&start, Links::Refuse)?;
        let _ = walk.directory(&directory, start.as_path(), 0);
        Ok(walk.summary)
    }
}

struct Walk<'a> {
    options: &'a WalkOptions,
    visit: &'a mut dyn FnMut(&WalkEntry) -> ControlFlow<()>,
    /// From the folder's root inwards; the innermost rule that says something wins.
    rules: Vec<Gitignore>,
    summary: WalkSummary,
}

impl Walk<'_> {
    fn read_rules_above(&mut self, folder: &Folder, start: &RelativePath) -> Result<(), FolderError> {
        let mut above = PathBuf::new();
        for component in start.components() {
            let directory = folder.beneath.directory(&RelativePath::parse(&above)?, Links::Refuse)?;
            self.push_rules(&directory, &above);
            above.push(component);
        }
        Ok(())
    }

    fn directory(&mut self, directory: &OwnedFd, path: &Path, depth: usize) -> ControlFlow<()> {
        let Ok(entries) = entries(directory) else {
            self.summary.unreadable += 1;
            return ControlFlow::Continue(());
        };
        let before = self.rules.len();
        self.push_rules(directory, path);
        let mut flow = ControlFlow::Continue(());
        for entry in &entries {
            flow = self.entry(directory, path, entry, depth);
            if flow.is_break() {
                break;
            }
        }
        self.rules.truncate(before);
        flow
    }

    fn entry(&mut self, directory: &OwnedFd, path: &Path, entry: &Entry, depth: usize) -> ControlFlow<()> {
        if self.summary.seen >= self.options.max_entries {
            self.summary.cut = true;
            return ControlFlow::Break(());
        }
        self.summary.seen += 1;
        let found = WalkEntry { path: path.join(&entry.name), kind: entry.kind };
        if self.is_left_out(entry, &found) {
            return ControlFlow::Continue(());
        }
        (self.visit)(&found)?;
        if entry.kind != EntryKind::Directory {
            return ControlFlow::Continue(());
        }
        if depth >= self.options.max_depth {
            self.summary.cut = true;
            return ControlFlow::Continue(());
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(directory, &entry.name, flags, Mode::empty()) {
            Ok(inner) => self.directory(&inner, &found.path, depth + 1),
            Err(_) => {
                self.summary.unreadable += 1;
                ControlFlow::Continue(())
            }
        }
    }

    fn is_left_out(&self, entry: &Entry, found: &WalkEntry) -> bool {
        let name = entry.name.to_string_lossy();
        if name == ".git" || (name.starts_with('.') && !self.options.hidden) {
            return true;
        }
        if self.options.leave_out.holds(&found.path) {
            return true;
        }
        let is_dir = entry.kind == EntryKind::Directory;
        self.rules
            .iter()
            .rev()
            .map(|rules| rules.matched(&found.path, is_dir))
            .find(|matched| !matched.is_none())
            .is_some_and(|matched| matched.is_ignore())
    }

    /// A broken line in an ignore file is skipped, as git does.
    fn push_rules(&mut self, directory: &OwnedFd, path: &Path) {
        if !self.options.ignore_rules {
            return;
        }
        for name in [".gitignore", ".ignore"] {
            let Some(text) = read_ignore_file(directory, name) else { continue };
            let mut builder = GitignoreBuilder::new(path);
            for line in text.lines() {
                let _ = builder.add_line(None, line);
            }
            self.rules.extend(builder.build());
        }
    }
}

fn read_ignore_file(directory: &OwnedFd, name: &str) -> Option<String> {
    use std::io::Read;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, name, flags, Mode::empty()).ok()?;
    let stat = rustix::fs::fstat(&file).ok()?;
    if EntryKind::of(&stat) != EntryKind::File {
        return None;
    }
    let mut bytes = Vec::new();
    std::fs::File::from(file).take(IGNORE_FILE_LIMIT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
