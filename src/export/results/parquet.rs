//! A table as a Parquet file: flat columns, each with the type of its kind, any field may be null.
//!
//! The format is small where columns are flat, and written here rather than by a crate: `parquet` 60 brings six crates and
//! other features of some that Burn stands on, for what is 250 lines. Values are PLAIN, pages are compressed with gzip, which every
//! reader has. There are no statistics and no dictionaries: these tables are small. Nothing depends on clock or machine.
//! <https://github.com/apache/parquet-format>

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Fault;
use super::source::{Column, Field, Rows};
use super::thrift::{Struct, varint};
use crate::report::Kind;

/// Rows that are held before they are written.
const GROUP_ROWS: usize = 1 << 15;

const MAGIC: &[u8; 4] = b"PAR1";

// Numbers of the format's enumerations (parquet.thrift).
const BOOLEAN: i32 = 0;
const INT64: i32 = 2;
const DOUBLE: i32 = 5;
const BYTE_ARRAY: i32 = 6;
const OPTIONAL: i32 = 1;
const UTF8: i32 = 0;
const PLAIN: i32 = 0;
const RLE: i32 = 3;
const GZIP: i32 = 2;
const DATA_PAGE: i32 = 0;

/// Writes all rows of a table; how many there were.
pub(super) fn write(mut rows: Rows, out: &mut dyn Write) -> Result<usize, Fault> {
    let mut file = File { out, at: 0, groups: Vec::new(), rows: 0 };
    file.put(MAGIC)?;
    let mut columns: Vec<Values> = rows.columns.iter().map(|_| Values::default()).collect();
    let mut held = 0;
    while let Some(row) = rows.next()? {
        columns.iter_mut().zip(row).for_each(|(values, field)| values.push(field));
        held += 1;
        if held == GROUP_ROWS {
            file.group(&rows.columns, &mut columns, std::mem::take(&mut held))?;
        }
    }
    if held > 0 {
        file.group(&rows.columns, &mut columns, held)?;
    }
    file.end(&rows.columns)
}

fn physical(kind: Kind) -> i32 {
    match kind {
        Kind::Count => INT64,
        Kind::Number => DOUBLE,
        Kind::Flag => BOOLEAN,
        Kind::Word | Kind::Text => BYTE_ARRAY,
    }
}

/// The fields of a column of one row group.
#[derive(Default)]
struct Values {
    /// Runs of fields that are there (1) or not (0): the definition levels.
    runs: Vec<(u8, u64)>,
    /// PLAIN: eight bytes each, little-endian; texts with their length in four bytes before them; flags in a bit each.
    plain: Vec<u8>,
    /// Flags so far.
    flags: usize,
}

impl Values {
    fn push(&mut self, field: Field) {
        let level = u8::from(field != Field::Empty);
        match self.runs.last_mut() {
            Some((last, count)) if *last == level => *count += 1,
            _ => self.runs.push((level, 1)),
        }
        match field {
            Field::Empty => {}
            Field::Count(n) => self.plain.extend_from_slice(&n.to_le_bytes()),
            Field::Number(x) => self.plain.extend_from_slice(&x.to_le_bytes()),
            Field::Flag(is_set) => {
                // Eight to a byte, the first in the lowest bit.
                if self.flags.is_multiple_of(8) {
                    self.plain.push(0);
                }
                *self.plain.last_mut().expect("a byte was begun") |= u8::from(is_set) << (self.flags % 8);
                self.flags += 1;
            }
            Field::Text(text) => {
                self.plain.extend_from_slice(&(text.len() as u32).to_le_bytes());
                self.plain.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// The page, uncompressed; nothing is left behind.
    fn take_page(&mut self) -> Vec<u8> {
        let mut levels = Vec::new();
        for (level, count) in self.runs.drain(..) {
            varint(&mut levels, count << 1);
            levels.push(level);
        }
        let mut page = (levels.len() as u32).to_le_bytes().to_vec();
        page.append(&mut levels);
        page.append(&mut self.plain);
        self.flags = 0;
        page
    }
}

struct File<'a> {
    out: &'a mut dyn Write,
    at: i64,
    groups: Vec<Struct>,
    rows: usize,
}

impl File<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as i64;
        self.out.write_all(bytes)
    }

    /// One page for each column.
    fn group(&mut self, columns: &[Column], values: &mut [Values], rows: usize) -> io::Result<()> {
        let start = self.at;
        let mut total = 0;
        let mut chunks = Vec::new();
        for (column, values) in columns.iter().zip(values) {
            let offset = self.at;
            let page = values.take_page();
            let compressed = gzip(&page)?;
            let of_data = Struct::default().i32(1, rows as i32).i32(2, PLAIN).i32(3, RLE).i32(4, RLE);
            let header = Struct::default()
                .i32(1, DATA_PAGE)
                .i32(2, page.len() as i32)
                .i32(3, compressed.len() as i32)
                .nested(5, of_data)
                .into_bytes();
            self.put(&header)?;
            self.put(&compressed)?;
            let uncompressed = (header.len() + page.len()) as i64;
            total += uncompressed;
            let meta = Struct::default()
                .i32(1, physical(column.kind))
                .i32s(2, &[PLAIN, RLE])
                .texts(3, &[&column.name])
                .i32(4, GZIP)
                .i64(5, rows as i64)
                .i64(6, uncompressed)
                .i64(7, self.at - offset)
                .i64(9, offset);
            chunks.push(Struct::default().i64(2, offset).nested(3, meta));
        }
        let group = Struct::default().structs(1, chunks).i64(2, total).i64(3, rows as i64);
        self.groups.push(group.i64(5, start).i64(6, self.at - start));
        self.rows += rows;
        Ok(())
    }

    /// The footer.
    fn end(mut self, columns: &[Column]) -> Result<usize, Fault> {
        let element = |column: &Column| {
            let element =
                Struct::default().i32(1, physical(column.kind)).i32(3, OPTIONAL).text(4, &column.name);
            match physical(column.kind) {
                BYTE_ARRAY => element.i32(6, UTF8).nested(10, Struct::default().nested(1, Struct::default())),
                _ => element,
            }
        };
        let root = Struct::default().text(4, "schema").i32(5, columns.len() as i32);
        let footer = Struct::default()
            .i32(1, 1)
            .structs(2, std::iter::once(root).chain(columns.iter().map(element)).collect())
            .i64(3, self.rows as i64)
            .structs(4, std::mem::take(&mut self.groups))
            .text(6, concat!("runner version ", env!("CARGO_PKG_VERSION")))
            .into_bytes();
        self.put(&footer)?;
        self.put(&(footer.len() as u32).to_le_bytes())?;
        self.put(MAGIC)?;
        Ok(self.rows)
    }
}

/// The time in its header is 0.
fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_levels_and_values_as_the_format_says() {
        // parquet-format, Encodings.md: a run is its length doubled, then its value; `true` in bit 0 first; "bit width" 1.
        let mut flags = Values::default();
        [true, false, true].into_iter().for_each(|f| flags.push(Field::Flag(f)));
        flags.push(Field::Empty);
        assert_eq!(flags.take_page(), [4, 0, 0, 0, 6, 1, 2, 0, 0b101]);
        flags.push(Field::Flag(true));
        assert_eq!(flags.take_page(), [2, 0, 0, 0, 2, 1, 1], "nothing is left of the group before");
        let mut texts = Values::default();
        texts.push(Field::Text("ä".into()));
        assert_eq!(texts.take_page(), [2, 0, 0, 0, 2, 1, 2, 0, 0, 0, 0xc3, 0xa4]);
        let mut counts = Values::default();
        counts.push(Field::Count(258));
        assert_eq!(counts.take_page()[6..], [2, 1, 0, 0, 0, 0, 0, 0]);
    }
}
