//! The view on a terminal: one thread looks at the records, one waits for keys, this one draws.
//!
//! Reading a large sweep takes seconds, and nobody should wait for it to quit.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use ratatui::Terminal;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::super::exit::Exit;
use super::super::output::Output;
use super::keys::{Key, Keys};
use super::reader::{Reader, Trouble};
use super::screen::{Held, Screen};
use super::state::{Phase, State};
use super::view::{self, Colours, Looking};
use crate::disk;

/// Between two looks at keys, signals, and the size of the terminal.
const TICK: Duration = Duration::from_millis(100);
/// Looking takes at most this share of the time: a large sweep is looked at less often.
const BUSY: u32 = 4;

/// Whether there is a terminal to draw on and to take keys from.
pub(super) fn is_possible() -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb
}

/// Colours that the terminal says it has, and that its user wants (<https://no-color.org>).
fn colours() -> Colours {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_full = std::env::var_os("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
    match (is_set("NO_COLOR"), is_full) {
        (true, _) => Colours::None,
        (false, true) => Colours::Full,
        (false, false) => Colours::Indexed,
    }
}

/// What the threads tell.
enum Told {
    State(Box<State>),
    Trouble(Trouble),
    Bytes(Vec<u8>),
    /// No key can come any more.
    NoKeys,
}

/// Shows the folder until somebody quits.
pub(super) fn follow(folder: &Path, every: Duration, output: &Output) -> Result<Exit, Exit> {
    let (interrupted, terminated) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let failed = |error: io::Error| {
        output
            .complain(&format!("error: cannot use the terminal: {error}\nhelp: `--once` prints without it"));
        Exit::Disk
    };
    flag::register(SIGINT, interrupted.clone()).map_err(failed)?;
    flag::register(SIGTERM, terminated.clone()).map_err(failed)?;
    let held = Held::take().map_err(failed)?;
    let mut terminal = Terminal::new(Screen::new(io::stdout())).map_err(failed)?;
    let (send, told) = sync_channel(4);
    let looking = watch_records(folder.to_path_buf(), every, send.clone());
    watch_keys(send);
    let mut shown = Shown {
        state: State { folder: disk::shown(folder), phase: Phase::Reading(0.0), ..State::default() },
        looking: Looking::new(colours()),
        keys: Keys::default(),
    };
    let ended = loop {
        if looking.is_finished() {
            // It panicked: the terminal is given back, and what it said is to be seen.
            drop(held);
            return match looking.join() {
                Ok(()) => Ok(Exit::Done),
                Err(panic) => std::panic::resume_unwind(panic),
            };
        }
        let drawn = terminal.draw(|frame| {
            let area = frame.area();
            view::draw(&shown.state, &shown.looking, area, frame.buffer_mut());
        });
        if drawn.is_err() {
            break Exit::Disk;
        }
        if interrupted.load(Ordering::Relaxed) {
            break Exit::Interrupted;
        }
        if terminated.load(Ordering::Relaxed) {
            break Exit::Terminated;
        }
        if let Some(exit) = shown.wait(&told) {
            break exit;
        }
    };
    drop(held);
    Ok(ended)
}

/// What is on the screen.
struct Shown {
    state: State,
    looking: Looking,
    keys: Keys,
}

impl Shown {
    /// Takes what is told within a tick; how it ends where somebody quits.
    fn wait(&mut self, told: &Receiver<Told>) -> Option<Exit> {
        let keys = match told.recv_timeout(TICK) {
            Ok(Told::State(state)) => {
                self.state = *state;
                Vec::new()
            }
            Ok(Told::Trouble(trouble)) => {
                self.state.trouble = trouble.message;
                Vec::new()
            }
            Ok(Told::Bytes(bytes)) => self.keys.push(&bytes),
            Ok(Told::NoKeys) | Err(RecvTimeoutError::Disconnected) => return Some(Exit::Done),
            Err(RecvTimeoutError::Timeout) if self.keys.is_waiting() => {
                self.keys.settle().into_iter().collect()
            }
            Err(RecvTimeoutError::Timeout) => Vec::new(),
        };
        for key in keys {
            match key {
                Key::Quit => return Some(Exit::Done),
                Key::Interrupt => return Some(Exit::Interrupted),
                other => self.looking.press(other, &self.state),
            }
        }
        None
    }
}

/// Looks at the records for as long as somebody listens.
fn watch_records(folder: PathBuf, every: Duration, send: SyncSender<Told>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = Reader::new(&folder);
        loop {
            let begun = Instant::now();
            let (told, is_reading) = match reader.look(SystemTime::now()) {
                Ok(state) => {
                    let is_reading = matches!(state.phase, Phase::Reading(_));
                    (Told::State(Box::new(state)), is_reading)
                }
                Err(trouble) => (Told::Trouble(trouble), false),
            };
            if send.send(told).is_err() {
                return;
            }
            if !is_reading {
                thread::sleep(every.max(BUSY * begun.elapsed()));
            }
        }
    })
}

/// Passes on what is typed.
fn watch_keys(send: SyncSender<Told>) {
    thread::spawn(move || {
        let mut bytes = [0; 64];
        loop {
            let told = match io::stdin().read(&mut bytes) {
                Ok(0) => Told::NoKeys,
                Ok(n) => Told::Bytes(bytes[..n].to_vec()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => Told::NoKeys,
            };
            let is_last = matches!(told, Told::NoKeys);
            if send.send(told).is_err() || is_last {
                return;
            }
        }
    });
}
