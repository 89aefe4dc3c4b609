//! IDX, the format of MNIST (Y. LeCun, C. Cortes, C. Burges), plain or in gzip, recognised by content.
//!
//! Magic number, element type, dimensions, and size are checked before a value is read. It does not pair features with labels.

use flate2::read::MultiGzDecoder;

use super::file::{Array, BYTES_MAX, Named};
use crate::data::fault::Faulty;
use crate::text;

const DIMENSIONS_MAX: usize = 8;

/// Longest header: the magic number and a size for each dimension.
const HEADER_MAX: usize = 4 + 4 * DIMENSIONS_MAX;

/// Reads an array, at most its first `limit` rows. A compressed file is unpacked to the size its header states, and no further.
pub(crate) fn read(file: &Named<'_>, limit: usize) -> Faulty<Array> {
    let (mut bytes, sha256) = file.read()?;
    let gzip = bytes.starts_with(&[0x1f, 0x8b]);
    let start =
        if gzip { file.unpack_start(MultiGzDecoder::new(bytes.as_slice()), HEADER_MAX)? } else { Vec::new() };
    let (shape, size, decode) = header(file, if gzip { &start } else { &bytes })?;
    let from = 4 + 4 * shape.len();
    let Some(wanted) = shape.iter().try_fold(size, |n, &d| n.checked_mul(d)) else {
        return file.damaged("states more values than can be counted", "a damaged header");
    };
    let rows = shape[0].min(limit);
    let row: usize = shape[1..].iter().product();
    file.check_count(rows.saturating_mul(row))?;
    if gzip {
        let whole = (wanted as u64).saturating_add(from as u64).min(BYTES_MAX);
        bytes = file.unpack(MultiGzDecoder::new(bytes.as_slice()), whole)?;
    }
    let data = &bytes[from..];
    if data.len() != wanted {
        let shown: Vec<String> = shape.iter().map(usize::to_string).collect();
        let held = text::grouped((data.len() / size) as u64);
        let what = format!("states {} values, but holds {held}", shown.join(" × "));
        return file.damaged(what, "cut off, or with bytes behind its end");
    }
    let values = data.chunks_exact(size).take(rows * row).map(decode).collect();
    Ok(Array { shape, values, sha256 })
}

type Decode = fn(&[u8]) -> f64;

/// Shape, bytes per element, and how to read one. All values are big-endian.
fn header(file: &Named<'_>, bytes: &[u8]) -> Faulty<(Vec<usize>, usize, Decode)> {
    let magic = match bytes {
        [a, b, c, d, ..] => [*a, *b, *c, *d],
        _ => {
            return file.damaged(
                format_args!("has {}, too few for IDX", text::count(bytes.len(), "byte")),
                "an IDX file",
            );
        }
    };
    if magic[..2] != [0, 0] {
        let shown: Vec<String> = magic.iter().map(|b| format!("{b:02x}")).collect();
        return file
            .damaged(format_args!("does not begin like IDX: {}", shown.join(" ")), "IDX begins with 00 00");
    }
    let (size, decode): (usize, Decode) = match magic[2] {
        0x08 => (1, |b| f64::from(b[0])),
        0x09 => (1, |b| f64::from(b[0] as i8)),
        0x0b => (2, |b| f64::from(i16::from_be_bytes(fixed(b)))),
        0x0c => (4, |b| f64::from(i32::from_be_bytes(fixed(b)))),
        0x0d => (4, |b| f64::from(f32::from_be_bytes(fixed(b)))),
        0x0e => (8, |b| f64::from_be_bytes(fixed(b))),
        other => {
            return file.damaged(
                format_args!("has the unknown element type 0x{other:02x}"),
                "IDX knows 08, 09, 0b, 0c, 0d, and 0e",
            );
        }
    };
    let dimensions = usize::from(magic[3]);
    let sizes = bytes.get(4..4 + 4 * dimensions).filter(|_| (1..=DIMENSIONS_MAX).contains(&dimensions));
    let Some(sizes) = sizes else {
        return file.damaged(
            format_args!("states {}, or is cut off within its header", text::count(dimensions, "dimension")),
            "1 to 8 dimensions",
        );
    };
    let shape: Vec<usize> = sizes.chunks_exact(4).map(|b| u32::from_be_bytes(fixed(b)) as usize).collect();
    Ok((shape, size, decode))
}

/// A slice that `chunks_exact` made this long.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(bytes);
    out
}
