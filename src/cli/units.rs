//! Sizes and times as they are written on the command line.

use std::time::Duration;

/// `512MB`, `4GB`, `1.5GiB`, `800000000`.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err("expected a number and a unit: 512MB, 4GB, 1.5GiB".to_string()),
    };
    let bytes = number.parse::<f64>().map_err(|_| "expected a size such as 4GB".to_string())? * factor;
    if bytes >= 1e6 { Ok(bytes as u64) } else { Err("expected at least 1MB".to_string()) }
}

/// `90s`, `10min`, `1.5h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        _ => return Err("expected a number and a unit: 90s, 10min, 1.5h".to_string()),
    };
    let seconds = number.parse::<f64>().map_err(|_| "expected a time such as 10min".to_string())? * factor;
    Duration::try_from_secs_f64(seconds).map_err(|_| "expected a time such as 10min".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5h"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("2 min"), Ok(Duration::from_secs(120)));
        for wrong in ["90", "s", "", "-1s", "1d", "1e9h", "..s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
