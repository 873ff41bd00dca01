//! Instants as people write them: Unix time in seconds to nanoseconds, or ISO 8601 with or without an offset.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// 1990-01-01, the first instant accepted; what is older is a unit or a column taken wrongly.
const FIRST_S: i64 = 631_152_000;
/// 2200-01-01, the first instant not accepted any more.
const LIMIT_S: i64 = 7_258_118_400;

/// How an instant was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// Unix seconds.
    Seconds,
    /// Unix milliseconds.
    Milliseconds,
    /// Unix microseconds.
    Microseconds,
    /// Unix nanoseconds.
    Nanoseconds,
    /// ISO 8601 with `Z` or an offset.
    Iso,
    /// ISO 8601 without an offset: read in the zone of the series.
    IsoLocal,
}

impl Notation {
    /// What a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::Seconds => "Unix seconds",
            Self::Milliseconds => "Unix milliseconds",
            Self::Microseconds => "Unix microseconds",
            Self::Nanoseconds => "Unix nanoseconds",
            Self::Iso => "ISO 8601 with an offset",
            Self::IsoLocal => "ISO 8601 without an offset",
        }
    }
}

/// Reads an instant as Unix milliseconds.
///
/// A local time that a clock change makes happen twice is the first of the two, unless that is not after `previous_ms`: rows that are in
/// order thereby tell which one is meant. A local time that a clock change skips is moved on by the length of the gap.
///
/// # Errors
/// What is wrong and what to do, as half a sentence.
pub fn read(text: &[u8], zone: &TimeZone, previous_ms: Option<i64>) -> Result<(i64, Notation), String> {
    if let Some(number) = super::figure::digits(text) {
        return unix(number).ok_or_else(|| outside(text));
    }
    if text.is_empty() {
        return Err("the time is empty; write Unix seconds or ISO 8601".into());
    }
    if let Some(found) = iso(text, zone, previous_ms) {
        let (at_ms, notation) = found?;
        let inside = (FIRST_S * 1000..LIMIT_S * 1000).contains(&at_ms);
        return if inside { Ok((at_ms, notation)) } else { Err(outside(text)) };
    }
    match super::figure::decimal(text) {
        Some(number) if number.is_finite() => unix_decimal(number).ok_or_else(|| outside(text)),
        _ => Err(format!(
            "time {} is neither Unix time nor ISO 8601; write 1700000000 or 2026-11-12T10:00:12Z",
            super::quoted(text)
        )),
    }
}

fn outside(text: &[u8]) -> String {
    format!(
        "time {} is before 1990 or after 2200; check the unit and the column (--time-column)",
        super::quoted(text)
    )
}

/// The ranges of the four units do not overlap between 1990 and 2200, so the magnitude says which one it is.
pub(super) fn unix(number: u64) -> Option<(i64, Notation)> {
    const FIRST: u64 = FIRST_S as u64;
    const LIMIT: u64 = LIMIT_S as u64;
    let found = if (FIRST..LIMIT).contains(&number) {
        (number * 1000, Notation::Seconds)
    } else if (FIRST * 1_000..LIMIT * 1_000).contains(&number) {
        (number, Notation::Milliseconds)
    } else if (FIRST * 1_000_000..LIMIT * 1_000_000).contains(&number) {
        (number / 1_000, Notation::Microseconds)
    } else if (FIRST * 1_000_000_000..LIMIT * 1_000_000_000).contains(&number) {
        (number / 1_000_000, Notation::Nanoseconds)
    } else {
        return None;
    };
    Some((found.0 as i64, found.1))
}

fn unix_decimal(number: f64) -> Option<(i64, Notation)> {
    let (_, notation) = (0.0..9.2e18).contains(&number).then(|| unix(number as u64)).flatten()?;
    let per_ms = match notation {
        Notation::Seconds => 1e-3,
        Notation::Milliseconds => 1.0,
        Notation::Microseconds => 1e3,
        _ => 1e6,
    };
    Some(((number / per_ms).floor() as i64, notation))
}

/// `None`: not ISO 8601 at all. `Err`: it is, and names a day or an hour that does not exist.
fn iso(text: &[u8], zone: &TimeZone, previous_ms: Option<i64>) -> Option<Result<(i64, Notation), String>> {
    let mut rest = text;
    let year = take(&mut rest, 4)?;
    skip(&mut rest, b"-")?;
    let month = take(&mut rest, 2)?;
    skip(&mut rest, b"-")?;
    let day = take(&mut rest, 2)?;
    let (mut hour, mut minute, mut second, mut ms) = (0, 0, 0, 0);
    if !rest.is_empty() {
        skip(&mut rest, b"Tt ")?;
        hour = take(&mut rest, 2)?;
        skip(&mut rest, b":")?;
        minute = take(&mut rest, 2)?;
        if skip(&mut rest, b":").is_some() {
            second = take(&mut rest, 2)?;
        }
        if skip(&mut rest, b".,").is_some() {
            ms = fraction_ms(&mut rest)?;
        }
    }
    let offset_s = offset(&mut rest)?;
    if !rest.is_empty() {
        return None;
    }
    // A leap second is counted with the second before it, as Unix time does.
    let local = civil::DateTime::new(
        year as i16,
        month as i8,
        day as i8,
        hour as i8,
        minute as i8,
        second.min(59) as i8,
        0,
    );
    let Ok(local) = local.map_err(drop).and_then(|at| if second > 60 { Err(()) } else { Ok(at) }) else {
        return Some(Err(format!(
            "time {} names a day or an hour that does not exist; write 2026-11-12T10:00:12Z",
            super::quoted(text)
        )));
    };
    let as_utc_ms = local.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second() * 1000 + ms;
    Some(Ok(match offset_s {
        Some(offset_s) => (as_utc_ms - offset_s * 1000, Notation::Iso),
        None => (
            as_utc_ms - local_offset_ms(local, as_utc_ms, zone, previous_ms),
            Notation::IsoLocal,
        ),
    }))
}

fn local_offset_ms(local: civil::DateTime, as_utc_ms: i64, zone: &TimeZone, previous_ms: Option<i64>) -> i64 {
    let ms = |offset: jiff::tz::Offset| i64::from(offset.seconds()) * 1000;
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => ms(offset),
        AmbiguousOffset::Gap { before, .. } => ms(before),
        AmbiguousOffset::Fold { before, after } => {
            let first_is_past = previous_ms.is_some_and(|previous| as_utc_ms - ms(before) <= previous);
            if first_is_past { ms(after) } else { ms(before) }
        }
    }
}

fn take(rest: &mut &[u8], length: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(length)?;
    let number = super::figure::digits(head)?;
    *rest = tail;
    i64::try_from(number).ok()
}

fn skip(rest: &mut &[u8], any_of: &[u8]) -> Option<()> {
    let (first, tail) = rest.split_first()?;
    any_of.contains(first).then(|| *rest = tail)
}

fn fraction_ms(rest: &mut &[u8]) -> Option<i64> {
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (head, tail) = rest.split_at(length);
    *rest = tail;
    let digit = |place: usize| head.get(place).map_or(0, |byte| i64::from(byte - b'0'));
    (length > 0).then(|| digit(0) * 100 + digit(1) * 10 + digit(2))
}

/// The outer `None` is not an offset; the inner one is none given.
fn offset(rest: &mut &[u8]) -> Option<Option<i64>> {
    if rest.is_empty() {
        return Some(None);
    }
    if skip(rest, b"Zz").is_some() {
        return Some(Some(0));
    }
    let east = match rest.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    *rest = &rest[1..];
    let hours = take(rest, 2)?;
    let minutes = if rest.is_empty() {
        0
    } else {
        let _ = skip(rest, b":");
        take(rest, 2)?
    };
    (hours < 24 && minutes < 60).then_some(Some(east * (hours * 3600 + minutes * 60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_york() -> TimeZone {
        crate::zone::named("America/New_York").expect("the zone is in the table")
    }

    fn at(text: &str) -> i64 {
        read(text.as_bytes(), &new_york(), None).expect(text).0
    }

    #[test]
    fn the_same_instant_in_every_notation() {
        for text in [
            "1700000000",
            "1700000000000",
            "1700000000000000",
            "1700000000000000000",
            "1700000000.0",
            "1.7e9",
            "2023-11-14T22:13:20Z",
            "2023-11-14 22:13:20.000Z",
            "2023-11-14T23:13:20+01:00",
            "2023-11-15T03:43:20+0530",
            "2023-11-14T17:13:20-05",
            "2023-11-14T17:13:20",
        ] {
            assert_eq!(at(text), 1_700_000_000_000, "{text}");
        }
        assert_eq!(at("1700000000.25"), 1_700_000_000_250);
        assert_eq!(at("2023-11-14T22:13:20,25Z"), 1_700_000_000_250);
    }

    #[test]
    fn an_hour_that_happens_twice_follows_the_row_before() {
        let first = at("2026-11-01T01:30:00");
        assert_eq!(first, at("2026-11-01T05:30:00Z"));
        let again = read(b"2026-11-01T01:30:00", &new_york(), Some(first))
            .expect("it is a time")
            .0;
        assert_eq!(again - first, 3_600_000);
    }

    #[test]
    fn an_hour_that_never_happens_is_moved_on() {
        assert_eq!(at("2026-03-08T02:30:00"), at("2026-03-08T03:30:00"));
    }

    #[test]
    fn what_is_no_time_is_refused_with_a_remedy() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "2026-02-30T00:00:00Z",
            "12",
            "NaN",
            "-1700000000",
            "2026-11-12T10:00:12+99:00",
            "2026-11-12T",
            "inf",
        ] {
            assert!(read(text.as_bytes(), &new_york(), None).is_err(), "{text}");
        }
    }
}
