//! The only file that touches the file system: read, atomic replace, append log, hash, lock.
//!
//! It does not know what the bytes mean. Errors name the path and what was tried. Every change of the disk can be made to fail
//! by tests: see [`fault`].
#![expect(clippy::disallowed_methods, reason = "all others come here for the file system")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

pub mod fault;
mod part;
mod stream;
mod tail;

use fault::{Kind, change, write_all};

pub use part::{Part, Whole, place};
pub use stream::{digest, each_line, reader, rename, size};
pub use tail::{Grown, Tail, modified, read_piece};

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

/// Memory that is free on this machine, or in the control group this process lives in, where the system tells.
pub fn free_memory() -> Option<u64> {
    let text = |path: &str| fs::read_to_string(path).ok();
    let number = |path: &str| text(path)?.trim().parse::<u64>().ok();
    let kilobytes =
        |line: &str| line.strip_prefix("MemAvailable:")?.trim().strip_suffix("kB")?.trim().parse().ok();
    let machine = text("/proc/meminfo")?.lines().find_map(kilobytes).map(|kb: u64| kb << 10)?;
    let group = number("/sys/fs/cgroup/memory.max").zip(number("/sys/fs/cgroup/memory.current"));
    // What the group holds of files can be given back at once.
    let of_files = |line: &str| line.strip_prefix("inactive_file ")?.trim().parse::<u64>().ok();
    let files = text("/sys/fs/cgroup/memory.stat").and_then(|stat| stat.lines().find_map(of_files));
    let left = |(most, used): (u64, u64)| most.saturating_sub(used.saturating_sub(files.unwrap_or(0)));
    Some(group.map_or(machine, |group| machine.min(left(group))))
}

pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether a name is taken, be it by a link that leads nowhere.
pub fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
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

/// Makes the folder and its parents; they survive a power cut.
pub fn create_folder(path: &Path) -> Result<(), DiskError> {
    let is_missing = |at: &&Path| !at.as_os_str().is_empty() && !at.is_dir();
    let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    attempt("create the folder", path, change(Kind::MakeFolder, path, || fs::create_dir_all(path)))?;
    missing.into_iter().try_for_each(|made| sync_folder(folder(made)))
}

pub fn remove_file(path: &Path) -> Result<(), DiskError> {
    match remove(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => attempt("remove", path, other),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    change(Kind::Remove, path, || fs::remove_file(path))
}

/// Removes a folder that is empty; one that is not stays.
pub fn remove_empty_folder(path: &Path) {
    let _ = change(Kind::Remove, path, || fs::remove_dir(path));
}

/// Replaces a file whole: write beside it, sync, rename, sync the folder. A reader sees the old bytes or the new, never a part.
/// A file that holds these bytes already is left alone.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    replace_all(&[(path, bytes)])
}

/// Makes a file that is not there yet. A name that is taken is an error ([`io::ErrorKind::AlreadyExists`]) and stays what it is; so does
/// a link, wherever it leads. What could not be written whole is taken away again.
pub fn create(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    let open = || OpenOptions::new().write(true).create_new(true).open(path);
    let file = attempt("create", path, change(Kind::Create, path, open))?;
    let written = write_all(&file, path, bytes).and_then(|()| change(Kind::Sync, path, || file.sync_all()));
    if written.is_err() {
        let _ = remove(path);
    }
    attempt("write", path, written)?;
    sync_folder(folder(path))
}

/// Writes bytes where a person asked for them: a file is replaced whole; what is no file (a pipe, a terminal, `/dev/null`) is written to.
pub fn deliver(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            let write = || OpenOptions::new().write(true).open(path)?.write_all(bytes);
            attempt("write", path, change(Kind::Write, path, write))
        }
        _ => replace(path, bytes),
    }
}

/// [`replace`] for several files: all are written before the first is synced and all synced before the first is renamed, so that the
/// system can take them together. On an error while writing none is replaced.
pub fn replace_all(files: &[(&Path, &[u8])]) -> Result<(), DiskError> {
    let mut parts: Vec<(PathBuf, &Path, File)> = Vec::new();
    let replaced = write_parts(files, &mut parts).and_then(|()| {
        let sync = |part: &Path, file: &File| change(Kind::Sync, part, || file.sync_all());
        parts.iter().try_for_each(|(part, path, file)| attempt("write", path, sync(part, file)))?;
        let rename = |part: &Path, path: &Path| change(Kind::Rename, path, || fs::rename(part, path));
        parts.iter().try_for_each(|(part, path, _)| attempt("write", path, rename(part, path)))
    });
    if replaced.is_err() {
        // Those that were renamed are gone.
        parts.iter().for_each(|(part, ..)| _ = remove(part));
    }
    let mut folders: Vec<&Path> = parts.iter().map(|(_, path, _)| folder(path)).collect();
    folders.sort_unstable();
    folders.dedup();
    let synced = folders.into_iter().map(sync_folder).fold(Ok(()), Result::and);
    replaced.and(synced)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes what differs beside the files of `files`, into `parts`: where, for which file, and still to be synced.
fn write_parts<'a>(
    files: &[(&'a Path, &[u8])],
    parts: &mut Vec<(PathBuf, &'a Path, File)>,
) -> Result<(), DiskError> {
    for &(path, bytes) in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let part = folder(path).join(format!(".{name}.part"));
        if fs::read(path).is_ok_and(|old| old == bytes) {
            if part.is_file() {
                let _ = remove(&part); // Of a process that was killed.
            }
            continue;
        }
        let file = change(Kind::Create, &part, || File::create(&part));
        let file = attempt("write", path, file)?;
        let written = write_all(&file, &part, bytes);
        parts.push((part, path, file));
        attempt("write", path, written)?;
    }
    Ok(())
}

/// Makes a rename durable where the system can; one that cannot open or sync folders loses nothing but that.
fn sync_folder(folder: &Path) -> Result<(), DiskError> {
    let Ok(handle) = File::open(folder) else { return Ok(()) };
    match change(Kind::SyncFolder, folder, || handle.sync_all()) {
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        other => attempt("sync the folder", folder, other),
    }
}

/// A file that only grows, by whole lines. Lines are collected until [`Log::flush`], or until they are many.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    lines: Vec<u8>,
    synced: Instant,
}

/// Lines of this many bytes together are written without being asked to.
const LINES_BYTES: usize = 1 << 16;

/// What a power cut may cost: [`Log::sync_seldom`] waits this long, because a sync can take as long as the training of a pack.
const UNSYNCED: Duration = Duration::from_secs(1);

impl Log {
    /// Opens for appending after the first `keep` bytes; what lies behind them (a torn line) is cut off.
    pub fn open(path: &Path, keep: u64) -> Result<Log, DiskError> {
        let open = || OpenOptions::new().create(true).read(true).append(true).open(path);
        let is_new = !path.is_file();
        let file = attempt("open", path, change(Kind::Create, path, open))?;
        if is_new {
            sync_folder(folder(path))?;
        }
        attempt("open", path, change(Kind::Cut, path, || file.set_len(keep)))?;
        Ok(Log { path: path.to_path_buf(), file, lines: Vec::new(), synced: Instant::now() })
    }

    /// Appends `line` and a line feed.
    pub fn append(&mut self, line: &str) -> Result<(), DiskError> {
        self.lines.extend_from_slice(line.as_bytes());
        self.lines.push(b'\n');
        if self.lines.len() < LINES_BYTES { Ok(()) } else { self.flush() }
    }

    /// Writes what was appended, in one write: it survives the end of this process.
    pub fn flush(&mut self) -> Result<(), DiskError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let written = write_all(&self.file, &self.path, &self.lines);
        self.lines.clear();
        attempt("append to", &self.path, written)
    }

    /// What was appended survives a power cut after this.
    pub fn sync(&mut self) -> Result<(), DiskError> {
        self.flush()?;
        self.synced = Instant::now();
        attempt("sync", &self.path, change(Kind::Sync, &self.path, || self.file.sync_data()))
    }

    /// Syncs unless that was done a moment ago; writes in any case.
    pub fn sync_seldom(&mut self) -> Result<(), DiskError> {
        let wait = self.synced.elapsed() < UNSYNCED && !fault::is_armed();
        if wait { self.flush() } else { self.sync() }
    }
}

impl Drop for Log {
    /// A panic elsewhere loses nothing that was appended.
    fn drop(&mut self) {
        let _ = self.flush();
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
            let open = || OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
            let mut file = attempt("open", path, change(Kind::Create, path, open))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut owner = String::new();
                    let _ = file.read_to_string(&mut owner);
                    // Between taking the lock and signing it a holder has no name yet.
                    let owner = if owner.trim().is_empty() { "it has just begun" } else { owner.trim() };
                    return Err(LockError::Held { path: path.to_path_buf(), owner: owner.into() });
                }
                // Some file systems of networks keep no locks. Then nobody is kept out, and the file says who is there.
                Err(TryLockError::Error(source)) if has_no_locks(&source) => {}
                Err(TryLockError::Error(source)) => attempt("lock", path, Err(source))?,
            }
            // On an error the file stays, as after a kill: it may be another's by now, and the next to come takes it over.
            let cut = change(Kind::Cut, path, || file.set_len(0));
            attempt("lock", path, cut.and_then(|()| write_all(&file, path, owner.as_bytes())))?;
            // A holder that just left has removed its file, and ours may be that one: then another could take a new file.
            // (Elsewhere a locked file can neither be read by others nor removed.)
            if !cfg!(unix) || fs::read(path).is_ok_and(|found| found == owner.as_bytes()) {
                return Ok(Lock { file, path: path.to_path_buf() });
            }
        }
    }
}

/// The file system cannot lock at all.
fn has_no_locks(error: &std::io::Error) -> bool {
    // ENOLCK: the lock service of the server does not answer.
    const ENOLCK: i32 = 37;
    matches!(error.kind(), std::io::ErrorKind::Unsupported)
        || (cfg!(target_os = "linux") && error.raw_os_error() == Some(ENOLCK))
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = remove(&self.path);
        let _ = self.file.unlock();
    }
}

/// What this machine is called among others, as its kernel knows it; nothing where it does not say.
pub fn host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_string()).unwrap_or_default()
}

/// SHA-256 in lower-case hexadecimal, as `sha256sum` prints it.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).filter_map(|d| char::from_digit(d.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays_one() {
        use std::os::unix::fs::FileTypeExt as _;
        let device = Path::new("/dev/null");
        deliver(device, b"numbers").unwrap();
        assert!(fs::metadata(device).unwrap().file_type().is_char_device());
    }

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
        log.append("y").unwrap();
        log.flush().unwrap();
        assert_eq!(read(&path).unwrap(), b"twx\ny\n");
        log.append("z").unwrap();
        drop(log);
        assert_eq!(read(&path).unwrap(), b"twx\ny\nz\n");
    }

    #[test]
    fn nothing_that_is_there_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        create(&path, b"one").unwrap();
        assert_eq!(create(&path, b"two").unwrap_err().source.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read(&path).unwrap(), b"one");
        #[cfg(unix)]
        {
            let link = folder.path().join("b");
            std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
            assert!(is_taken(&link) && create(&link, b"two").is_err());
            assert!(link.is_symlink() && !folder.path().join("nowhere").exists());
        }
        assert!(is_taken(&path) && !is_taken(&folder.path().join("c")));
    }

    #[test]
    fn of_several_files_none_is_replaced_when_one_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b, below) =
            (folder.path().join("a"), folder.path().join("b"), folder.path().join("a").join("c"));
        replace_all(&[(&a, b"one"), (&b, b"two")]).unwrap();
        assert_eq!((read(&a).unwrap(), read(&b).unwrap()), (b"one".to_vec(), b"two".to_vec()));
        assert!(replace_all(&[(&b, b"three"), (&below, b"four")]).is_err());
        assert_eq!(read(&b).unwrap(), b"two");
        assert_eq!(list(folder.path()).unwrap(), vec![a, b], "no part is left");
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
