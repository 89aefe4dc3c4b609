//! TensorBoard's event files: records with checksums, each an `Event` message.
//!
//! Scalars are what `SummaryWriter.add_scalar` writes (`simple_value`); hyperparameters are those of the HPARAMS plugin. No clock:
//! the time of an event is a number that is given. What tags mean is not known here.
//! <https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto>, `plugins/hparams/*.proto`

use super::super::protobuf::Message;

/// A hyperparameter, as the plugin can hold it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Text(String),
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Success = 1,
    Failure = 2,
}

/// An event file, record after record.
#[derive(Clone, Debug)]
pub(super) struct Events(Vec<u8>);

impl Events {
    /// Begins with the version of the format, as every event file does.
    pub(super) fn new() -> Events {
        let mut events = Events(Vec::new());
        events.record(&Message::default().text(3, "brain.Event:2").into_bytes());
        events
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// A TFRecord: length, its checksum, bytes, their checksum; all little-endian.
    fn record(&mut self, bytes: &[u8]) {
        let length = (bytes.len() as u64).to_le_bytes();
        self.0.extend(length);
        self.0.extend(masked(crc32c(&length)).to_le_bytes());
        self.0.extend(bytes);
        self.0.extend(masked(crc32c(bytes)).to_le_bytes());
    }

    fn event(&mut self, time: f64, step: i64, values: impl IntoIterator<Item = Message>) {
        let summary = Message::default().messages(1, values);
        let event = Message::default().double(1, time).int(2, step).message(5, summary);
        self.record(&event.into_bytes());
    }

    /// One value for each tag.
    pub(super) fn scalars<'a>(
        &mut self,
        time: f64,
        step: i64,
        values: impl IntoIterator<Item = (&'a str, f64)>,
    ) {
        // Single precision is what the field has.
        let value = |(tag, x): (&str, f64)| Message::default().text(1, tag).float(2, x as f32);
        self.event(time, step, values.into_iter().map(value));
    }

    /// The columns of the HPARAMS tab: hyperparameters by name (whether they are numbers), and tags of metrics.
    pub(super) fn experiment(&mut self, name: &str, hyperparameters: &[(&str, bool)], metrics: &[&str]) {
        // DataType: STRING 1, FLOAT64 3.
        let hyperparameter = |(name, is_number): &(&str, bool)| {
            Message::default().text(1, name).int(4, if *is_number { 3 } else { 1 })
        };
        let metric = |tag: &&str| Message::default().message(1, Message::default().text(2, tag));
        let experiment = Message::default()
            .text(6, name)
            .messages(4, hyperparameters.iter().map(hyperparameter))
            .messages(5, metrics.iter().map(metric));
        self.plugin("_hparams_/experiment", 0.0, Message::default().message(2, experiment));
    }

    /// A session with its hyperparameters; sessions of a group are averaged.
    pub(super) fn session_start(&mut self, group: &str, hyperparameters: &[(&str, Value)]) {
        let entry = |(name, value): &(&str, Value)| {
            let value = match value {
                Value::Number(x) => Message::default().double(2, *x),
                Value::Text(text) => Message::default().text(3, text),
            };
            Message::default().text(1, name).message(2, value)
        };
        let start = Message::default().messages(1, hyperparameters.iter().map(entry)).text(4, group);
        self.plugin("_hparams_/session_start_info", 0.0, Message::default().message(3, start.double(5, 0.0)));
    }

    pub(super) fn session_end(&mut self, time: f64, status: Status) {
        let end = Message::default().int(1, status as i64).double(2, time);
        self.plugin("_hparams_/session_end_info", time, Message::default().message(4, end));
    }

    /// A summary that holds nothing but what is for the plugin, version 0 of its data.
    fn plugin(&mut self, tag: &str, time: f64, data: Message) {
        let plugin = Message::default().text(1, "hparams").message(2, data);
        let metadata = Message::default().message(1, plugin);
        self.event(time, 0, [Message::default().text(1, tag).message(9, metadata)]);
    }
}

/// What stands in a record instead of a checksum, so that a record within a record has another (TensorFlow, `lib/hash/crc32c.h`).
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli), as RFC 3720 has it: reflected polynomial 0x82f63b78.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| TABLE[usize::from(crc as u8 ^ byte)] ^ crc >> 8;
    !bytes.iter().fold(u32::MAX, step)
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_rfc() {
        // RFC 3720, B.4: 32 bytes of zeros, of ones, ascending, and descending.
        let ascending: Vec<u8> = (0..32).collect();
        let descending: Vec<u8> = (0..32).rev().collect();
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&ascending), 0x46dd_794e);
        assert_eq!(crc32c(&descending), 0x113f_db5c);
    }

    /// What TensorBoard 2.21.0 writes: `RecordWriter(f).write(Event(file_version="brain.Event:2").SerializeToString())`.
    #[test]
    fn a_file_begins_as_those_of_tensorboard() {
        let expected = b"\x0f\0\0\0\0\0\0\0mS+\t\x1a\rbrain.Event:2\xfc\x98Q)";
        assert_eq!(Events::new().into_bytes(), expected);
    }
}
