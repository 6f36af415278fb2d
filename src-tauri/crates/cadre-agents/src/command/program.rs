//! Which file a program's name means, and whether a command can be handed to a program at all.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{CommandError, CommandSpec};
use crate::folder::FileHash;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedProgram {
    /// Absolute; a link is kept, since programs behave by the name they are called.
    pub path: PathBuf,
    /// The file behind all links.
    pub real_path: PathBuf,
    /// Set unless the file and the name that led to it lie in the system's own folders: anywhere else it can change.
    pub sha256: Option<FileHash>,
}

#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("the program {name:?} was not found")]
    NotFound { name: String },
    #[error("{name:?} cannot be the name of a program")]
    InvalidName { name: String },
    #[error("{} is a directory, not a program", path.display())]
    IsDirectory { path: PathBuf },
    #[error("{} may not be executed", path.display())]
    NotExecutable { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Finds the file that `name` means in `cwd`: with a slash, that file; without, the first of its name in
/// `path_dirs`. Relative entries of a path are skipped, or a project could shadow a system program.
pub fn resolve_program(
    name: &str,
    path_dirs: &[PathBuf],
    cwd: &Path,
    project: &Path,
) -> Result<ResolvedProgram, ResolveError> {
    if name.is_empty() || name.contains('\0') || name == "." || name == ".." {
        return Err(ResolveError::InvalidName { name: name.to_owned() });
    }
    if name.contains('/') {
        let path = cwd.join(name);
        return match executable(&path)? {
            true => resolved(&path, project),
            false => Err(ResolveError::NotFound { name: name.to_owned() }),
        };
    }
    resolved(&locate_program(name, path_dirs)?, project)
}

/// The first executable file of this name; nothing of it is read.
pub fn locate_program(name: &str, path_dirs: &[PathBuf]) -> Result<PathBuf, ResolveError> {
    let mut refused = None;
    for directory in path_dirs.iter().filter(|directory| directory.is_absolute()) {
        let path = directory.join(name);
        match executable(&path) {
            Ok(true) => return Ok(path),
            Ok(false) => {}
            // A later entry may hold the real one, as shells search.
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or(ResolveError::NotFound { name: name.to_owned() }))
}

/// Where only the system's own programs lie, and a change needs its administrator. `/opt` is not among them: what
/// lies there is often its user's.
const SYSTEM: [&str; 9] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/run/current-system/sw", "/System"];

fn is_of_the_system(path: &Path) -> bool {
    SYSTEM.iter().any(|folder| path.starts_with(folder))
}

fn executable(path: &Path) -> Result<bool, ResolveError> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(ResolveError::IsDirectory { path: path.to_owned() }),
        Ok(metadata) if metadata.is_file() && metadata.permissions().mode() & 0o111 != 0 => Ok(true),
        Ok(_) => Err(ResolveError::NotExecutable { path: path.to_owned() }),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(source) => Err(ResolveError::Io { path: path.to_owned(), source }),
    }
}

fn resolved(path: &Path, project: &Path) -> Result<ResolvedProgram, ResolveError> {
    let failed = |source| ResolveError::Io { path: path.to_owned(), source };
    let real_path = path.canonicalize().map_err(failed)?;
    let project = project.canonicalize().unwrap_or_else(|_| project.to_owned());
    let parent = path.parent().unwrap_or(path).canonicalize().map_err(failed)?;
    let can_change = |path: &Path| path.starts_with(&project) || !is_of_the_system(path);
    let sha256 = if can_change(&real_path) || can_change(&parent) {
        Some(hash_of(&real_path).map_err(failed)?)
    } else {
        None
    };
    let path = path.file_name().map_or(real_path.clone(), |name| parent.join(name));
    Ok(ResolvedProgram { path, real_path, sha256 })
}

fn hash_of(path: &Path) -> io::Result<FileHash> {
    FileHash::of_reader(&mut std::fs::File::open(path)?)
}

/// A helper program that is shipped in the same folder as this one (`cadre-exec`, a function agent).
pub fn find_beside_current_exe(name: &str) -> Option<PathBuf> {
    let myself = std::env::current_exe().ok()?;
    let folder = myself.parent()?;
    // Cargo puts test programs one folder below the others.
    let above = folder.parent().filter(|_| folder.ends_with("deps"));
    let file_name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    [Some(folder), above]
        .into_iter()
        .flatten()
        .map(|folder| folder.join(&file_name))
        .find(|path| path.is_file())
}

/// Refuses what cannot be handed over, and a program that is not what was approved.
pub(super) async fn check(spec: CommandSpec) -> Result<CommandSpec, CommandError> {
    check_text(&spec)?;
    // Hashing a large program takes a while and must not hold up others.
    tokio::task::spawn_blocking(move || check_program(&spec).map(|()| spec)).await.map_err(|error| {
        CommandError::Io { doing: "checking the program", source: io::Error::other(error) }
    })?
}

fn check_text(spec: &CommandSpec) -> Result<(), CommandError> {
    for (name, value) in &spec.env {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(CommandError::EnvironmentName { name: name.clone() });
        }
        if value.contains('\0') {
            return Err(CommandError::ContainsNul { what: "the environment" });
        }
    }
    if spec.args.iter().any(|argument| argument.contains('\0')) {
        return Err(CommandError::ContainsNul { what: "an argument" });
    }
    let paths = spec.read_only.iter().chain(&spec.read_write).chain([&spec.program, &spec.cwd]);
    for path in paths {
        let text = path.to_str().ok_or_else(|| CommandError::NotUtf8 { path: path.clone() })?;
        if text.contains('\0') {
            return Err(CommandError::ContainsNul { what: "a path" });
        }
        if !path.is_absolute() {
            return Err(CommandError::NotAbsolute { path: path.clone() });
        }
    }
    Ok(())
}

fn check_program(spec: &CommandSpec) -> Result<(), CommandError> {
    let program = spec.program.clone();
    match executable(&program) {
        Ok(true) => {}
        Ok(false) => return Err(CommandError::ProgramNotFound { program }),
        Err(ResolveError::IsDirectory { .. }) => return Err(CommandError::ProgramIsDirectory { program }),
        Err(ResolveError::Io { source, .. }) => return Err(CommandError::Execute { program, source }),
        Err(_) => return Err(CommandError::NotExecutable { program }),
    }
    if let Some(approved) = spec.program_sha256 {
        match hash_of(&program) {
            Ok(found) if found == approved => {}
            Ok(_) => return Err(CommandError::ProgramChanged { program }),
            Err(source) => return Err(CommandError::Execute { program, source }),
        }
    }
    Ok(())
}
