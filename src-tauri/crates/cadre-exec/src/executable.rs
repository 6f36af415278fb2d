//! The file that is started: what was approved, looked at by the same handle that is executed.
//!
//! A binary is executed by its handle, so that a file put under its name meanwhile is not reached. What remains is the
//! instant between the look and the start in which somebody writes into the file itself. A script's interpreter opens
//! it once more by its name, so for scripts the instant lasts until the interpreter has read it.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use cadre_exec::{Spec, Stage};
use sha2::{Digest, Sha256};

use crate::control::Failure;

pub(crate) struct Executable {
    /// What is handed to the system: the name, or the handle by which the content was looked at.
    pub(crate) path: PathBuf,
    /// Open until the program was started.
    _handle: Option<File>,
}

impl Executable {
    pub(crate) fn open(spec: &Spec, program: &Path) -> Result<Self, Failure> {
        let Some(wanted) = &spec.program_sha256 else {
            return Ok(Self { path: program.to_owned(), _handle: None });
        };
        let failed = |error: io::Error| Failure {
            stage: Stage::Execute,
            errno: error.raw_os_error(),
            message: format!("{}: {error}", program.display()),
        };
        let mut file = File::open(program).map_err(failed)?;
        if !hash_of(&mut file).map_err(failed)?.eq_ignore_ascii_case(wanted) {
            let message = format!("{} has changed since it was approved", program.display());
            return Err(Failure { stage: Stage::Changed, errno: None, message });
        }
        let by_handle = cfg!(target_os = "linux") && !is_script(&mut file).map_err(failed)?;
        let path = match by_handle {
            true => PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())),
            false => program.to_owned(),
        };
        Ok(Self { path, _handle: Some(file) })
    }
}

fn hash_of(file: &mut File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => hasher.update(&chunk[..read]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn is_script(file: &mut File) -> io::Result<bool> {
    let mut start = [0; 2];
    file.rewind()?;
    Ok(file.read(&mut start)? == 2 && start == *b"#!")
}
