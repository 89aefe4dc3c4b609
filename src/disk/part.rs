//! A file written piece by piece beside the one it will replace, its digest computed on the way.
//!
//! What is written is not seen before [`place`] gives all files of a publication their names. Small files are held in memory until
//! they are whole, and files that would replace their equals are not placed at all.
#![expect(clippy::disallowed_methods, reason = "all others come here for the file system")]

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::fault::{Kind, change, write_all};
use super::stream::{digest, size};
use super::{DiskError, attempt, folder, hex, remove, sync_folder};

/// Bytes that are held before they are written.
const HELD_BYTES: usize = 1 << 20;

/// A file that is being written; take [`Part::finish`] when it is whole. Dropped before, nothing of it stays.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    held: Vec<u8>,
    digest: Sha256,
    bytes: u64,
    begun: Option<Begun>,
}

/// A file that is whole and waits to be placed; dropped before, nothing of it stays.
#[derive(Debug)]
pub struct Whole {
    path: PathBuf,
    pub bytes: u64,
    /// As `sha256sum` prints it.
    pub sha256: String,
    /// `None` where the file holds these bytes already.
    begun: Option<Begun>,
}

/// What lies beside a file; removed when dropped, unless it has the file's name by then.
#[derive(Debug)]
struct Begun {
    part: PathBuf,
    file: File,
    is_placed: bool,
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = remove(&self.part);
        }
    }
}

impl Part {
    /// Touches nothing yet.
    pub fn new(path: &Path) -> Part {
        Part { path: path.into(), held: Vec::new(), digest: Sha256::new(), bytes: 0, begun: None }
    }

    /// Writes what is held.
    fn spill(&mut self) -> io::Result<()> {
        let begun = match &mut self.begun {
            Some(begun) => begun,
            None => {
                let name = self.path.file_name().unwrap_or_default().to_string_lossy();
                let part = folder(&self.path).join(format!(".{name}.part"));
                let file = change(Kind::Create, &part, || File::create(&part))?;
                self.begun.insert(Begun { part, file, is_placed: false })
            }
        };
        let written = write_all(&begun.file, &begun.part, &self.held);
        self.held.clear();
        written
    }

    pub fn finish(mut self) -> Result<Whole, DiskError> {
        let sha256 = hex(&std::mem::take(&mut self.digest).finalize());
        let is_there = match &self.begun {
            None => fs::read(&self.path).is_ok_and(|old| old == self.held),
            Some(_) => digest_of(&self.path, self.bytes).is_some_and(|old| old == sha256),
        };
        if is_there {
            self.begun = None;
        } else if self.begun.is_none() || !self.held.is_empty() {
            let spilt = self.spill();
            attempt("write", &self.path, spilt)?;
        }
        Ok(Whole { path: self.path, bytes: self.bytes, sha256, begun: self.begun })
    }
}

impl io::Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        self.held.extend_from_slice(bytes);
        if self.held.len() >= HELD_BYTES {
            self.spill()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The digest of a file, if it has this many bytes.
fn digest_of(path: &Path, bytes: u64) -> Option<String> {
    (size(path)? == bytes).then(|| digest(path).ok())?
}

/// Gives files their names: all are synced before the first is renamed. On an error those that have no name yet are gone.
pub fn place(files: Vec<Whole>) -> Result<(), DiskError> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let begun: Vec<(PathBuf, Begun)> =
        files.into_iter().filter_map(|whole| Some((whole.path, whole.begun?))).collect();
    for (path, begun) in &begun {
        attempt("write", path, change(Kind::Sync, &begun.part, || begun.file.sync_all()))?;
        folders.push(folder(path).to_path_buf());
    }
    let mut placed = Ok(());
    for (path, mut begun) in begun {
        if placed.is_ok() {
            let renamed = change(Kind::Rename, &path, || fs::rename(&begun.part, &path));
            placed = attempt("write", &path, renamed);
            if placed.is_ok() {
                begun.is_placed = true;
            }
        }
    }
    folders.sort();
    folders.dedup();
    let synced = folders.iter().map(|folder| sync_folder(folder)).fold(Ok(()), Result::and);
    placed.and(synced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn write(path: &Path, bytes: &[u8]) -> Whole {
        let mut part = Part::new(path);
        bytes.chunks(70_001).for_each(|chunk| part.write_all(chunk).unwrap());
        part.finish().unwrap()
    }

    #[test]
    fn files_appear_together_and_equal_ones_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (small, large) = (folder.path().join("small"), folder.path().join("large"));
        let long: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        for round in 0..2 {
            let files = vec![write(&small, b"abc"), write(&large, &long)];
            assert_eq!(files[0].bytes, 3);
            // FIPS 180-4 example: "abc".
            assert_eq!(files[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
            assert_eq!(files[1].sha256, crate::disk::sha256(&long));
            assert_eq!(files.iter().all(|f| f.begun.is_none()), round == 1);
            assert_eq!(small.is_file(), round == 1);
            place(files).unwrap();
            assert_eq!(fs::read(&small).unwrap(), b"abc");
            assert!(fs::read(&large).unwrap() == long);
        }
        let mut changed = long.clone();
        changed[2_500_000] ^= 1;
        drop(write(&large, &changed));
        assert!(fs::read(&large).unwrap() == long, "what was not placed is not seen");
        assert_eq!(crate::disk::list(folder.path()).unwrap(), [large, small], "and nothing of it stays");
    }
}
