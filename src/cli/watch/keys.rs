//! Keys from the bytes that a terminal sends. It reads nothing itself.

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Quit,
    /// Control-C.
    Interrupt,
    NextView,
    PreviousView,
    Up,
    Down,
    Log,
    Column,
    Help,
    /// One of the views, from 0.
    View(usize),
}

/// Bytes not yet understood: an escape sequence may come in pieces.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<u8>);

const ESCAPE: u8 = 0x1b;

impl Keys {
    /// The keys that these bytes complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.0.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while let Some((used, key)) = first(&self.0) {
            self.0.drain(..used);
            keys.extend(key);
        }
        keys
    }

    /// Nothing followed for a moment: an escape that waits was the key of that name.
    pub(super) fn settle(&mut self) -> Option<Key> {
        let is_escape = self.0 == [ESCAPE];
        self.0.clear();
        is_escape.then_some(Key::Quit)
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.0.is_empty()
    }
}

/// How many bytes the first key has, and what it asks for; `None` where it is not complete.
fn first(bytes: &[u8]) -> Option<(usize, Option<Key>)> {
    let key = match *bytes.first()? {
        ESCAPE => return escaped(bytes),
        0x03 => Some(Key::Interrupt),
        b'q' | b'Q' => Some(Key::Quit),
        b'\t' => Some(Key::NextView),
        b'l' => Some(Key::Log),
        b'c' => Some(Key::Column),
        b'?' | b'h' => Some(Key::Help),
        b'j' => Some(Key::Down),
        b'k' => Some(Key::Up),
        digit @ b'1'..=b'9' => Some(Key::View(usize::from(digit - b'1'))),
        _ => None,
    };
    Some((1, key))
}

/// `ESC [ A`, `ESC O A`, `ESC [ 1 ; 5 C`: parameters, then one letter or `~`.
fn escaped(bytes: &[u8]) -> Option<(usize, Option<Key>)> {
    match bytes.get(1)? {
        b'[' | b'O' => {}
        // Two escapes, or one with another key held: the first stands for itself.
        _ => return Some((1, Some(Key::Quit))),
    }
    let end = 2 + bytes[2..].iter().position(|b| (0x40..=0x7e).contains(b))?;
    let key = match bytes[end] {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' => Some(Key::NextView),
        b'D' | b'Z' => Some(Key::PreviousView),
        _ => None,
    };
    Some((end + 1, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_whole_or_in_pieces() {
        let mut keys = Keys::default();
        assert_eq!(keys.push(b"q\tl?2"), [Key::Quit, Key::NextView, Key::Log, Key::Help, Key::View(1)]);
        assert_eq!(
            keys.push(b"\x1b[A\x1bOB\x1b[1;5C\x1b[Z\x1b[5~"),
            [Key::Up, Key::Down, Key::NextView, Key::PreviousView]
        );
        assert_eq!(keys.push(b"\x1b"), []);
        assert!(keys.is_waiting());
        assert_eq!(keys.push(b"["), []);
        assert_eq!(keys.push(b"D"), [Key::PreviousView]);
        assert_eq!(keys.push(b"\x1b"), []);
        assert_eq!(keys.settle(), Some(Key::Quit));
        assert_eq!(keys.settle(), None);
        assert_eq!(keys.push(b"\x03x\x1bq"), [Key::Interrupt, Key::Quit, Key::Quit]);
    }

    #[test]
    fn no_bytes_stop_the_reading() {
        for a in 0..=255 {
            for b in 0..=255 {
                let mut keys = Keys::default();
                keys.push(&[ESCAPE, a, b, a, 0xff, 0x7f, b'A']);
                keys.settle();
                assert!(!keys.is_waiting());
                assert_eq!(keys.push(b"q"), [Key::Quit]);
            }
        }
    }
}
