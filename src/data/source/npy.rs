//! NPY and NPZ, NumPy's formats: plain numeric arrays in C or Fortran order.
//!
//! Headers are checked for size and depth before they are parsed; pickles are never read. It does not pair features with labels.

use npyz::{NpyFile, NpyHeader, Order};

use super::file::{Array, BYTES_MAX, Named};
use crate::data::fault::{Faulty, list, one};
use crate::diagnostic::{UNKNOWN_COLUMN, UNSUPPORTED_TYPE};
use crate::text;

/// Longest header that is parsed; NumPy's own limit.
const HEADER_MAX: usize = 10_000;
/// Deepest nesting of brackets in a header; a plain array needs 2.
const DEPTH_MAX: usize = 8;

/// Reads an `.npy` file.
pub(crate) fn read(file: &Named<'_>, limit: usize) -> Faulty<Array> {
    let (bytes, sha256) = file.read()?;
    array(file, &bytes, limit, sha256)
}

/// Reads the arrays with the given names from an `.npz` file, each by the first of its names that is there.
pub(crate) fn read_npz(file: &Named<'_>, names: &[&[&str]], limit: usize) -> Faulty<Vec<Option<Array>>> {
    let (bytes, sha256) = file.read()?;
    let mut archive = match zip::ZipArchive::new(std::io::Cursor::new(bytes.as_slice())) {
        Ok(archive) => archive,
        Err(e) => {
            return file.damaged(format_args!("is not an NPZ archive: {e}"), "a zip archive of NPY arrays");
        }
    };
    let arrays_in = archive.file_names().filter_map(|n| n.strip_suffix(".npy"));
    let mut known: Vec<String> = arrays_in.map(str::to_string).collect();
    known.sort();
    let mut arrays = Vec::new();
    for choices in names {
        let Some(name) = choices.iter().find(|n| known.iter().any(|k| k == *n)) else {
            arrays.push(None);
            continue;
        };
        let entry = archive.by_name(&format!("{name}.npy"));
        let unpacked = match entry {
            Ok(entry) => file.unpack(entry, BYTES_MAX)?,
            Err(e) => {
                return file.damaged(format_args!("has an array `{name}` that cannot be read: {e}"), "NPZ");
            }
        };
        arrays.push(Some(array(file, &unpacked, limit, sha256.clone())?));
    }
    if arrays[0].is_none() {
        let title = format!("`{}` has no array `{}`", file.written, names[0][0]);
        let label = format!("its arrays are {}", list(&known));
        return one(&UNKNOWN_COLUMN, title, file.at, &label);
    }
    Ok(arrays)
}

fn array(file: &Named<'_>, bytes: &[u8], limit: usize, sha256: String) -> Faulty<Array> {
    check_header(file, bytes)?;
    let mut rest = bytes;
    let header = match NpyHeader::from_reader(&mut rest) {
        Ok(header) => header,
        Err(e) => return file.damaged(format_args!("has a header that cannot be read: {e}"), "an NPY array"),
    };
    let dtype = header.dtype().descr().trim_matches('\'').to_string();
    let kind = dtype.trim_start_matches(['<', '>', '|', '=']).to_string();
    let size: usize = match kind.as_str() {
        "f8" | "i8" | "u8" => 8,
        "f4" | "i4" | "u4" => 4,
        "i2" | "u2" => 2,
        "i1" | "u1" | "b1" => 1,
        _ => {
            let title =
                format!("`{}` holds values of type `{}`", file.written, crate::data::fault::cut(&dtype));
            return one(&UNSUPPORTED_TYPE, title, file.at, "booleans, integers, or floats of 32 or 64 bits");
        }
    };
    let shape: Option<Vec<usize>> = header.shape().iter().map(|&d| usize::try_from(d).ok()).collect();
    let shape = shape.unwrap_or_default();
    let count = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
    if shape.is_empty() || count.and_then(|n| n.checked_mul(size)) != Some(rest.len()) {
        let what = format!(
            "states the shape {:?}, but holds {} of {dtype}",
            header.shape(),
            text::count(rest.len(), "byte")
        );
        return file.damaged(what, "cut off, of no dimension, or with bytes behind its end");
    }
    file.check_count(count.unwrap_or(usize::MAX))?;
    let order = header.order();
    match values(NpyFile::with_header(header, rest), &kind) {
        Ok(values) => Ok(row_major(shape, values, order, limit, sha256)),
        Err(e) => file.damaged(format_args!("cannot be read: {e}"), "an NPY array"),
    }
}

/// Keeps hostile headers from the parser: it recurses, and would allocate whatever length is stated.
fn check_header(file: &Named<'_>, bytes: &[u8]) -> Faulty<()> {
    let at = |i: usize| bytes.get(i).copied().map_or(0, usize::from);
    if !bytes.starts_with(b"\x93NUMPY") || bytes.len() < 12 {
        return file.damaged("does not begin like NPY", "NPY begins with `\\x93NUMPY`");
    }
    let (from, length) = match bytes[6] {
        1 => (10, at(8) | at(9) << 8),
        _ => (12, at(8) | at(9) << 8 | at(10) << 16 | at(11) << 24),
    };
    let header = bytes.get(from..from + length).filter(|_| length <= HEADER_MAX);
    let Some(header) = header else {
        return file.damaged(
            format_args!("states a header of {}", text::count(length, "byte")),
            "at most 10,000 bytes, all of them there",
        );
    };
    let depth = header.iter().filter(|b| matches!(b, b'(' | b'[' | b'{')).count();
    if depth > DEPTH_MAX {
        return file.damaged("has a header with too many brackets", "a plain array, not a record");
    }
    Ok(())
}

/// All values in stored order.
fn values(array: NpyFile<&[u8]>, kind: &str) -> std::io::Result<Vec<f64>> {
    fn wide<T: Into<f64>>(values: Vec<T>) -> Vec<f64> {
        values.into_iter().map(Into::into).collect()
    }
    Ok(match kind {
        "f8" => array.into_vec::<f64>()?,
        "f4" => wide(array.into_vec::<f32>()?),
        "i8" => array.into_vec::<i64>()?.into_iter().map(|v| v as f64).collect(),
        "u8" => array.into_vec::<u64>()?.into_iter().map(|v| v as f64).collect(),
        "i4" => wide(array.into_vec::<i32>()?),
        "u4" => wide(array.into_vec::<u32>()?),
        "i2" => wide(array.into_vec::<i16>()?),
        "u2" => wide(array.into_vec::<u16>()?),
        "i1" => wide(array.into_vec::<i8>()?),
        "u1" => wide(array.into_vec::<u8>()?),
        _ => array.into_vec::<bool>()?.into_iter().map(|b| f64::from(u8::from(b))).collect(),
    })
}

fn row_major(shape: Vec<usize>, values: Vec<f64>, order: Order, limit: usize, sha256: String) -> Array {
    let rows = shape[0].min(limit);
    let width: usize = shape[1..].iter().product();
    let taken = if order == Order::C || shape.len() < 2 {
        let mut values = values;
        values.truncate(rows * width);
        values
    } else {
        fortran(&shape, &values, rows, width)
    };
    Array { shape, values: taken, sha256 }
}

/// The first `rows` rows of an array whose first index runs fastest, with the last index fastest.
fn fortran(shape: &[usize], values: &[f64], rows: usize, width: usize) -> Vec<f64> {
    let mut stored = Vec::with_capacity(width);
    for flat in 0..width {
        let (mut rest, mut offset, mut stride) = (flat, 0, values.len());
        for &size in shape[1..].iter().rev() {
            stride /= size;
            offset += rest % size * stride;
            rest /= size;
        }
        stored.push(offset);
    }
    (0..rows).flat_map(|row| stored.iter().map(move |offset| values[offset + row])).collect()
}
