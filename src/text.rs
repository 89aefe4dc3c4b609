//! Numbers, durations, plurals, and did-you-mean: the only home of formatting.
//!
//! Nothing here depends on locale, clock, or environment.
//! It does not know what the numbers mean; units are added by the caller.

pub mod diff;

/// Shortest decimal text that reads back to the same `f64`.
///
/// Very large and very small values use an exponent (`1e-7`), so that a learning rate reads as people write it.
/// Non-finite values are `NaN`, `inf`, `-inf`; negative zero is `0`.
pub fn exact(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let magnitude = value.abs();
    if (1e-4..1e16).contains(&magnitude) { format!("{value}") } else { format!("{value:e}") }
}

/// `value` rounded to `digits` significant digits, written as by [`exact`].
///
/// This is the number format of every result file (9 digits): stable bytes, and no digits that single precision does not hold.
pub fn significant(value: f64, digits: usize) -> String {
    let mut out = String::new();
    push_significant(&mut out, value, digits);
    out
}

/// Lines of whole words, one at least, none wider than `width` characters but a single word.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.last_mut().expect("there is a line");
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
    }
    lines
}

/// `text` behind `head`, within `width` characters; further lines begin below its first word. Ends with a line feed.
pub fn hanging(head: &str, text: &str, width: usize) -> String {
    let indent = head.chars().count();
    let lines = wrapped(text, width.saturating_sub(indent));
    let below = format!("\n{}", " ".repeat(indent));
    format!("{}\n", format!("{head}{}", lines.join(&below)).trim_end())
}

/// A word of a command line for a POSIX shell, quoted where it must be; a control character becomes a blank.
pub fn shell(word: &str) -> String {
    let word: String = word.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let is_simple =
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "._=+-/:,".contains(c));
    if is_simple { word } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Adds [`significant`] to `out`.
pub fn push_significant(out: &mut String, value: f64, digits: usize) {
    match leading_digits(value, digits) {
        Some((whole, exponent)) => push_decimal(out, value < 0.0, whole, exponent),
        None if !value.is_finite() || value == 0.0 => out.push_str(&exact(value)),
        None => {
            let written = format!("{value:.*e}", digits.max(1) - 1);
            let rounded: f64 = written.parse().expect("a number that was just written reads back");
            out.push_str(&exact(rounded));
        }
    }
}

/// The first `digits` digits of a number, rounded half to even, as a whole number, and the power of ten of the first of them.
///
/// `None` where whole numbers of 128 bits do not hold the exact value: that is left to the formatter of the standard library, which
/// costs ten times as much. At most 15 digits, which read back as themselves.
fn leading_digits(value: f64, digits: usize) -> Option<(u64, i32)> {
    const MANTISSA: u64 = (1 << 52) - 1;
    let digits = i32::try_from(digits).ok().filter(|d| (1..=15).contains(d))?;
    let biased = (value.to_bits() >> 52 & 0x7ff) as i32;
    // |value| = mantissa / 2^shift.
    let mantissa = value.to_bits() & MANTISSA | 1 << 52;
    let shift = u32::try_from(1075 - biased).ok().filter(|s| (1..=100).contains(s))?;
    // ⌊log10 2^e⌋ for every e that the shift leaves: the exponent or one less.
    let mut exponent = ((biased - 1023) * 1233) >> 12;
    let end = 10u128.pow(digits as u32);
    loop {
        let power = u32::try_from(digits - 1 - exponent).ok().filter(|p| *p <= 22)?;
        let scaled = u128::from(mantissa) * 10u128.pow(power);
        let whole = scaled >> shift;
        if whole >= end {
            exponent += 1;
            continue;
        }
        let (rest, half) = (scaled - (whole << shift), 1 << (shift - 1));
        let rounded = whole + u128::from(rest > half || rest == half && whole % 2 == 1);
        return Some(if rounded == end {
            ((end / 10) as u64, exponent + 1)
        } else {
            (rounded as u64, exponent)
        });
    }
}

/// `whole` with its first digit at `10^exponent`, without trailing zeros, in the form of [`exact`].
fn push_decimal(out: &mut String, is_negative: bool, mut whole: u64, exponent: i32) {
    while whole.is_multiple_of(10) {
        whole /= 10;
    }
    let mut buffer = [0; 20];
    let mut start = buffer.len();
    while whole > 0 {
        start -= 1;
        buffer[start] = b'0' + (whole % 10) as u8;
        whole /= 10;
    }
    let digits = str::from_utf8(&buffer[start..]).expect("digits are text");
    if is_negative {
        out.push('-');
    }
    let point = usize::try_from(exponent + 1).unwrap_or(0);
    match exponent {
        -4..0 => {
            out.push_str(&"0.000"[..(1 - exponent) as usize]);
            out.push_str(digits);
        }
        0..16 if digits.len() <= point => {
            out.push_str(digits);
            (digits.len()..point).for_each(|_| out.push('0'));
        }
        0..16 => {
            out.push_str(&digits[..point]);
            out.push('.');
            out.push_str(&digits[point..]);
        }
        _ => {
            out.push_str(&digits[..1]);
            if digits.len() > 1 {
                out.push('.');
                out.push_str(&digits[1..]);
            }
            out.push_str(&format!("e{exponent}"));
        }
    }
}

/// A count with its noun: `1 trial`, `2 trials`, `0 trials`.
pub fn count(n: usize, singular: &str) -> String {
    let number = grouped(n as u64);
    match (n, singular) {
        (1, _) => format!("{number} {singular}"),
        (_, "axis") => format!("{number} axes"),
        (_, noun) if noun.ends_with('y') && !noun.ends_with("ay") => {
            format!("{number} {}ies", &noun[..noun.len() - 1])
        }
        (_, noun) if noun.ends_with("ss") || noun.ends_with('x') || noun.ends_with("batch") => {
            format!("{number} {noun}es")
        }
        (_, noun) => format!("{number} {noun}s"),
    }
}

/// Digits in groups of three: `10,000`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Bytes for people: `812 B`, `3.4 MB` (powers of 1000).
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{n} B") } else { format!("{} {}", significant(value, 3), UNITS[unit]) }
}

/// A duration in seconds for people: `0.42 s`, `2 min 5 s`, `1 h 3 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if seconds < 59.5 {
        format!("{} s", significant(seconds, 2))
    } else if whole < 3600 {
        format!("{} min {} s", whole / 60, whole % 60)
    } else {
        format!("{} h {} min", whole / 3600, whole % 3600 / 60)
    }
}

/// Words that other tools use for the same thing, and ours.
const ELSEWHERE: &[(&str, &str)] = &[
    ("lr", "learning_rate"),
    ("eta", "learning_rate"),
    ("alpha", "learning_rate"),
    ("batchsize", "batch"),
    ("minibatch", "batch"),
    ("wd", "weight_decay"),
    ("val", "validation"),
    ("valid", "validation"),
    ("dev", "validation"),
    ("acc", "accuracy"),
    ("numepochs", "epochs"),
    ("nepochs", "epochs"),
    ("iterations", "steps"),
    ("layers", "hidden"),
    ("hiddenlayersizes", "hidden"),
    ("act", "activation"),
    ("dataset", "data"),
    ("training", "train"),
    ("network", "model"),
    ("architecture", "model"),
    ("crossentropy", "cross_entropy"),
    ("categoricalcrossentropy", "cross_entropy"),
    ("ce", "cross_entropy"),
    ("bce", "binary_cross_entropy"),
    ("binarycrossentropy", "binary_cross_entropy"),
    ("linear", "identity"),
    ("xavieruniform", "glorot_uniform"),
    ("xaviernormal", "glorot_normal"),
    ("kaiminguniform", "he_uniform"),
    ("kaimingnormal", "he_normal"),
    ("zscore", "standardize"),
    ("standard", "standardize"),
    ("minmax", "min_max"),
    ("auc", "auroc"),
    ("rocauc", "auroc"),
    ("f1", "f1_macro"),
    ("f1score", "f1_macro"),
    ("earlystopping", "early_stop"),
    ("seed", "seeds"),
    ("nesterovmomentum", "nesterov"),
];

/// The candidate a person most likely meant by `word`, if one is near enough.
///
/// First the word that another tool uses for a candidate ([`ELSEWHERE`]), then
/// Damerau-Levenshtein distance of at most a third of the longer word (at least 1), or a candidate that differs only in
/// case, hyphens, or spaces. Ties go to the first candidate.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |s: &str| s.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let wanted = plain(word);
    let mut candidates: Vec<&'a str> = candidates.into_iter().collect();
    let known_as = ELSEWHERE.iter().find(|(theirs, _)| *theirs == wanted).map(|(_, ours)| *ours);
    if let Some(ours) = known_as.and_then(|ours| candidates.iter().find(|c| **c == ours)) {
        return Some(ours);
    }
    // Two letters are near to everything.
    candidates.retain(|c| wanted.chars().count() > 2 || plain(c) == wanted);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let known = plain(candidate);
        let distance = strsim::damerau_levenshtein(&wanted, &known);
        let limit = (wanted.chars().count().max(known.chars().count()) / 3).max(1);
        if distance <= limit && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, c)| c)
}

/// Names as a list in prose: "`a`, `b`, or `c`".
pub fn one_of<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
    match quoted.as_slice() {
        [] => "nothing".into(),
        [a] => a.clone(),
        [a, b] => format!("{a} or {b}"),
        [head @ .., last] => format!("{}, or {last}", head.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        let cases = [
            (0.1, "0.1"),
            (1e-5, "1e-5"),
            (1.0, "1"),
            (-0.0, "0"),
            (123456789.0, "123456789"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, text) in cases {
            assert_eq!(exact(value), text);
        }
        assert_eq!(significant(0.1f32 as f64, 7), "0.1");
        assert_eq!(significant(2.0 / 3.0, 4), "0.6667");
    }

    /// The formatter of the standard library is the origin: round to the digits, read back, write the shortest.
    #[test]
    fn rounded_numbers_are_those_of_the_standard_library() {
        let check = |value: f64| {
            for digits in [1, 2, 3, 4, 7, 9, 15, 17] {
                let expected = if value.is_finite() && value != 0.0 {
                    exact(format!("{value:.*e}", digits - 1).parse().unwrap())
                } else {
                    exact(value)
                };
                assert_eq!(significant(value, digits), expected, "{value:e} to {digits} digits");
                assert_eq!(significant(-value, digits), exact(-expected.parse::<f64>().unwrap()));
            }
        };
        // Ties, ends of the forms, powers of ten with their neighbours, integers, subnormals, and what no integer of 128 bits holds.
        for value in [
            0.5,
            2.5,
            0.125,
            12345678.5,
            1234567885.0,
            999999999.5,
            0.99999999995,
            5e-324,
            f64::MAX,
            f64::INFINITY,
        ] {
            check(value);
        }
        for exponent in -30..20 {
            let power: f64 = format!("1e{exponent}").parse().unwrap();
            let near = [power, power.next_up(), power.next_down(), 9.9999999949 * power, 2.0 * power];
            near.into_iter().for_each(check);
        }
        let mut random = crate::rng::stream(0, crate::rng::Purpose::Statistics, 9);
        for _ in 0..20_000 {
            check(random.unit());
            check(random.uniform(-1e3, 1e3));
            check(f64::from_bits(random.bits() & !(0x7ff << 52) | random.below(2046) << 52));
            check(f64::from_bits(random.bits() & !(0x7ff << 52) | (960 + random.below(100)) << 52));
            check(random.below(1 << 20) as f64 / 1024.0);
        }
    }

    #[test]
    fn words_near_enough_are_suggested() {
        let names = ["relu", "leaky_relu", "softmax", "sigmoid"];
        assert_eq!(did_you_mean("sofmax", names), Some("softmax"));
        assert_eq!(did_you_mean("Leaky ReLU", names), Some("leaky_relu"));
        assert_eq!(did_you_mean("banana", names), None);
        assert_eq!(did_you_mean("lr", ["l1", "l2", "learning_rate"]), Some("learning_rate"));
        assert_eq!(did_you_mean("lr", ["l1", "l2"]), None);
    }

    #[test]
    fn counts_take_the_right_plural() {
        assert_eq!(count(1, "trial"), "1 trial");
        assert_eq!(count(10_000, "trial"), "10,000 trials");
        assert_eq!(count(2, "axis"), "2 axes");
        assert_eq!(count(2, "epoch"), "2 epochs");
        assert_eq!(count(2, "batch"), "2 batches");
        assert_eq!(count(2, "class"), "2 classes");
        assert_eq!(count(0, "entry"), "0 entries");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a hippopotamus", 5), ["a", "hippopotamus"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(hanging("* ", "one two three", 9), "* one two\n  three\n");
        assert_eq!(hanging("", "", 9), "\n");
    }
}
