//! The safetensors format, written so that equal networks are equal bytes: named tensors and named texts in one file.
//!
//! Eight bytes with the length of a JSON header, little-endian; the header, `{"__metadata__": {name: text}, name: {"dtype", "shape",
//! "data_offsets"}}`, with spaces up to a multiple of eight; then the numbers, little-endian and row-major, double precision first.
//! Written by hand because the order of the texts must not be that of a hash table. A text `sha256` is the SHA-256 of the whole file
//! with 64 zeros in its place, so that any change is seen. What tensors and texts mean is not known here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::disk;
use crate::event::Tensor;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorFile {
    /// By name, [`SUM`] left out.
    pub notes: BTreeMap<String, String>,
    pub tensors: Vec<Tensor>,
}

/// The name of the text with the checksum.
const SUM: &str = "sha256";
const NO_SUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const METADATA: &str = "__metadata__";
/// The header up to the checksum, which so has its place in every file.
const BEGINNING: &str = r#"{"__metadata__":{"sha256":""#;
const LENGTH: usize = 8;

#[derive(Deserialize)]
struct Place {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

impl TensorFile {
    pub fn note(&self, name: &str) -> Option<&str> {
        self.notes.get(name).map(String::as_str)
    }

    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|t| t.name == name)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        // Doubles first, so that every number lies at a multiple of its size.
        let (single, double): (Vec<&Tensor>, Vec<&Tensor>) = self.tensors.iter().partition(|t| t.is_single);
        let (mut header, mut data) = (self.header(), Vec::new());
        for tensor in double.into_iter().chain(single) {
            let begin = data.len();
            let dtype = if tensor.is_single { "F32" } else { "F64" };
            for value in &tensor.values {
                match tensor.is_single {
                    true => data.extend((*value as f32).to_le_bytes()),
                    false => data.extend(value.to_le_bytes()),
                }
            }
            let (name, shape, end) = (quoted(&tensor.name), &tensor.shape, data.len());
            let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
            let _ = write!(
                header,
                r#",{name}:{{"dtype":"{dtype}","shape":[{}],"data_offsets":[{begin},{end}]}}"#,
                shape.join(",")
            );
        }
        header.push('}');
        let length = header.len().next_multiple_of(LENGTH);
        let _ = write!(header, "{:1$}", "", length - header.len());
        let file = [&(length as u64).to_le_bytes()[..], header.as_bytes(), &data].concat();
        with_sum(file)
    }

    /// The header up to its texts.
    fn header(&self) -> String {
        let mut header = format!("{BEGINNING}{NO_SUM}\"");
        for (name, text) in &self.notes {
            let _ = write!(header, ",{}:{}", quoted(name), quoted(text));
        }
        header.push('}');
        header
    }

    /// What a file of ours holds; `None` where it is not, to the last bit, what was written.
    pub fn read(bytes: &[u8]) -> Option<TensorFile> {
        let length: [u8; LENGTH] = bytes.get(..LENGTH)?.try_into().ok()?;
        let length = usize::try_from(u64::from_le_bytes(length)).ok()?;
        let end = length.checked_add(LENGTH)?;
        let (header, data) = (bytes.get(LENGTH..end)?, &bytes[end..]);
        let header = std::str::from_utf8(header).ok()?;
        let mut entries: BTreeMap<String, serde_json::Value> = serde_json::from_str(header).ok()?;
        let mut notes: BTreeMap<String, String> = serde_json::from_value(entries.remove(METADATA)?).ok()?;
        notes.remove(SUM)?;
        let mut places = Vec::with_capacity(entries.len());
        for (name, entry) in entries {
            places.push((name, serde_json::from_value::<Place>(entry).ok()?));
        }
        places.sort_by_key(|(_, place)| place.data_offsets);
        let tensors = places.into_iter().map(|(name, place)| tensor(name, place, data));
        let file = TensorFile { notes, tensors: tensors.collect::<Option<_>>()? };
        is_sound(bytes).then_some(file)
    }
}

fn tensor(name: String, place: Place, data: &[u8]) -> Option<Tensor> {
    let bytes = data.get(place.data_offsets.0..place.data_offsets.1)?;
    let is_single = match place.dtype.as_str() {
        "F32" => true,
        "F64" => false,
        _ => return None,
    };
    let single = |chunk: &[u8]| chunk.try_into().map_or(f64::NAN, |c| f64::from(f32::from_le_bytes(c)));
    let double = |chunk: &[u8]| chunk.try_into().map_or(f64::NAN, f64::from_le_bytes);
    let values: Vec<f64> = match is_single {
        true => bytes.chunks(4).map(single).collect(),
        false => bytes.chunks(8).map(double).collect(),
    };
    let count = place.shape.iter().try_fold(1_usize, |count, n| count.checked_mul(*n))?;
    let size = if is_single { 4 } else { 8 };
    let fits = count.checked_mul(size) == Some(bytes.len());
    fits.then_some(Tensor { name, shape: place.shape, values, is_single })
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The place of the checksum's digits.
const SUM_AT: std::ops::Range<usize> = LENGTH + BEGINNING.len()..LENGTH + BEGINNING.len() + NO_SUM.len();

fn with_sum(mut file: Vec<u8>) -> Vec<u8> {
    let sum = disk::sha256(&file);
    file[SUM_AT].copy_from_slice(sum.as_bytes());
    file
}

fn is_sound(file: &[u8]) -> bool {
    let is_begun = file.get(LENGTH..SUM_AT.start) == Some(BEGINNING.as_bytes());
    let Some(stated) = file.get(SUM_AT).filter(|_| is_begun) else { return false };
    let zeroed = [&file[..SUM_AT.start], NO_SUM.as_bytes(), &file[SUM_AT.end..]].concat();
    disk::sha256(&zeroed).as_bytes() == stated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> TensorFile {
        let tensor = |name: &str, shape: &[usize], values: &[f64], is_single| Tensor {
            name: name.into(),
            shape: shape.to_vec(),
            values: values.to_vec(),
            is_single,
        };
        TensorFile {
            notes: [("format", "runner-model 1"), ("words", "{\"a\": [\"},\", \"ä\\n\"]}")]
                .map(|(name, text)| (name.to_string(), text.to_string()))
                .into(),
            tensors: vec![
                tensor("inputs.shift", &[2], &[1e300, f64::MIN_POSITIVE], false),
                tensor("layer_0.weight", &[2, 3], &[0.5, -0.0, 1.5, f64::from(0.1_f32), 3.0, 4.0], true),
                tensor("layer_0.bias", &[3], &[1.0, 2.0, 3.0], true),
            ],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(TensorFile::read(&file().to_bytes()), Some(file()));
        assert_eq!(TensorFile::read(&TensorFile::default().to_bytes()), Some(TensorFile::default()));
    }

    #[test]
    fn any_change_is_seen() {
        let whole = file().to_bytes();
        for at in 0..whole.len() {
            assert_eq!(TensorFile::read(&whole[..at]), None, "cut at {at}");
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert_eq!(TensorFile::read(&changed), None, "a bit of byte {at}");
        }
        assert_eq!(TensorFile::read(&[&whole[..], b" "].concat()), None);
    }

    /// The numbers lie at multiples of their sizes behind a header of a multiple of eight bytes, as readers that map files into memory
    /// need it (the format's own writer does the same).
    #[test]
    fn numbers_are_aligned() {
        let bytes = file().to_bytes();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap());
        assert_eq!(length % 8, 0);
        let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length as usize]).unwrap();
        assert_eq!(header["inputs.shift"]["data_offsets"], serde_json::json!([0, 16]));
        assert_eq!(header["layer_0.weight"]["data_offsets"], serde_json::json!([16, 40]));
        assert_eq!(header["layer_0.bias"]["dtype"], "F32");
        assert_eq!(bytes.len(), 8 + length as usize + 52);
    }
}
