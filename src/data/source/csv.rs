//! CSV and TSV: bytes to rows of cells, and cells back to places for messages.
//!
//! It knows nothing of types, targets, or missing values. Beside RFC 4180 it takes any single-byte delimiter, a byte order mark,
//! CRLF or LF, blank lines (skipped), and blanks around cells (removed).

use ::csv::{ByteRecord, ReaderBuilder};

use crate::data::cell::{self, Cell};
use crate::data::fault::{Faults, Faulty};
use crate::diagnostic::{
    DUPLICATE_COLUMN, Diagnostic, EMPTY_FILE, NO_ROWS, NOT_UTF8, RAGGED_ROW, Sources, Span, UNCLOSED_QUOTE,
};
use crate::text;

/// Longest start of a line that a message quotes.
const EXCERPT_MAX: usize = 64 << 10;
/// What is quoted after the cell in question.
const AFTER_MAX: usize = 200;

/// A delimited text that is valid UTF-8.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    /// The file, as written.
    pub(crate) name: &'a str,
    /// Without the byte order mark.
    pub(crate) text: &'a str,
    pub(crate) delimiter: u8,
    pub(crate) header: bool,
}

/// One row of cells.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// From 1, header and blank lines not counted.
    pub(crate) number: usize,
    /// Byte offset of its first cell.
    pub(crate) start: usize,
    record: &'a ByteRecord,
}

impl<'a> Row<'a> {
    /// A cell without the blanks around it.
    pub(crate) fn cell(&self, column: usize) -> &'a str {
        let bytes = self.record.get(column).unwrap_or_default();
        // The whole text is UTF-8 and cells end at ASCII bytes, so only a delimiter that is not ASCII could cut a character.
        std::str::from_utf8(bytes).unwrap_or_default().trim()
    }

    pub(crate) fn cells(&self) -> impl Iterator<Item = &'a str> {
        let count = self.record.len();
        (0..count).map(|column| self.cell(column))
    }
}

/// The delimiter of a file: the one given, else a tab for `.tsv` and a comma otherwise.
pub(crate) fn delimiter(given: Option<u8>, name: &str) -> u8 {
    let tabs = name.to_ascii_lowercase().ends_with(".tsv");
    given.unwrap_or(if tabs { b'\t' } else { b',' })
}

/// The bytes as text without byte order mark, or the place where they stop being UTF-8.
pub(crate) fn decode<'a>(name: &str, bytes: &'a [u8], at: &Span, sources: &mut Sources) -> Faulty<&'a str> {
    let decoded = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(e) => return Err(vec![not_utf8(name, bytes, e.valid_up_to(), at, sources)]),
    };
    if decoded.trim().is_empty() {
        let fault = Diagnostic::error(&EMPTY_FILE, format!("`{name}` is empty"));
        return Err(vec![fault.at(at, "named here")]);
    }
    Ok(decoded)
}

fn not_utf8(name: &str, bytes: &[u8], good: usize, at: &Span, sources: &mut Sources) -> Diagnostic {
    let start = bytes[..good].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let end = bytes[good..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |at| good + at);
    let title =
        format!("`{name}` is not UTF-8: byte 0x{:02x} at offset {}", bytes[good], text::grouped(good as u64));
    let fault = Diagnostic::error(&NOT_UTF8, title);
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return fault.at(at, "named here").help("it begins like UTF-16: save it as \"CSV UTF-8\"");
    }
    if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(b"PK") {
        return fault.at(at, "named here").help("it begins like a compressed file: unpack it first");
    }
    let fault = fault.help("save it as UTF-8, for example with `iconv -f windows-1252 -t utf-8`");
    if good - start > EXCERPT_MAX {
        return fault;
    }
    let line = bytes[..good].iter().filter(|&&b| b == b'\n').count() + 1;
    let before = String::from_utf8_lossy(&bytes[start..good]);
    let after = String::from_utf8_lossy(&bytes[good..end.min(good + AFTER_MAX)]);
    let range = before.len()..before.len() + after.chars().next().map_or(0, char::len_utf8);
    let source = sources.add_excerpt(name, format!("{before}{after}"), line);
    fault.at(&Span { source, range }, "not UTF-8 from here")
}

impl<'a> Table<'a> {
    /// The column names: those of the header, `column_N` for blank ones and where there is no header.
    pub(crate) fn columns(&self, sources: &mut Sources) -> Faulty<Vec<String>> {
        if let Some(quote) = self.unclosed(self.first_byte(0)) {
            return Err(vec![self.unclosed_quote(quote, sources)]);
        }
        let mut names = Vec::new();
        // A fault of form in the first row is reported by `rows`.
        self.visit(true, |row| {
            names = row.cells().map(str::to_string).collect();
            false
        });
        for (index, name) in names.iter_mut().enumerate() {
            if !self.header || name.is_empty() {
                *name = format!("column_{}", index + 1);
            }
        }
        let mut faults = Faults::default();
        let mut seen = std::collections::BTreeMap::new();
        for (index, name) in names.iter().enumerate() {
            if let Some(first) = seen.insert(name.as_str(), index) {
                faults.push(|| {
                    let title = format!("columns {} and {} are both named `{name}`", first + 1, index + 1);
                    let fault = Diagnostic::error(&DUPLICATE_COLUMN, title);
                    match self.header_places(first, index, sources) {
                        Some((first, again)) => fault.at(&again, "again here").also(&first, "first here"),
                        None => fault,
                    }
                    .help("rename one of them in the header")
                });
            }
        }
        faults.finish().map(|()| names)
    }

    /// Calls `each` for every data row until it returns false. Rows of a wrong length and an unclosed quote become faults.
    pub(crate) fn rows(
        &self,
        columns: usize,
        faults: &mut Faults,
        sources: &mut Sources,
        mut each: impl FnMut(&Row<'_>, &mut Faults, &mut Sources) -> bool,
    ) {
        let mut rows = 0;
        self.visit(false, |row| {
            rows += 1;
            let found = row.record.len();
            if found == columns {
                return each(row, faults, sources);
            }
            faults.push(|| match self.unclosed(row.start) {
                Some(quote) => self.unclosed_quote(quote, sources),
                None => self.ragged(row, columns, sources),
            });
            true
        });
        if rows == 0 && faults.is_empty() {
            let title = format!("`{}` has a header but no rows", self.name);
            faults.push(|| {
                let fault = Diagnostic::error(&NO_ROWS, title);
                match self.header_place(0, sources) {
                    Some(place) => fault.at(&place, "the header, with nothing under it"),
                    None => fault,
                }
            });
        }
    }

    /// Reads row by row; `first` includes the header. The `csv` crate never fails on bytes in memory with flexible rows.
    fn visit(&self, first: bool, mut each: impl FnMut(&Row<'_>) -> bool) {
        let mut reader = ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(self.text.as_bytes());
        let mut record = ByteRecord::new();
        let (mut number, mut header) = (0, self.header && !first);
        while matches!(reader.read_byte_record(&mut record), Ok(true)) {
            let blank = record.len() == 1 && record[0].trim_ascii().is_empty() && !self.quoted_at(&record);
            if blank {
                continue;
            }
            if std::mem::take(&mut header) {
                continue;
            }
            number += 1;
            let start = self.first_byte(record.position().map_or(0, |p| p.byte() as usize));
            if !each(&Row { number, start, record: &record }) {
                break;
            }
        }
    }

    /// A lone `""` is a cell, not a blank line.
    fn quoted_at(&self, record: &ByteRecord) -> bool {
        let start = self.first_byte(record.position().map_or(0, |p| p.byte() as usize));
        self.text.as_bytes().get(start) == Some(&b'"')
    }

    /// The reader's position may lie before the line ends that precede a row.
    fn first_byte(&self, position: usize) -> usize {
        let rest = &self.text.as_bytes()[position.min(self.text.len())..];
        position + rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()
    }

    /// Raw byte ranges of the cells of the row at `start`; the flag says that the last one has no closing quote.
    fn raw_cells(&self, start: usize) -> (Vec<std::ops::Range<usize>>, bool) {
        let bytes = self.text.as_bytes();
        let (mut cells, mut begin, mut at, mut quoted) = (Vec::new(), start, start, false);
        while at < bytes.len() {
            let byte = bytes[at];
            if quoted {
                quoted = byte != b'"';
            } else if byte == b'"' && (at == begin || (bytes[begin] == b'"' && bytes[at - 1] == b'"')) {
                quoted = true;
            } else if byte == self.delimiter {
                cells.push(begin..at);
                begin = at + 1;
            } else if matches!(byte, b'\r' | b'\n') {
                break;
            }
            at += 1;
        }
        cells.push(begin..at);
        (cells, quoted)
    }

    /// Offset of the opening quote, if the row at `start` runs to the end of the file within quotes.
    fn unclosed(&self, start: usize) -> Option<usize> {
        let (cells, open) = self.raw_cells(start);
        open.then(|| cells.last().map_or(start, |c| c.start))
    }

    /// The place of a cell of the row at `start`; `None` when the line is too long to quote.
    pub(crate) fn place(&self, start: usize, column: usize, sources: &mut Sources) -> Option<Span> {
        let (cells, _) = self.raw_cells(start);
        let cell = cells.get(column).or(cells.last())?.clone();
        let raw = self.text.get(cell.clone())?;
        let left = cell.start + raw.len() - raw.trim_start().len();
        let right = left + raw.trim().len();
        self.span(start, left.min(cell.end)..right.max(left.min(cell.end)), sources)
    }

    /// The text of a cell of the row at `start`, for messages.
    pub(crate) fn cell_at(&self, start: usize, column: usize) -> String {
        let (cells, _) = self.raw_cells(start);
        let raw = cells.get(column).and_then(|c| self.text.get(c.clone())).unwrap_or_default().trim();
        let inner = raw.strip_prefix('"').and_then(|r| r.strip_suffix('"'));
        inner.map_or_else(|| raw.to_string(), |quoted| quoted.replace("\"\"", "\"").trim().to_string())
    }

    /// The place of a column's name.
    pub(crate) fn header_place(&self, column: usize, sources: &mut Sources) -> Option<Span> {
        self.header.then(|| self.place(self.first_byte(0), column, sources)).flatten()
    }

    /// The place of all column names.
    pub(crate) fn header_line(&self, sources: &mut Sources) -> Option<Span> {
        let start = self.first_byte(0);
        let end = self.raw_cells(start).0.last()?.end;
        self.header.then(|| self.span(start, start..end, sources)).flatten()
    }

    /// The places of two column names, the second behind the first, in one excerpt.
    fn header_places(&self, first: usize, second: usize, sources: &mut Sources) -> Option<(Span, Span)> {
        let start = self.first_byte(0);
        let second = self.header_place(second, sources)?;
        let cell = self.raw_cells(start).0.get(first)?.clone();
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let range = cell.start - line_start..cell.end - line_start;
        Some((Span { source: second.source, range }, second))
    }

    /// The line of the row at `start`, from 1.
    pub(crate) fn line(&self, start: usize) -> usize {
        self.text[..start].bytes().filter(|&b| b == b'\n').count() + 1
    }

    /// Whether a cell of the first row is a number, so that it is hardly a header.
    pub(crate) fn header_is_data(&self) -> bool {
        let start = self.first_byte(0);
        let count = self.raw_cells(start).0.len();
        let number = |column| matches!(cell::read(&self.cell_at(start, column)), Cell::Number(_));
        self.header && (0..count).any(number)
    }

    /// A range of the text as a span of an excerpt that begins at `start`.
    fn span(&self, start: usize, range: std::ops::Range<usize>, sources: &mut Sources) -> Option<Span> {
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        if range.end - line_start > EXCERPT_MAX {
            return None;
        }
        let rest = self.text.get(range.end..)?;
        let mut after = rest.find(['\r', '\n']).unwrap_or(rest.len()).min(AFTER_MAX);
        while !rest.is_char_boundary(after) {
            after -= 1;
        }
        let line = self.line(line_start);
        let excerpt = &self.text[line_start..range.end + after];
        let source = sources.add_excerpt(self.name, excerpt, line);
        Some(Span { source, range: range.start - line_start..range.end - line_start })
    }

    fn ragged(&self, row: &Row<'_>, columns: usize, sources: &mut Sources) -> Diagnostic {
        let found = row.record.len();
        let title = format!(
            "row {} has {}, but there {} {}",
            row.number,
            text::count(found, "cell"),
            if columns == 1 { "is" } else { "are" },
            text::count(columns, "column")
        );
        let fault = Diagnostic::error(&RAGGED_ROW, title);
        let fault = if found > columns {
            match self.place(row.start, columns, sources) {
                Some(place) => fault.at(&place, "more than the columns"),
                None => fault,
            }
            .help("a delimiter inside a cell needs quotes: \"a,b\"")
        } else {
            match self.place(row.start, found.saturating_sub(1), sources) {
                Some(place) => fault.at(&place, "the row ends here"),
                None => fault,
            }
            .help("a cell without a value still needs its delimiter")
        };
        match self.other_delimiter() {
            Some(other) if columns == 1 || found == 1 => fault.help(format!("set `delimiter = {other}`")),
            _ => fault,
        }
    }

    fn unclosed_quote(&self, quote: usize, sources: &mut Sources) -> Diagnostic {
        let fault =
            Diagnostic::error(&UNCLOSED_QUOTE, "a quoted cell does not end before the end of the file");
        match self.span(quote, quote..quote + 1, sources) {
            Some(place) => fault.at(&place, "opened here"),
            None => fault,
        }
        .help("close it with `\"`; write a quote inside a cell twice: `\"\"`")
    }

    /// A delimiter that the first line seems to use instead, as TOML.
    pub(crate) fn other_delimiter(&self) -> Option<&'static str> {
        let first = self.text.lines().next().unwrap_or_default();
        let known = [(b';', "\";\""), (b'\t', "\"\\t\""), (b'|', "\"|\""), (b',', "\",\"")];
        let used = known.into_iter().find(|(d, _)| *d != self.delimiter && first.as_bytes().contains(d));
        used.map(|(_, toml)| toml)
    }
}
