//! The terminal itself: raw mode, its second screen, cells as escape sequences; given back however the process ends.
//!
//! ECMA-48 and the few sequences of xterm that every terminal of today knows. A library for this would ask for other features of
//! what Burn stands on, and so for a second build of it.

use std::io::{self, Write};
use std::sync::Mutex;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// The second screen, cleared, without a cursor; and back, with colours as they were.
const ENTER: &str = "\x1b[?1049h\x1b[2J\x1b[?25l";
const LEAVE: &str = "\x1b[0m\x1b[?25h\x1b[?1049l";

/// How the terminal was; whoever takes it out puts it back.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Holds the terminal until it is dropped.
pub(super) struct Held(());

impl Held {
    /// Takes the terminal on standard input and output: keys come at once and are not shown.
    pub(super) fn take() -> io::Result<Held> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        if let Ok(mut place) = BEFORE.lock() {
            *place = Some(before);
        }
        let held = Held(());
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        write_out(ENTER)?;
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // Before anything is said: on the second screen nobody would see it.
            give_back();
            previous(info);
        }));
        Ok(held)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        give_back();
    }
}

/// Does nothing the second time.
fn give_back() {
    let before = BEFORE.lock().ok().and_then(|mut place| place.take());
    if let Some(before) = before {
        let _ = write_out(LEAVE);
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
    }
}

fn write_out(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Cells go out with one write for each picture.
pub(super) struct Screen<W: Write> {
    out: W,
    pending: Vec<u8>,
}

impl<W: Write> Screen<W> {
    pub(super) fn new(out: W) -> Screen<W> {
        Screen { out, pending: Vec::new() }
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut next = None;
        let mut style = None;
        for (x, y, cell) in content {
            if next != Some((x, y)) {
                write!(self.pending, "\x1b[{};{}H", y + 1, x + 1)?;
            }
            if style != Some((cell.fg, cell.modifier)) {
                self.pending.extend_from_slice(rendition(cell.fg, cell.modifier).as_bytes());
                style = Some((cell.fg, cell.modifier));
            }
            self.pending.extend_from_slice(cell.symbol().as_bytes());
            // What is wider than a cell ends somewhere else; the next cell says where it is.
            next = cell.symbol().is_ascii().then_some((x + 1, y));
        }
        self.pending.extend_from_slice(b"\x1b[0m");
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.pending.extend_from_slice(b"\x1b[?25l");
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.pending.extend_from_slice(b"\x1b[?25h");
        Ok(())
    }

    /// Nothing here asks for it.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        write!(self.pending, "\x1b[{};{}H", y + 1, x + 1)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        let code = match region {
            ClearType::All => "\x1b[2J",
            ClearType::AfterCursor => "\x1b[0J",
            ClearType::BeforeCursor => "\x1b[1J",
            ClearType::CurrentLine => "\x1b[2K",
            ClearType::UntilNewLine => "\x1b[0K",
        };
        self.pending.extend_from_slice(code.as_bytes());
        Ok(())
    }

    /// That of the terminal; one that does not say has 80 columns and 24 rows.
    fn size(&self) -> io::Result<Size> {
        let told = tcgetwinsize(io::stdout()).ok().filter(|size| size.ws_col > 0 && size.ws_row > 0);
        Ok(told.map_or(Size::new(80, 24), |size| Size::new(size.ws_col, size.ws_row)))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.pending)?;
        self.pending.clear();
        self.out.flush()
    }
}

/// Select graphic rendition: everything else off.
fn rendition(colour: Color, modifier: Modifier) -> String {
    let mut codes = String::from("\x1b[0");
    let modifiers = [(Modifier::BOLD, 1), (Modifier::DIM, 2), (Modifier::REVERSED, 7)];
    for (_, code) in modifiers.iter().filter(|(one, _)| modifier.contains(*one)) {
        codes.push_str(&format!(";{code}"));
    }
    match colour {
        Color::Indexed(index) => codes.push_str(&format!(";38;5;{index}")),
        Color::Rgb(red, green, blue) => codes.push_str(&format!(";38;2;{red};{green};{blue}")),
        _ => {}
    }
    codes + "m"
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;
    use std::process::Command;

    /// This test starts itself once more, on a pseudo-terminal made by `script` of util-linux, and panics there.
    #[test]
    fn a_panic_gives_the_terminal_back_before_it_speaks() {
        const INNER: &str = "RUNNER_TEST_PANICS";
        if std::env::var_os(INNER).is_some() {
            let _held = Held::take().unwrap();
            panic!("to be seen");
        }
        let name = "cli::watch::screen::tests::a_panic_gives_the_terminal_back_before_it_speaks";
        let test = std::env::current_exe().unwrap();
        let shell = format!("{INNER}=1 {} --exact {name} --nocapture 2>&1; stty -a", test.display());
        let told = Command::new("script").args(["--quiet", "--command", &shell, "/dev/null"]).output();
        let Some(told) = told.ok().filter(|told| told.status.success()) else {
            let mut out = io::stderr().lock();
            let _ =
                writeln!(out, "no panic was tried on a terminal: there is no `script` of util-linux here");
            return;
        };
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let (left, said) = (told.find(LEAVE), told.find("to be seen"));
        assert!(told.contains(ENTER) && left.is_some() && left < said, "{told:?}");
        let settings = told[said.unwrap()..].replace(['\r', '\n', ';'], " ");
        assert!(settings.contains(" icanon ") && settings.contains(" echo "), "{settings}");
    }

    #[test]
    fn cells_become_sequences() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
        buffer.set_string(0, 0, "ab", Style::new());
        buffer.set_string(1, 1, "░c", Style::new().fg(Color::Indexed(25)).add_modifier(Modifier::BOLD));
        let cells = [(0, 0), (1, 0), (1, 1), (2, 1)].map(|(x, y)| (x, y, &buffer[(x, y)]));
        let mut screen = Screen::new(Vec::new());
        screen.draw(cells.into_iter()).unwrap();
        assert!(screen.out.is_empty(), "a picture goes out whole");
        screen.flush().unwrap();
        let expected = "\x1b[1;1H\x1b[0mab\x1b[2;2H\x1b[0;1;38;5;25m░\x1b[2;3Hc\x1b[0m";
        assert_eq!(String::from_utf8(screen.out).unwrap(), expected);
    }
}
