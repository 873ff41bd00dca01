//! Yearly repetition of an event: on the same date, or on the n-th weekday of a month (a part of RFC 5545 section 3.3.10).

use jiff::civil::{Date, Weekday};

/// Repetition without an end is followed up to this year.
const YEAR_LIMIT: i16 = 2100;

#[derive(Default)]
struct Rule {
    interval: i16,
    count: Option<usize>,
    until: Option<Date>,
    month: Option<i8>,
    month_day: Option<i8>,
    weekday: Option<(i8, Weekday)>,
}

/// The days on which an event begins that first begins on `start` and is repeated by `rule`.
pub(super) fn days(start: Date, rule: &str) -> Result<Vec<Date>, String> {
    let rule = parse(rule)?;
    let month = rule.month.unwrap_or(start.month());
    let day = rule.month_day.unwrap_or(start.day());
    let mut days = Vec::new();
    let mut year = start.year();
    while year < YEAR_LIMIT && rule.count.is_none_or(|count| days.len() < count) {
        let on = match rule.weekday {
            Some((nth, weekday)) => Date::new(year, month, 1).and_then(|first| first.nth_weekday_of_month(nth, weekday)),
            None => Date::new(year, month, day),
        };
        // A 29 February is left out of the years that lack it.
        if let Ok(on) = on.map_err(drop).and_then(|on| if on < start { Err(()) } else { Ok(on) }) {
            if rule.until.is_some_and(|until| on > until) {
                break;
            }
            days.push(on);
        }
        year += rule.interval;
    }
    Ok(days)
}

fn parse(text: &str) -> Result<Rule, String> {
    let mut rule = Rule {
        interval: 1,
        ..Rule::default()
    };
    let unknown = |part: &str| {
        format!("the repetition \"{part}\" is not understood, only yearly ones are; write each day as an event of its own")
    };
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').ok_or_else(|| unknown(part))?;
        let within = |first: i16, last: i16| {
            value
                .parse::<i16>()
                .ok()
                .filter(|number| (first..=last).contains(number))
                .ok_or_else(|| unknown(part))
        };
        match name.to_ascii_uppercase().as_str() {
            "FREQ" if value.eq_ignore_ascii_case("YEARLY") => {}
            "INTERVAL" => rule.interval = within(1, 100)?,
            "COUNT" => rule.count = Some(within(1, 1000)? as usize),
            "UNTIL" => rule.until = Some(super::date(value).ok_or_else(|| unknown(part))?),
            "BYMONTH" => rule.month = Some(within(1, 12)? as i8),
            "BYMONTHDAY" => rule.month_day = Some(within(1, 31)? as i8),
            "BYDAY" => rule.weekday = Some(weekday(value).ok_or_else(|| unknown(part))?),
            "WKST" => {}
            _ => return Err(unknown(part)),
        }
    }
    if rule.weekday.is_some() && (rule.month.is_none() || rule.month_day.is_some()) {
        return Err(unknown(text));
    }
    Ok(rule)
}

/// `4TH` is the fourth Thursday, `-1MO` the last Monday.
fn weekday(text: &str) -> Option<(i8, Weekday)> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth: i8 = nth
        .trim_start_matches('+')
        .parse()
        .ok()
        .filter(|nth| (-5..=5).contains(nth) && *nth != 0)?;
    let weekday = match name.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    Some((nth, weekday))
}
