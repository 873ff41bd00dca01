//! Figures, spans and instants in the words and shapes that people read.

use jiff::tz::TimeZone;

/// Rounds to `digits` significant digits.
pub fn rounded(value: f64, digits: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let places = digits - 1 - value.abs().log10().floor() as i32;
    if places >= 0 {
        // Beyond 300 places the power overflows, and the value is nothing that a person counts.
        let power = 10_f64.powi(places.min(300));
        (value * power).round() / power
    } else {
        let power = 10_f64.powi(-places);
        (value / power).round() * power
    }
}

/// A whole number with thousands set off: `12,400`.
pub fn count(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value <= -0.5 { format!("\u{2212}{text}") } else { text }
}

/// A figure in the unit of the file: whole from 100 on, three digits below.
pub fn figure(value: f64) -> String {
    if value.abs() >= 99.95 || value.fract() == 0.0 {
        return count(value);
    }
    rounded(value, 3).to_string()
}

/// An estimate: three digits that mean something, `4,310` or `0.213`.
pub fn estimate(value: f64) -> String {
    figure(rounded(value, 3))
}

/// A share of one: `62 %`, `0.4 %`.
pub fn percent(share: f64) -> String {
    let hundredths = share * 100.0;
    if hundredths > 0.0 && hundredths < 9.95 {
        format!("{} %", rounded(hundredths, if hundredths < 1.0 { 1 } else { 2 }))
    } else {
        format!("{hundredths:.0} %")
    }
}

/// A span in at most two units: `4 s`, `1 min 10 s`, `6 h 2 min`, `3 d 4 h`.
pub fn duration(seconds: f64) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    if seconds.abs() < 1.0 && seconds != 0.0 {
        return format!("{:.0} ms", seconds * 1000.0);
    }
    // Longer than all of history is told as that, so that the arithmetic below cannot overflow.
    let mut rest = seconds.abs().min(1e15).round() as i64;
    let first = UNITS.iter().position(|(unit_s, _)| rest >= *unit_s).unwrap_or(3);
    // Rounded to the second unit shown, so that 6 h 59 min 50 s is not told as 6 h 59 min.
    let last_s = UNITS[(first + 1).min(3)].0;
    rest = (rest + last_s / 2) / last_s * last_s;
    let first = UNITS.iter().position(|(unit_s, _)| rest >= *unit_s).unwrap_or(3);
    let mut parts = vec![format!("{} {}", rest / UNITS[first].0, UNITS[first].1)];
    if let Some((unit_s, name)) = UNITS.get(first + 1) {
        let second = rest % UNITS[first].0 / unit_s;
        if second > 0 {
            parts.push(format!("{second} {name}"));
        }
    }
    parts.join(" ")
}

/// A delay that may be negative, when something was seen before its end: `4 s`, `3 s before`.
pub fn duration_or_before(seconds: f64) -> String {
    if seconds <= -0.5 {
        format!("{} before", duration(seconds))
    } else {
        duration(seconds)
    }
}

/// A long span: `3.0 weeks`, or days and hours below two weeks.
pub fn span(seconds: f64) -> String {
    if seconds >= 14.0 * 86_400.0 {
        format!("{:.1} weeks", seconds / 604_800.0)
    } else {
        duration(seconds)
    }
}

/// `one alarm`, `3 alarms`.
pub fn times(n: usize, one: &str, many: &str) -> String {
    if n == 1 {
        format!("one {one}")
    } else {
        format!("{} {many}", count(n as f64))
    }
}

/// An instant in UTC, for errors about files: `2026-11-12T10:00:12Z`.
pub fn utc(at: i64) -> String {
    crate::zone::instant(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An instant in a zone, by the shape given as for strftime.
pub fn local(at: i64, zone: &TimeZone, shape: &str) -> String {
    crate::zone::instant(at).to_zoned(zone.clone()).strftime(shape).to_string()
}

/// An instant in full: `Thu 12 Nov 2026 10:00:12 UTC`.
pub fn instant(at: i64, zone: &TimeZone) -> String {
    local(at, zone, "%a %-d %b %Y %H:%M:%S %Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_grouped() {
        assert_eq!(count(1_234_567.4), "1,234,567");
        assert_eq!(count(-1_234.0), "\u{2212}1,234");
        assert_eq!(count(0.0), "0");
        assert_eq!(estimate(4_312.7), "4,310");
        assert_eq!(estimate(0.213_44), "0.213");
        assert_eq!(estimate(41.26), "41.3");
        assert_eq!(rounded(0.1 + 0.2, 6), 0.3);
        assert_eq!(rounded(f64::NAN, 3), 0.0);
        assert_eq!(rounded(5e-324, 3), 0.0);
    }

    #[test]
    fn shares_below_ten_percent_keep_a_digit() {
        assert_eq!(
            [percent(0.62), percent(0.0), percent(0.004), percent(0.034), percent(1.0)],
            ["62 %", "0 %", "0.4 %", "3.4 %", "100 %"]
        );
    }

    #[test]
    fn spans_have_at_most_two_units() {
        let told: Vec<String> = [0.0, 0.25, 4.0, 70.0, 600.0, 21_720.0, 25_190.0, 273_600.0]
            .into_iter()
            .map(duration)
            .collect();
        assert_eq!(
            told,
            ["0 s", "250 ms", "4 s", "1 min 10 s", "10 min", "6 h 2 min", "7 h", "3 d 4 h"]
        );
    }
}
