//! SHA-256 of files of any size in bounded memory.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Large enough that reading, not the call, is what costs; small enough for a stack of files at once.
const CHUNK: usize = 64 * 1024;

/// The SHA-256 of a file's content; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileHash([u8; 32]);

impl FileHash {
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads to the end, one chunk at a time.
    pub fn of_reader(reader: &mut impl Read) -> io::Result<Self> {
        let mut hasher = HashingReader::new(reader);
        io::copy(&mut hasher, &mut io::sink())?;
        Ok(hasher.finish().0)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for FileHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileHash({self})")
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not a SHA-256: 64 hexadecimal digits are needed")]
pub struct ParseFileHashError {
    text: String,
}

impl FromStr for FileHash {
    type Err = ParseFileHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| ParseFileHashError { text: text.to_owned() })?;
        Ok(Self(bytes))
    }
}

/// Passes a reader's bytes on and hashes them on the way, so that a copy and its hash cannot differ.
pub(crate) struct HashingReader<R> {
    inner: R,
    hasher: Sha256,
    len: u64,
}

impl<R: Read> HashingReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new(), len: 0 }
    }

    /// The hash and the number of the bytes that went through.
    pub(crate) fn finish(self) -> (FileHash, u64) {
        (FileHash(self.hasher.finalize().into()), self.len)
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(CHUNK);
        let read = self.inner.read(&mut buffer[..wanted])?;
        self.hasher.update(&buffer[..read]);
        self.len += read as u64;
        Ok(read)
    }
}
