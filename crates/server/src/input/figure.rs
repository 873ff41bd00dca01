//! Numbers as files write them.

/// The largest count accepted: beyond it a double no longer holds every integer.
pub(super) const COUNT_MAX: f64 = 9e15;

/// A number made of 1 to 19 digits and nothing else.
pub(super) fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let mut number = 0_u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// A decimal number, with exponent if need be; may be infinite or not a number, as the text says.
pub(super) fn decimal(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A count: `None` where the field is empty.
///
/// # Errors
/// What is wrong and what to do, as half a sentence.
pub(super) fn count(text: &[u8]) -> Result<Option<f64>, String> {
    if let Some(number) = digits(text) {
        return if number as f64 <= COUNT_MAX {
            Ok(Some(number as f64))
        } else {
            Err(too_large(text))
        };
    }
    if text.is_empty() {
        return Ok(None);
    }
    let shown = super::quoted(text);
    match decimal(text) {
        Some(number) if number.is_nan() => Err(format!(
            "count {shown} is not a number; leave the field empty where nothing was counted"
        )),
        Some(number) if number < 0.0 => Err(format!(
            "count {shown} is negative; a heartbeat counts outcomes, so take the column that counts them (--count-column)"
        )),
        Some(number) if number > COUNT_MAX => Err(too_large(text)),
        Some(number) => Ok(Some(number.abs())),
        None => Err(format!(
            "count {shown} is not a number; take the column that holds counts (--count-column)"
        )),
    }
}

fn too_large(text: &[u8]) -> String {
    format!(
        "count {} is above 9,000,000,000,000,000; check the unit and the column (--count-column)",
        super::quoted(text)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_every_spelling() {
        for (text, number) in [
            ("0", 0.0),
            ("42", 42.0),
            ("0042", 42.0),
            ("1.5", 1.5),
            ("1.67899e+06", 1_678_990.0),
            (".5", 0.5),
            ("-0", 0.0),
        ] {
            assert_eq!(count(text.as_bytes()), Ok(Some(number)), "{text}");
        }
        assert_eq!(count(b""), Ok(None));
    }

    #[test]
    fn absurd_counts_are_refused() {
        for text in [
            "-1",
            "NaN",
            "inf",
            "-inf",
            "1e16",
            "9000000000000001",
            "99999999999999999999999",
            "twelve",
            "1,5",
            "\0",
        ] {
            assert!(count(text.as_bytes()).is_err(), "{text}");
        }
    }
}
