//! Exit codes, all in one place. The README's table repeats them.

use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    Done,
    /// An expectation of `[expect]` was missed.
    Missed,
    /// The command line or the experiment is not valid.
    Invalid,
    /// Data or results cannot be read or written.
    Disk,
    /// Another runner holds the results folder.
    Held,
    /// A merge lacks trials, or has two records of one that differ.
    Incomplete,
    /// SIGINT: 128 + 2.
    Interrupted,
    /// SIGTERM: 128 + 15.
    Terminated,
}

impl Exit {
    pub(super) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Missed => 1,
            Exit::Invalid => 2,
            Exit::Disk => 3,
            Exit::Held => 4,
            Exit::Incomplete => 5,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
