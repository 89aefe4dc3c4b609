//! Files too large for memory: read line by line, written piece by piece.
//!
//! Like the rest of `disk` it does not know what the bytes mean.
#![expect(clippy::disallowed_methods, reason = "all others come here for the file system")]

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::fault::{Kind, change};
use super::{DiskError, attempt, folder, hex, sync_folder};

/// A longer line ends the reading with an error, rather than memory running out.
pub(super) const LINE_BYTES_MAX: u64 = 1 << 30;

/// Gives every line of a regular file to `each`, with its line feed where it has one.
pub fn each_line(path: &Path, mut each: impl FnMut(&[u8])) -> Result<(), DiskError> {
    let file = attempt("read", path, File::open(path))?;
    let is_file = attempt("read", path, file.metadata())?.is_file();
    let fail = |message: &str| attempt("read", path, Err(io::Error::other(message.to_string())));
    if !is_file {
        return fail("it is not a regular file");
    }
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        match attempt("read", path, read)? {
            0 => return Ok(()),
            n if n as u64 == LINE_BYTES_MAX && line.last() != Some(&b'\n') => {
                return fail("it has a line of more than a gigabyte");
            }
            _ => each(&line),
        }
    }
}

/// A regular file to be read piece by piece.
pub fn reader(path: &Path) -> Result<Box<dyn io::Read>, DiskError> {
    let file = attempt("read", path, File::open(path))?;
    if !attempt("read", path, file.metadata())?.is_file() {
        return attempt("read", path, Err(io::Error::other("it is not a regular file")));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

/// SHA-256 of a file in lower-case hexadecimal, whatever its size.
pub fn digest(path: &Path) -> Result<String, DiskError> {
    let (mut file, mut digest) = (reader(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match attempt("read", path, file.read(&mut buffer))? {
            0 => return Ok(hex(&digest.finalize())),
            n => digest.update(&buffer[..n]),
        }
    }
}

/// The bytes of a file.
pub fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|meta| meta.len())
}

/// Gives a file another name in its folder, in place of one that has it.
pub fn rename(from: &Path, to: &Path) -> Result<(), DiskError> {
    attempt("rename", from, change(Kind::Rename, to, || fs::rename(from, to)))?;
    sync_folder(folder(to))
}
