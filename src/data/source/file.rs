//! Files as bytes: read whole within a limit, their SHA-256 checked where the experiment gives one.
//!
//! It does not know formats.

use std::io::Read;
use std::path::Path;

use crate::data::fault::{Faulty, one};
use crate::data::finish::VALUES_MAX;
use crate::diagnostic::{DAMAGED_FILE, DIGEST_MISMATCH, Diagnostic, Span, TOO_LARGE, UNREADABLE_FILE};
use crate::{disk, text};

/// Largest data file, and most bytes that a compressed one may unpack to.
pub(crate) const BYTES_MAX: u64 = 2 << 30;

/// An array of numbers, as IDX and NPY files hold it.
#[derive(Debug)]
pub(crate) struct Array {
    /// Sizes of the dimensions as the file states them; the first counts rows.
    pub(crate) shape: Vec<usize>,
    /// Row-major, the first `limit` rows.
    pub(crate) values: Vec<f64>,
    pub(crate) sha256: String,
}

/// A file as the experiment names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) written: &'a str,
    pub(crate) path: &'a Path,
    /// Lower- or upper-case hexadecimal.
    pub(crate) sha256: Option<&'a str>,
    /// Where the experiment names it.
    pub(crate) at: &'a Span,
    /// What its path is relative to, in words.
    pub(crate) folder: &'a str,
}

/// What the paths of an experiment are relative to.
pub(crate) const EXPERIMENT: &str = "the experiment file";

impl Named<'_> {
    /// The bytes and their SHA-256.
    pub(crate) fn read(&self) -> Faulty<(Vec<u8>, String)> {
        let bytes = disk::read_at_most(self.path, BYTES_MAX).map_err(|e| vec![self.unreadable(&e)])?;
        let found = disk::sha256(&bytes);
        match self.sha256 {
            Some(wanted) if !wanted.eq_ignore_ascii_case(&found) => {
                let title = format!("`{}` is not the file that the experiment was made for", self.written);
                let fault = Diagnostic::error(&DIGEST_MISMATCH, title).at(self.at, "its SHA-256 differs");
                Err(vec![
                    fault.note(format!("SHA-256 wanted: {wanted}")).note(format!("SHA-256 found:  {found}")),
                ])
            }
            _ => Ok((bytes, found)),
        }
    }

    fn unreadable(&self, error: &disk::DiskError) -> Diagnostic {
        let written = self.written;
        let (title, label) = match error.source.kind() {
            std::io::ErrorKind::NotFound => {
                let label = format!("looked for relative to {}", self.folder);
                (format!("there is no file `{written}`"), label)
            }
            std::io::ErrorKind::Other => {
                (format!("cannot read `{written}`: {}", error.source), "named here".into())
            }
            kind => (format!("cannot read `{written}`: {kind}"), "named here".into()),
        };
        let fault = Diagnostic::error(&UNREADABLE_FILE, title).at(self.at, label);
        if error.source.kind() != std::io::ErrorKind::NotFound {
            return fault;
        }
        match self.near() {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault,
        }
    }

    /// A file of the same folder with a similar name.
    fn near(&self) -> Option<String> {
        let wanted = self.path.file_name()?.to_string_lossy().into_owned();
        let names: Vec<String> = (disk::list(self.path.parent()?).ok()?.iter())
            .filter(|p| disk::is_file(p))
            .filter_map(|p| Some(p.file_name()?.to_string_lossy().into_owned()))
            .filter(|name| *name != wanted)
            .collect();
        let near = text::did_you_mean(&wanted, names.iter().map(String::as_str))?;
        let folder = self.written.rfind('/').map_or("", |at| &self.written[..=at]);
        Some(format!("{folder}{near}"))
    }

    /// A fault of the file's form.
    pub(crate) fn damaged<T>(&self, what: impl std::fmt::Display, allowed: &str) -> Faulty<T> {
        one(&DAMAGED_FILE, format!("`{}` {what}", self.written), self.at, allowed)
    }

    /// The first `length` bytes of `reader`, or fewer.
    pub(crate) fn unpack_start(&self, reader: impl Read, length: usize) -> Faulty<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length);
        match reader.take(length as u64).read_to_end(&mut bytes) {
            Err(e) => self.damaged(format_args!("cannot be unpacked: {e}"), "cut off or damaged"),
            Ok(_) => Ok(bytes),
        }
    }

    /// Refuses more values than are held in memory, before they are made.
    pub(crate) fn check_count(&self, values: usize) -> Faulty<()> {
        if values as u128 <= VALUES_MAX {
            return Ok(());
        }
        let title = format!("`{}` holds {} values", self.written, text::grouped(values as u64));
        let label = format!("at most {} are held in memory; use `limit`", text::grouped(VALUES_MAX as u64));
        one(&TOO_LARGE, title, self.at, &label)
    }

    /// All of `reader`, refused beyond `limit` bytes, so that a small file cannot unpack to more than memory holds.
    pub(crate) fn unpack(&self, reader: impl Read, limit: u64) -> Faulty<Vec<u8>> {
        let mut bytes = Vec::new();
        match reader.take(limit + 1).read_to_end(&mut bytes) {
            Err(e) => self.damaged(format_args!("cannot be unpacked: {e}"), "cut off or damaged"),
            Ok(_) if bytes.len() as u64 > limit => {
                let title = format!("`{}` unpacks to more than {}", self.written, text::bytes(limit));
                one(&TOO_LARGE, title, self.at, "more than it says it holds, or than is read")
            }
            Ok(_) => Ok(bytes),
        }
    }
}
