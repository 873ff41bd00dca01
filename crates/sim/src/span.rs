//! Spans of time as people write them: `90`, `1s`, `12m`, `4w2d10h`.

/// Why a text is no span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no span of time: write a number and a unit, such as 30s, 12m, 1h30m or 4w2d10h")]
pub struct NotASpan(pub String);

/// Seconds in the unit `word` (`s`, `min`, `hours`, ...), in the singular or plural.
pub fn unit_s(word: &str) -> Option<i64> {
    Some(match word {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        _ => return None,
    })
}

/// The seconds in a span without spaces; a bare number is seconds.
pub fn parse(text: &str) -> Result<i64, NotASpan> {
    let wrong = || NotASpan(text.to_owned());
    let mut rest = text;
    let mut total: i64 = 0;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "" if digits == text.len() => 1,
            word => unit_s(word).ok_or_else(wrong)?,
        };
        rest = &rest[letters..];
        total = number
            .checked_mul(unit)
            .and_then(|s| total.checked_add(s))
            .ok_or_else(wrong)?;
    }
    Ok(total)
}

/// A span in its two largest units: `1h30m`, `45s`, `3w`.
pub fn show(seconds: i64) -> String {
    let mut rest = seconds.abs();
    let mut text = String::from(if seconds < 0 { "-" } else { "" });
    let mut parts = 0;
    for (unit, letter) in [(604_800, 'w'), (86_400, 'd'), (3600, 'h'), (60, 'm'), (1, 's')] {
        if rest >= unit && parts < 2 {
            text.push_str(&format!("{}{letter}", rest / unit));
            rest %= unit;
            parts += 1;
        } else if parts > 0 {
            break;
        }
    }
    if parts == 0 { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{parse, show};

    #[test]
    fn reads_what_people_write() {
        assert_eq!(parse("90"), Ok(90));
        assert_eq!(parse("4w2d10h"), Ok(4 * 604_800 + 2 * 86_400 + 36_000));
        assert_eq!(parse("12min"), Ok(720));
        for wrong in ["", "m", "12x", "1h5", "-3s", "99999999999999999999s", "9999999999999999w"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shows_two_units() {
        assert_eq!(show(0), "0s");
        assert_eq!(show(-90), "-1m30s");
        assert_eq!(show(3600), "1h");
        assert_eq!(show(3605), "1h");
        assert_eq!(show(604_800 + 86_400 + 5), "1w1d");
    }
}
