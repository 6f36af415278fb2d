//! What a command may see, worked out once from the specification: no place leads elsewhere, contradictions refused.

use std::path::{Path, PathBuf};

use cadre_exec::{ContainmentLevel, Spec};

use crate::control::Failure;
use crate::place::Handle;
#[cfg(target_os = "linux")]
use crate::place::Identity;

/// Programs and libraries of the system, and the part of `/etc` without which they do not work. Nothing here
/// holds a user's data or a secret.
pub(crate) const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/run/current-system/sw",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/crypto-policies",
    "/etc/debian_version",
    "/etc/fonts",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/java",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/magic",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/terminfo",
    "/etc/timezone",
];

/// The system's own trees, which no specification may replace.
const NEVER: &[&str] = &["/proc", "/dev", "/sys"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    Hidden,
    ReadOnly,
    ReadWrite,
}

#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) access: Access,
    /// Of what was permitted by its path. A program keeps its name, which may be a link; its content is looked at.
    pub(crate) handle: Option<Handle>,
}

#[derive(Debug)]
pub(crate) struct Layout {
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "walls are built on Linux only"))]
    /// Ordered so that a deeper place comes after what it lies in, and wins.
    pub(crate) places: Vec<Place>,
    pub(crate) program: PathBuf,
    pub(crate) cwd: Handle,
}

impl Layout {
    pub(crate) fn of(spec: &Spec) -> Result<Self, Failure> {
        let mut places = Vec::new();
        for (paths, access) in [(&spec.read_only, Access::ReadOnly), (&spec.read_write, Access::ReadWrite)] {
            for path in paths {
                places.push(permitted(path, access)?);
            }
        }
        let (program, cwd) = (keeping_its_name(&spec.program)?, Handle::open(&spec.cwd)?);
        let hidden: Vec<PathBuf> = spec.hidden.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let not_own = places.iter().map(|place| &place.path).filter(|path| !spec.own.contains(path));
        for permitted in not_own.chain([&program]) {
            refuse_in_hidden(permitted, &hidden)?;
        }
        if program.is_file() && !is_visible(&places, &program) {
            places.push(Place { path: program.clone(), access: Access::ReadOnly, handle: None });
        }
        // What lies in no permitted place is not visible in the first place.
        for path in hidden.into_iter().filter(|path| is_visible(&places, path)).collect::<Vec<_>>() {
            refuse_without_namespaces(spec.level, &path)?;
            places.extend(held_in_place(&places, &path)?);
            places.push(Place { path, access: Access::Hidden, handle: None });
        }
        places.sort_by_key(|place| (place.path.components().count(), place.path.clone(), place.access));
        // Of two wishes for one path the stricter comes first and stays.
        places.dedup_by(|later, earlier| later.path == earlier.path);
        Ok(Self { places, program, cwd })
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn with(&self, access: Access) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(move |place| place.access == access)
    }

    /// What the permitted places are.
    #[cfg(target_os = "linux")]
    pub(crate) fn identities(&self) -> Vec<(PathBuf, Identity)> {
        let of = |place: &Place| Some((place.path.clone(), place.handle.as_ref()?.identity));
        self.places.iter().filter_map(of).collect()
    }
}

fn is_visible(places: &[Place], path: &Path) -> bool {
    beneath_any(path, SYSTEM) || places.iter().any(|place| path.starts_with(&place.path))
}

/// Landlock permits whole trees; it cannot take a part back out. Without any walls nothing is promised.
fn refuse_without_namespaces(level: ContainmentLevel, hidden: &Path) -> Result<(), Failure> {
    if level == ContainmentLevel::Partly {
        return Err(Failure::spec(format!(
            "{} is to be hidden and lies in a permitted folder; without bubblewrap that cannot be done",
            hidden.display()
        )));
    }
    Ok(())
}

/// The folders that lead to a hidden place and could be moved away with it, to where nobody hides it: as places of their
/// own they stay where they are.
fn held_in_place(places: &[Place], hidden: &Path) -> Result<Vec<Place>, Failure> {
    let can_move = |folder: &Path| {
        let around = places.iter().filter(|place| folder.starts_with(&place.path));
        let nearest = around.max_by_key(|place| place.path.components().count());
        nearest.is_some_and(|place| place.access == Access::ReadWrite && place.path != folder)
    };
    let leading = hidden.ancestors().skip(1).filter(|folder| can_move(folder));
    leading.map(|folder| permitted(folder, Access::ReadWrite)).collect()
}

/// Of two wishes for one place none is silently dropped.
fn refuse_in_hidden(permitted: &Path, hidden: &[PathBuf]) -> Result<(), Failure> {
    let Some(around) = hidden.iter().find(|hidden| permitted.starts_with(hidden)) else { return Ok(()) };
    Err(Failure::spec(format!(
        "{} is permitted and lies in {}, which is to be hidden",
        permitted.display(),
        around.display()
    )))
}

fn permitted(path: &Path, access: Access) -> Result<Place, Failure> {
    let handle = Handle::open(path)?;
    let path: PathBuf = path.components().collect(); // without a slash at its end
    if path.parent().is_none() || beneath_any(&path, NEVER) {
        return Err(Failure::spec(format!("{} cannot be permitted as a whole", path.display())));
    }
    Ok(Place { path, access, handle: Some(handle) })
}

/// Links above the program are resolved, its own name is not: programs behave by the name they are called.
fn keeping_its_name(program: &Path) -> Result<PathBuf, Failure> {
    match (program.parent(), program.file_name()) {
        // A missing program is for the attempt to execute it to tell.
        (Some(parent), Some(name)) => {
            Ok(parent.canonicalize().map_or(program.to_owned(), |at| at.join(name)))
        }
        _ => Err(Failure::spec(format!("{} does not name a program", program.display()))),
    }
}

fn beneath_any(path: &Path, roots: &[&str]) -> bool {
    roots.iter().any(|root| path.starts_with(root))
}
