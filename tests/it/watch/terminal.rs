//! The view on a pseudo-terminal, made by `script` of util-linux: it draws, answers keys, and gives the terminal back.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::{RESULTS, published};
use crate::support::Project;

/// Longer than any of these takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether there is a `script` that takes a command; says so where there is none.
#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
fn is_possible() -> bool {
    let told = Command::new("script").arg("--version").output();
    let is_there = told.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains("util-linux"));
    if !is_there {
        eprintln!("`runner watch` was not tried on a terminal: there is no `script` of util-linux here");
    }
    is_there
}

/// A shell on a terminal of its own: what it shows so far, and how to type.
struct Terminal {
    child: std::process::Child,
    shown: Arc<Mutex<Vec<u8>>>,
}

/// What a terminal shows that was sent this: only what changes is sent, so that the bytes alone do not hold it.
fn picture(sent: &str) -> String {
    let (mut cells, mut x, mut y) = (vec![vec![' '; 200]; 60], 0, 0);
    let mut sent = sent.chars();
    while let Some(c) = sent.next() {
        match c {
            '\x1b' if sent.next() == Some('[') => {
                let mut parameters = String::new();
                let end = loop {
                    match sent.next() {
                        Some(c @ ('0'..='9' | ';' | '?')) => parameters.push(c),
                        end => break end,
                    }
                };
                if let (Some('H'), Some((row, column))) = (end, parameters.split_once(';')) {
                    (y, x) = (row.parse::<usize>().unwrap() - 1, column.parse::<usize>().unwrap() - 1);
                } else if end == Some('J') {
                    cells = vec![vec![' '; 200]; 60];
                }
            }
            '\r' => x = 0,
            '\n' => y += 1,
            c => {
                cells[y.min(59)][x.min(199)] = c;
                x += 1;
            }
        }
    }
    let row = |cells: Vec<char>| cells.into_iter().collect::<String>().trim_end().to_string() + "\n";
    cells.into_iter().map(row).collect()
}

impl Terminal {
    /// Begins the view in a shell that then tells how it ended and how the terminal stands.
    fn begin(project: &Project, environment: &[(&str, &str)]) -> Terminal {
        let runner = env!("CARGO_BIN_EXE_runner");
        let watch = format!("sh -c 'echo $$ > pid; exec {runner} watch {RESULTS}'");
        let shell = format!("stty rows 24 cols 80; {watch}; echo ended with $?; stty -a; echo over");
        let mut command = Command::new("script");
        command.args(["--quiet", "--flush", "--command", &shell, "/dev/null"]).current_dir(project.path(""));
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR").env_remove("COLORTERM");
        command.envs(environment.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut out, into) = (child.stdout.take().unwrap(), shown.clone());
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = out.read(&mut bytes) {
                into.lock().unwrap().extend_from_slice(&bytes[..n]);
            }
        });
        Terminal { child, shown }
    }

    fn press(&mut self, keys: &str) {
        self.child.stdin.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the screen shows this.
    #[track_caller]
    fn wait_for(&self, what: &str) {
        self.wait(what, |sent| picture(sent).contains(what));
    }

    /// Everything that was sent, as soon as it is enough.
    #[track_caller]
    fn wait(&self, what: &str, is_enough: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let sent = String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned();
            if is_enough(&sent) {
                return sent;
            }
            assert!(begun.elapsed() < PATIENCE, "`{what}` does not come:\n{}", picture(&sent));
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What was sent while the view was there; `code` is how the view ended.
    #[track_caller]
    fn end(mut self, code: i32) -> String {
        let shown = self.wait("over", |sent| sent.ends_with("over\r\n"));
        let _ = self.child.wait();
        let (drawn, after) = shown.split_once("ended with ").unwrap();
        assert!(after.starts_with(&format!("{code}\r\n")), "{shown:?}");
        // The first screen, its cursor, its colours: after everything that was drawn.
        assert!(
            drawn.contains("\x1b[?1049h") && drawn.trim_end().ends_with("\x1b[0m\x1b[?25h\x1b[?1049l"),
            "{drawn:?}"
        );
        for setting in [" echo ", " icanon ", " isig "] {
            assert!(after.replace(['\r', '\n', ';'], " ").contains(setting), "{setting} is off: {after}");
        }
        drawn.to_string()
    }
}

/// A test that fails leaves no view behind: without `script` its terminal hangs up.
impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_view_draws_and_answers_keys_and_gives_the_terminal_back() {
    if !is_possible() {
        return;
    }
    let project = published();
    let mut terminal = Terminal::begin(&project, &[]);
    terminal.wait_for("finished (12 of 12 trials)");
    terminal.wait_for("softmax+cross_entropy");
    terminal.press("\x1b[C");
    terminal.wait_for("loss on the validation part");
    terminal.press("4");
    terminal.wait_for("none of 12 trials failed");
    terminal.press("?");
    terminal.wait_for("this help");
    terminal.press("q");
    let drawn = terminal.end(0);
    assert!(drawn.contains("\x1b[0;38;5;25m"), "the first colour of the figures: {drawn:?}");
    assert!(!project.path(RESULTS).join(".runner.lock").exists());
}

#[test]
fn signals_and_control_c_give_the_terminal_back() {
    if !is_possible() {
        return;
    }
    let project = published();
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let terminal = Terminal::begin(&project, &[("NO_COLOR", "1")]);
        terminal.wait_for("finished (12 of 12 trials)");
        let pid = fs::read_to_string(project.path("pid")).unwrap();
        let told = Command::new("kill").args([&format!("-{signal}"), pid.trim()]).status();
        assert!(told.unwrap().success());
        let drawn = terminal.end(code);
        assert!(!drawn.contains("38;5;") && !drawn.contains("38;2;"), "NO_COLOR: {drawn:?}");
    }
    let mut terminal = Terminal::begin(&project, &[]);
    terminal.wait_for("finished (12 of 12 trials)");
    terminal.press("\x03");
    terminal.end(130);
    // An escape alone, and the end of all keys.
    let mut terminal = Terminal::begin(&project, &[("COLORTERM", "truecolor")]);
    terminal.wait_for("finished (12 of 12 trials)");
    terminal.press("\x1b");
    assert!(terminal.end(0).contains("38;2;0;114;178"));
}
