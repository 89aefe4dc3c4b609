//! The only file that touches the file system: read, atomic replace, append log, hash, lock.
//!
//! It does not know what the bytes mean. Errors name the path and what was tried.
#![expect(clippy::disallowed_methods, reason = "all others come here for the file system")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// A failed operation on a path.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`: {source}", shown(path))]
pub struct DiskError {
    pub action: &'static str,
    pub path: PathBuf,
    pub source: io::Error,
}

/// A path as messages and results show it: `/` on every system.
pub fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn attempt<T>(action: &'static str, path: &Path, result: io::Result<T>) -> Result<T, DiskError> {
    result.map_err(|source| DiskError { action, path: path.to_path_buf(), source })
}

/// Largest file that is read whole. Beyond it the message says so, rather than memory running out.
pub const FILE_BYTES_MAX: u64 = 4 << 30;

/// The bytes of a regular file of at most [`FILE_BYTES_MAX`].
pub fn read(path: &Path) -> Result<Vec<u8>, DiskError> {
    read_at_most(path, FILE_BYTES_MAX)
}

/// The bytes of a regular file of at most `limit` bytes.
pub fn read_at_most(path: &Path, limit: u64) -> Result<Vec<u8>, DiskError> {
    let fail = |message: String| DiskError {
        action: "read",
        path: path.to_path_buf(),
        source: io::Error::other(message),
    };
    let file = attempt("read", path, File::open(path))?;
    let meta = attempt("read", path, file.metadata())?;
    if !meta.is_file() {
        return Err(fail("it is not a regular file".into()));
    }
    let too_large = || fail(format!("it is larger than {}", crate::text::bytes(limit)));
    if meta.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    attempt("read", path, file.take(limit + 1).read_to_end(&mut bytes))?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// The absolute path with links resolved.
pub fn canonical(path: &Path) -> Result<PathBuf, DiskError> {
    attempt("find", path, fs::canonicalize(path))
}

/// Paths of the entries of a folder, sorted by name.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let mut paths = Vec::new();
    for entry in attempt("list", folder, fs::read_dir(folder))? {
        paths.push(attempt("list", folder, entry)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Makes the folder and its parents.
pub fn create_folder(path: &Path) -> Result<(), DiskError> {
    attempt("create the folder", path, fs::create_dir_all(path))
}

pub fn remove_file(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => attempt("remove", path, other),
    }
}

/// Removes a folder that is empty; one that is not stays.
pub fn remove_empty_folder(path: &Path) {
    let _ = fs::remove_dir(path);
}

/// Replaces a file whole: write beside it, sync, rename, sync the folder. A reader sees the old bytes or the new, never a part.
/// A file that holds these bytes already is left alone.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = folder.join(format!(".{name}.part"));
    if fs::read(path).is_ok_and(|old| old == bytes) {
        let _ = fs::remove_file(&part); // Of a process that was killed.
        return Ok(());
    }
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&part, path));
    if renamed.is_err() {
        let _ = fs::remove_file(&part);
    }
    attempt("write", path, renamed)?;
    sync_folder(folder);
    Ok(())
}

/// Makes a rename durable where the system can; a system that cannot open folders loses nothing but that.
fn sync_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        let _ = handle.sync_all();
    }
}

/// A file that only grows, a line at a time.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Opens for appending after the first `keep` bytes; what lies behind them (a torn line) is cut off.
    pub fn open(path: &Path, keep: u64) -> Result<Log, DiskError> {
        let file = OpenOptions::new().create(true).read(true).append(true).open(path);
        let file = attempt("open", path, file)?;
        attempt("open", path, file.set_len(keep))?;
        Ok(Log { path: path.to_path_buf(), file })
    }

    /// Appends `line` and a line feed in one write.
    pub fn append(&mut self, line: &str) -> Result<(), DiskError> {
        let bytes = format!("{line}\n");
        attempt("append to", &self.path, self.file.write_all(bytes.as_bytes()))
    }

    /// What was appended survives a power cut after this.
    pub fn sync(&mut self) -> Result<(), DiskError> {
        attempt("sync", &self.path, self.file.sync_data())
    }
}

/// Why a lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it; `owner` is what that process wrote into it.
    #[error("another runner holds `{}` ({owner})", shown(path))]
    Held { path: PathBuf, owner: String },
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// Held until dropped. The system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock file at `path`, or says who holds it. `owner` is for the other's message and must tell processes apart.
    pub fn take(path: &Path, owner: &str) -> Result<Lock, LockError> {
        loop {
            let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
            let mut file = attempt("open", path, file)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut owner = String::new();
                    let _ = file.read_to_string(&mut owner);
                    return Err(LockError::Held { path: path.to_path_buf(), owner: owner.trim().into() });
                }
                Err(TryLockError::Error(source)) => attempt("lock", path, Err(source))?,
            }
            attempt("lock", path, file.set_len(0).and_then(|()| file.write_all(owner.as_bytes())))?;
            // A holder that just left has removed its file, and ours may be that one: then another could take a new file.
            // (Elsewhere a locked file can neither be read by others nor removed.)
            if !cfg!(unix) || fs::read(path).is_ok_and(|found| found == owner.as_bytes()) {
                return Ok(Lock { file, path: path.to_path_buf() });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

/// SHA-256 in lower-case hexadecimal, as `sha256sum` prints it.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_is_that_of_fips_180_4() {
        // FIPS 180-4 example: "abc".
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn replace_leaves_no_part_file_and_log_cuts_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap(), b"two");
        assert_eq!(list(folder.path()).unwrap(), vec![path.clone()]);

        let mut log = Log::open(&path, 2).unwrap();
        log.append("x").unwrap();
        assert_eq!(read(&path).unwrap(), b"twx\n");
    }

    #[test]
    fn a_lock_is_held_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Lock::take(&path, "process 1").unwrap();
        let second = Lock::take(&path, "process 2");
        assert!(matches!(second, Err(LockError::Held { owner, .. }) if owner == "process 1"));
        drop(held);
        assert!(Lock::take(&path, "process 3").is_ok());
    }
}
