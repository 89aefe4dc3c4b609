//! Thrift's compact protocol, as far as a Parquet file needs it: written, never read.
//!
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>. What fields mean is not known here.

/// Types of fields and of the elements of a list.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A struct while it is written: fields in ascending order of their ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    last: i16,
}

/// Seven bits in each byte, the lowest first; all but the last with the top bit set.
pub(super) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small numbers of either sign become small ones without: 0, -1, 1, -2, ...
fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

impl Struct {
    /// With the mark of its end.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }

    fn field(&mut self, id: i16, kind: u8) {
        let step = id - self.last;
        assert!((1..16).contains(&step), "fields ascend in steps that four bits hold");
        self.bytes.push((step as u8) << 4 | kind);
        self.last = id;
    }

    pub(super) fn i32(mut self, id: i16, value: i32) -> Struct {
        self.field(id, I32);
        varint(&mut self.bytes, zigzag(value.into()));
        self
    }

    pub(super) fn i64(mut self, id: i16, value: i64) -> Struct {
        self.field(id, I64);
        varint(&mut self.bytes, zigzag(value));
        self
    }

    pub(super) fn text(mut self, id: i16, value: &str) -> Struct {
        self.field(id, BINARY);
        varint(&mut self.bytes, value.len() as u64);
        self.bytes.extend_from_slice(value.as_bytes());
        self
    }

    pub(super) fn nested(mut self, id: i16, value: Struct) -> Struct {
        self.field(id, STRUCT);
        self.bytes.extend(value.into_bytes());
        self
    }

    fn list(&mut self, id: i16, kind: u8, len: usize) {
        self.field(id, LIST);
        match len {
            0..15 => self.bytes.push((len as u8) << 4 | kind),
            _ => {
                self.bytes.push(0xf0 | kind);
                varint(&mut self.bytes, len as u64);
            }
        }
    }

    pub(super) fn structs(mut self, id: i16, values: Vec<Struct>) -> Struct {
        self.list(id, STRUCT, values.len());
        self.bytes.extend(values.into_iter().flat_map(Struct::into_bytes));
        self
    }

    pub(super) fn i32s(mut self, id: i16, values: &[i32]) -> Struct {
        self.list(id, I32, values.len());
        values.iter().for_each(|value| varint(&mut self.bytes, zigzag((*value).into())));
        self
    }

    pub(super) fn texts(mut self, id: i16, values: &[&str]) -> Struct {
        self.list(id, BINARY, values.len());
        for value in values {
            varint(&mut self.bytes, value.len() as u64);
            self.bytes.extend_from_slice(value.as_bytes());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_specification() {
        // "Integer encoding": 50399 as a varint; zigzag 0, -1, 1, -2, and the ends of 32 bits.
        let mut out = Vec::new();
        varint(&mut out, 50399);
        assert_eq!(out, [0xdf, 0x89, 0x03]);
        let pairs = [(0, 0), (-1, 1), (1, 2), (-2, 3), (2147483647, 4294967294), (-2147483648, 4294967295)];
        pairs.into_iter().for_each(|(value, expected)| assert_eq!(zigzag(value), expected));
    }

    #[test]
    fn fields_have_the_headers_of_the_specification() {
        // "Struct encoding": `dddd tttt`, the step from the id before; "List encoding": `ssss tttt`, 15 and a varint for longer ones.
        let inner = Struct::default().i64(2, -1);
        let written =
            Struct::default().i32(1, 1).text(4, "hi").nested(5, inner).i32s(6, &[1, -1]).into_bytes();
        let expected = [0x15, 2, 0x38, 2, b'h', b'i', 0x1c, 0x26, 1, 0, 0x19, 0x25, 2, 1, 0];
        assert_eq!(written, expected);
        let long = Struct::default().texts(1, &["a"; 16]).into_bytes();
        assert_eq!(long[..5], [0x19, 0xf8, 16, 1, b'a']);
    }
}
