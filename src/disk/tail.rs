//! A file that another process appends to, read as it grows: whole lines, from where reading stopped.
//!
//! It changes and locks nothing, and keeps no file open between two looks, so that whoever writes never sees that it is read.

use std::fs::{self, File, Metadata};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::stream::LINE_BYTES_MAX;
use super::{DiskError, attempt};

/// See the module.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    /// Bytes of the lines given so far.
    at: u64,
    identity: Option<(u64, u64)>,
}

/// What a look at a file found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grown {
    /// The file is gone, shorter, or another one than before: what it gave no longer stands. Nothing was read; the next look begins
    /// at its first line.
    pub is_anew: bool,
    /// No further whole line was there.
    pub is_at_end: bool,
    /// Bytes read so far, and bytes there are.
    pub at: u64,
    pub size: u64,
}

impl Tail {
    pub fn new(path: &Path) -> Tail {
        Tail { path: path.to_path_buf(), at: 0, identity: None }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives every new line, without its line feed, with the place of its first byte to `each`; about `most` bytes of them. A line
    /// that has no line feed yet waits for it. A file that is not there is empty.
    pub fn read(&mut self, most: u64, mut each: impl FnMut(u64, &[u8])) -> Result<Grown, DiskError> {
        let file = match File::open(&self.path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let is_anew = self.at > 0;
                *self = Tail::new(&self.path);
                return Ok(Grown { is_anew, is_at_end: true, ..Grown::default() });
            }
            other => attempt("read", &self.path, other)?,
        };
        let meta = attempt("read", &self.path, file.metadata())?;
        if !meta.is_file() {
            return attempt("read", &self.path, Err(io::Error::other("it is not a regular file")));
        }
        let size = meta.len();
        if self.identity.is_some_and(|known| known != identity(&meta)) || size < self.at {
            *self = Tail::new(&self.path);
            return Ok(Grown { is_anew: true, size, ..Grown::default() });
        }
        self.identity = Some(identity(&meta));
        let is_at_end = attempt("read", &self.path.clone(), self.lines(file, most, &mut each))?;
        Ok(Grown { is_anew: false, is_at_end, at: self.at, size })
    }

    fn lines(&mut self, mut file: File, most: u64, each: &mut dyn FnMut(u64, &[u8])) -> io::Result<bool> {
        file.seek(SeekFrom::Start(self.at))?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (begun, mut line) = (self.at, Vec::new());
        while self.at - begun < most {
            line.clear();
            let read = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? as u64;
            let Some(whole) = line.strip_suffix(b"\n") else {
                return if read < LINE_BYTES_MAX {
                    Ok(true)
                } else {
                    Err(io::Error::other("it has a line of more than a gigabyte"))
                };
            };
            each(self.at, whole);
            self.at += read;
        }
        Ok(false)
    }
}

/// Tells a file from another one of the same name, where the system can.
#[cfg(unix)]
fn identity(meta: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (meta.dev(), meta.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// `length` bytes of a file from `at` on; fewer where it ends before.
pub fn read_piece(path: &Path, at: u64, length: usize) -> Result<Vec<u8>, DiskError> {
    let read = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::new();
        file.take(length as u64).read_to_end(&mut bytes).map(|_| bytes)
    };
    attempt("read", path, read())
}

/// When a file was last written to, by the clock of the machine that keeps it.
pub fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "all others come here for the file system")]

    use super::*;
    use std::fs::OpenOptions;
    use std::io::Write as _;

    fn lines(tail: &mut Tail, most: u64) -> (Vec<(u64, String)>, Grown) {
        let mut lines = Vec::new();
        let grown = tail.read(most, |at, line| lines.push((at, String::from_utf8(line.into()).unwrap())));
        (lines, grown.unwrap())
    }

    fn append(path: &Path, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn lines_come_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut tail = Tail::new(&path);
        assert_eq!(lines(&mut tail, 99), (vec![], Grown { is_at_end: true, ..Grown::default() }));
        append(&path, "one\ntwo\nthr");
        let (first, grown) = lines(&mut tail, 99);
        assert_eq!(first, [(0, "one".to_string()), (4, "two".to_string())]);
        assert_eq!(grown, Grown { is_anew: false, is_at_end: true, at: 8, size: 11 });
        assert_eq!(lines(&mut tail, 99).0, []);
        append(&path, "ee\nfour\n");
        assert_eq!(
            lines(&mut tail, 1),
            (vec![(8, "three".into())], Grown { is_anew: false, is_at_end: false, at: 14, size: 19 })
        );
        assert_eq!(lines(&mut tail, 99).0, [(14, "four".to_string())]);
        assert_eq!(read_piece(&path, 8, 5).unwrap(), b"three");
    }

    #[test]
    fn a_file_that_was_cut_or_replaced_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut tail = Tail::new(&path);
        append(&path, "one\ntwo\nto");
        assert_eq!(lines(&mut tail, 99).0.len(), 2);
        // A torn line that is cut off was never given.
        OpenOptions::new().write(true).open(&path).unwrap().set_len(8).unwrap();
        append(&path, "six\n");
        assert_eq!(lines(&mut tail, 99).0, [(8, "six".to_string())]);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(4).unwrap();
        assert!(lines(&mut tail, 99).1.is_anew);
        assert_eq!(lines(&mut tail, 99).0, [(0, "one".to_string())]);
        fs::remove_file(&path).unwrap();
        assert!(lines(&mut tail, 99).1.is_anew);
        assert!(!lines(&mut tail, 99).1.is_anew);
    }

    /// The other file has as many bytes: only what the system knows of it tells.
    #[cfg(unix)]
    #[test]
    fn another_file_of_the_same_length_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("log"), folder.path().join("other"));
        append(&path, "one\n");
        append(&other, "two\n");
        let mut tail = Tail::new(&path);
        assert_eq!(lines(&mut tail, 99).0.len(), 1);
        fs::rename(&other, &path).unwrap();
        assert!(lines(&mut tail, 99).1.is_anew);
        assert_eq!(lines(&mut tail, 99).0, [(0, "two".to_string())]);
    }
}
