//! Faults on purpose, for tests: the k-th change to the disk fails, or is the last thing this process does.
//!
//! Every write, sync, rename, creation, and removal of [`super`] passes [`change`] or [`write_all`], the one place where changes are
//! counted. Without [`arm`] that costs a look at a flag. Reads are not counted, and what a failed change means is decided elsewhere.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};

/// What is to go wrong; changes are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: changes are only listed.
    Count,
    /// This change fails, and no other.
    Fail(u64),
    /// From this change on there is no space: files cannot be made and do not grow.
    Full(u64),
    /// From this change on nothing can be changed.
    ReadOnly(u64),
    /// At this change the process ends as if killed.
    Kill(u64),
}

/// `count`, `fail:K`, `full:K`, `readonly:K`, `kill:K`.
impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        let allowed = || "expected count, fail:K, full:K, readonly:K, or kill:K".to_string();
        if text == "count" {
            return Ok(Fault::Count);
        }
        let (word, at) = text.split_once(':').ok_or_else(allowed)?;
        let at = at.parse().map_err(|_| allowed())?;
        match word {
            "fail" => Ok(Fault::Fail(at)),
            "full" => Ok(Fault::Full(at)),
            "readonly" => Ok(Fault::ReadOnly(at)),
            "kill" => Ok(Fault::Kill(at)),
            _ => Err(allowed()),
        }
    }
}

/// The kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    MakeFolder,
    Create,
    Write,
    Cut,
    Sync,
    SyncFolder,
    Rename,
    Remove,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::MakeFolder => "make folder",
            Kind::Create => "create",
            Kind::Write => "write",
            Kind::Cut => "cut",
            Kind::Sync => "sync",
            Kind::SyncFolder => "sync folder",
            Kind::Rename => "rename",
            Kind::Remove => "remove",
        })
    }
}

/// A fault and the changes that were made or tried since it was armed.
struct Armed {
    fault: Fault,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    count: u64,
    /// Kept for [`Fault::Count`] alone.
    list: Vec<String>,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

/// Lets the changes of this process meet `fault` from now on. Only the first call counts.
pub fn arm(fault: Fault) {
    let _ = ARMED.set(Armed { fault, seen: Mutex::default() });
}

/// Whether a fault was asked for. What waits for a clock does not wait then, so that changes can be counted.
pub(super) fn is_armed() -> bool {
    ARMED.get().is_some()
}

/// What [`Fault::Count`] saw: the kind of each change and its path.
pub fn changes() -> Option<Vec<String>> {
    let armed = ARMED.get().filter(|armed| armed.fault == Fault::Count)?;
    Some(armed.seen.lock().unwrap_or_else(PoisonError::into_inner).list.clone())
}

/// What becomes of a change.
enum Fate {
    Made,
    /// Not made, or of a write only half.
    Failed(io::Error),
    /// The same, and it was the last.
    Killed,
}

impl Armed {
    fn fate(&self, kind: Kind, path: &Path) -> Fate {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.count += 1;
        let now = seen.count;
        let grows = matches!(kind, Kind::MakeFolder | Kind::Create | Kind::Write);
        match self.fault {
            Fault::Count => seen.list.push(format!("{kind} {}", super::shown(path))),
            Fault::Fail(at) if now == at => {
                return Fate::Failed(io::Error::other(format!("change {at} fails, as asked for")));
            }
            Fault::Full(at) if now >= at && grows => return Fate::Failed(io::ErrorKind::StorageFull.into()),
            Fault::ReadOnly(at) if now >= at => {
                return Fate::Failed(io::ErrorKind::ReadOnlyFilesystem.into());
            }
            Fault::Kill(at) if now == at => return Fate::Killed,
            _ => {}
        }
        Fate::Made
    }
}

/// One change of the disk at `path`, unless a fault is due.
pub(super) fn change<T>(kind: Kind, path: &Path, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    match ARMED.get().map_or(Fate::Made, |armed| armed.fate(kind, path)) {
        Fate::Made => make(),
        Fate::Failed(error) => Err(error),
        Fate::Killed => end(),
    }
}

/// Writes `bytes` at the end of `file`, unless a fault is due: then half of them.
pub(super) fn write_all(mut file: &File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fate = ARMED.get().map_or(Fate::Made, |armed| armed.fate(Kind::Write, path));
    if !matches!(fate, Fate::Made) {
        file.write_all(&bytes[..bytes.len() / 2])?;
    }
    match fate {
        Fate::Made => file.write_all(bytes),
        Fate::Failed(error) => Err(error),
        Fate::Killed => end(),
    }
}

/// Ends this process with nothing flushed, dropped, or told.
fn end() -> ! {
    #[cfg(unix)]
    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGKILL);
    std::process::abort()
}
