//! The file by which programs of this user find the server: its address and a bearer. Only the user can read it.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::secret::Secret;

#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: other users can look into this folder", path.display())]
    Open { path: PathBuf },
}

/// Removed when dropped.
pub(crate) struct TokenFile {
    path: PathBuf,
    content: Vec<u8>,
}

#[derive(Serialize)]
struct Content<'a> {
    url: String,
    bearer: &'a str,
}

impl TokenFile {
    /// Writes the file anew, in one step: who reads it sees the old one or the new one.
    pub(crate) fn write(path: &Path, address: SocketAddr, bearer: &Secret) -> Result<Self, TokenFileError> {
        let failed = |source| TokenFileError::Io { path: path.to_owned(), source };
        let folder = path.parent().unwrap_or(Path::new("."));
        private_folder(folder)?;
        let content = Content { url: format!("http://{address}"), bearer: bearer.reveal() };
        let mut content = serde_json::to_vec(&content).map_err(|error| failed(error.into()))?;
        content.push(b'\n');
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}", std::process::id()));
        let fresh = path.with_file_name(name);
        // One that is left of a process with the same number, which is gone.
        let _ = fs::remove_file(&fresh);
        let written = create_private(&fresh).and_then(|mut file| {
            file.write_all(&content)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&fresh, path)).map_err(failed)?;
        Ok(TokenFile { path: path.to_owned(), content })
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        // A server that was started since has put its own file there.
        if fs::read(&self.path).is_ok_and(|found| found == self.content)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "the token file stays behind; its bearer no longer works");
        }
    }
}

/// Makes the folder for this user only, or checks that it is. An existing folder is never changed: it may be shared
/// for a reason.
fn private_folder(folder: &Path) -> Result<(), TokenFileError> {
    let failed = |source| TokenFileError::Io { path: folder.to_owned(), source };
    if !folder.exists() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(failed)?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(TokenFileError::Open { path: folder.to_owned() });
        }
    }
    Ok(())
}

fn create_private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
