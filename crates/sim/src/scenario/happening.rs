//! The second part of a scenario: what happens, and when.

use super::line::{Line, Read};
use super::setup::{Setup, clock, counts, day, next_day, place_cells};
use crate::event::{Effect, Event};
use crate::traffic::Given;
use jiff::civil::{Date, Weekday};

const DAY_S: i64 = 86_400;
const HOUR_S: i64 = 3600;

/// Something that happens at a moment.
#[derive(Debug, Clone)]
pub(super) struct Happening {
    pub(super) at: i64,
    /// Seconds it lasts; 0 where it is a moment, or the beginning of something that stays.
    pub(super) length_s: i64,
    pub(super) deed: Deed,
    /// As it was written.
    pub(super) text: String,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Events(Vec<Event>),
    Counts(Vec<Given>),
    /// A person says that the level is the new normal.
    Confirm,
}

impl Happening {
    pub(super) fn end(&self) -> i64 {
        self.at + self.length_s
    }
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];

fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| *name == word).map(|&(_, weekday)| weekday)
}

/// Reads a moment: `Wed 10:00`, `last Wed 10:00`, `next Wed 10:00`, `10:00`, `2026-10-25 01:30` or `+90m`, all but the date counted
/// from the end of the history.
pub(super) fn when(line: &mut Line, setup: &Setup) -> Read<i64> {
    let history_end = setup.history_end();
    if line.peek().is_some_and(|word| word.starts_with('+')) {
        let word = line.take("a span")?;
        let span = crate::span::parse(&word[1..]);
        let wrong = |_| line.fault_back(&format!("\"{word}\" is no span"), "write + and a span, such as +90m");
        return Ok(history_end + span.map_err(wrong)?);
    }
    let (shift, named) = if line.take_if("last") {
        (-1, true)
    } else if line.take_if("next") {
        (1, true)
    } else {
        (0, false)
    };
    let word = line.take("a moment, such as Wed 10:00, 2026-10-25 01:30 or +90m")?;
    let today = setup.place.local(history_end).date();
    if let Some(weekday) = weekday(&word) {
        let time = line.take("a time of day, such as 10:00")?;
        let time = clock(line, &time)?;
        let mut day = if today.weekday() == weekday {
            today
        } else {
            first_of(today, weekday)
        };
        if setup.place.unix(day.to_datetime(time)) < history_end {
            day = first_of(day, weekday);
        }
        return Ok(setup.place.unix(shifted(day, shift).to_datetime(time)));
    }
    if named {
        let names: Vec<&str> = WEEKDAYS.iter().map(|(name, _)| *name).collect();
        return Err(line.unknown("weekday", &word, &names));
    }
    if word.contains(':') {
        let time = clock(line, &word)?;
        let at = setup.place.unix(today.to_datetime(time));
        let later = || setup.place.unix(next_day(today).to_datetime(time));
        return Ok(if at < history_end { later() } else { at });
    }
    if !word.contains('-') {
        let names: Vec<&str> = WEEKDAYS
            .iter()
            .map(|(name, _)| *name)
            .chain(["last", "next", "+90m", "2026-10-25 01:30"])
            .collect();
        return Err(line.unknown("moment", &word, &names));
    }
    line.back();
    let day = day(line)?;
    let time = line.take("a time of day, such as 10:00")?;
    Ok(setup.place.unix(day.to_datetime(clock(line, &time)?)))
}

/// The first such weekday after `day`.
fn first_of(day: Date, weekday: Weekday) -> Date {
    let away = (weekday.to_monday_zero_offset() - day.weekday().to_monday_zero_offset() - 1).rem_euclid(7) + 1;
    day.saturating_add(jiff::Span::new().days(away))
}

fn shifted(day: Date, weeks: i64) -> Date {
    day.saturating_add(jiff::Span::new().weeks(weeks))
}

const EVENTS: [&str; 17] = [
    "outage",
    "drop",
    "ramp",
    "brown-out",
    "flap",
    "surge",
    "spike",
    "growth",
    "step",
    "holiday",
    "noise",
    "gap",
    "stall",
    "late",
    "coverage",
    "counts",
    "confirm",
];

/// Reads what happens at `at`.
pub(super) fn happening(line: &mut Line, setup: &Setup, at: i64) -> Read<Happening> {
    let word = line.take("an event, such as drop 50 % for 15m")?;
    let (deed, length_s) = match word.as_str() {
        "counts" => {
            let cells = counts(line)?;
            let steps: i64 = cells.iter().map(|&(_, steps)| steps).sum();
            (Deed::Counts(place_cells(&cells, at, setup.step_s())), steps * setup.step_s())
        }
        "confirm" => {
            line.need("new")?;
            line.need("normal")?;
            (Deed::Confirm, 0)
        }
        _ => {
            let (effect, length_s) = effect(line, &word)?;
            let mut events = vec![Event {
                start: at,
                length_s,
                effect,
                mark: None,
            }];
            if word == "outage" && line.take_if("with") {
                line.need("surge")?;
                events.push(surge_after(at + length_s, line.percent(0.01, 20.0)?));
            }
            let stays = length_s >= Event::FOR_EVER;
            (Deed::Events(events), if stays { 0 } else { length_s })
        }
    };
    Ok(Happening {
        at,
        length_s,
        deed,
        text: line.text().to_owned(),
    })
}

fn surge_after(start: i64, gain: f64) -> Event {
    Event {
        start,
        length_s: 900,
        effect: Effect::Surge { gain, fade_s: 300 },
        mark: None,
    }
}

/// Falls of the rate.
fn effect(line: &mut Line, word: &str) -> Read<(Effect, i64)> {
    Ok(match word {
        "outage" => (fall(1.0), lasting(line)?),
        "drop" => {
            let depth = line.percent(0.001, 1.0)?;
            (fall(depth), lasting(line)?)
        }
        "ramp" => {
            let depth = line.percent(0.001, 1.0)?;
            line.need("over")?;
            let over_s = line.span("a span, such as 10m")?;
            falling(line, depth, over_s)?
        }
        "brown-out" => {
            let per_minute = line.percent(0.000_1, 1.0)?;
            line.need("a")?;
            line.need("minute")?;
            line.need("to")?;
            let depth = line.percent(0.001, 1.0)?;
            falling(line, depth, (60.0 * depth / per_minute).round() as i64)?
        }
        "flap" => {
            let down_s = line.span("a span, such as 1m")?.max(1);
            line.need("down")?;
            let up_s = line.span("a span, such as 2m")?.max(1);
            line.need("up")?;
            let depth = 1.0;
            (Effect::Flap { depth, down_s, up_s }, lasting(line)?)
        }
        _ => return rise(line, word),
    })
}

/// Rises and changes for good.
fn rise(line: &mut Line, word: &str) -> Read<(Effect, i64)> {
    Ok(match word {
        "surge" => {
            let gain = line.percent(0.01, 20.0)?;
            (Effect::Surge { gain, fade_s: 300 }, lasting(line)?)
        }
        "spike" => {
            let gain = 1.0 + line.percent(0.01, 20.0)?;
            (Effect::Spike { gain }, lasting(line)?)
        }
        "growth" => {
            let factor = 1.0 + line.percent(0.01, 20.0)?;
            (Effect::Level { factor }, Event::FOR_EVER)
        }
        "step" => {
            line.need("down")?;
            let factor = 1.0 - line.percent(0.01, 0.99)?;
            (Effect::Level { factor }, Event::FOR_EVER)
        }
        _ => return other_effect(line, word),
    })
}

fn fall(depth: f64) -> Effect {
    Effect::Fall {
        depth,
        over_s: 0,
        back_s: 0,
    }
}

/// Quiet days, noise, and what happens to the rows.
fn other_effect(line: &mut Line, word: &str) -> Read<(Effect, i64)> {
    Ok(match word {
        "holiday" => {
            let left = line.percent(0.01, 1.0)?;
            let length_s = if line.peek() == Some("for") {
                lasting(line)?
            } else {
                DAY_S + 2 * HOUR_S
            };
            (
                Effect::Holiday {
                    left,
                    fade_s: (3 * HOUR_S).min(length_s / 2),
                },
                length_s,
            )
        }
        "noise" => {
            let times = line.take("a factor, such as 2x")?;
            let gain = times
                .strip_suffix('x')
                .and_then(|number| number.parse().ok())
                .filter(|gain| *gain > 0.0);
            let gain =
                gain.ok_or_else(|| line.fault_back(&format!("\"{times}\" is no factor"), "write a number and x, such as 2x"))?;
            (Effect::Noise { gain }, lasting(line)?)
        }
        "gap" => (Effect::Gap, lasting(line)?),
        "stall" => (Effect::Stall, lasting(line)?),
        "late" => {
            let by_s = line.span("a span, such as 90s")?;
            (Effect::Late { by_s }, lasting(line)?)
        }
        "coverage" => {
            let part = line.take("a part of the sources, such as 3/5")?;
            let share = part
                .split_once('/')
                .and_then(|(k, n)| Some((k.parse::<u32>().ok()?, n.parse::<u32>().ok()?)));
            let Some((k, n)) = share.filter(|(k, n)| 0 < *k && k <= n) else {
                return Err(line.fault_back(
                    &format!("\"{part}\" is no part of the sources"),
                    "write how many of how many, such as 3/5",
                ));
            };
            (
                Effect::Coverage {
                    share: f64::from(k) / f64::from(n),
                },
                lasting(line)?,
            )
        }
        _ => return Err(line.unknown("event", word, &EVENTS)),
    })
}

fn lasting(line: &mut Line) -> Read<i64> {
    line.need("for")?;
    let length_s = line.span("a span, such as 15m")?;
    if length_s > 0 {
        Ok(length_s)
    } else {
        Err(line.fault_back("an event that lasts no time", "write at least one step"))
    }
}

/// The end of a slow fall: `for 2h`, and `back over 1h` if it ends slowly too.
fn falling(line: &mut Line, depth: f64, over_s: i64) -> Read<(Effect, i64)> {
    let length_s = lasting(line)?;
    let mut back_s = 0;
    if line.take_if("back") {
        line.need("over")?;
        back_s = line.span("a span, such as 1h")?;
    }
    if over_s + back_s > length_s {
        let message = "it ends before it has fallen and come back";
        return Err(line.fault_back(
            message,
            &format!("let it last {} or longer", crate::span::show(over_s + back_s)),
        ));
    }
    Ok((Effect::Fall { depth, over_s, back_s }, length_s))
}

#[cfg(test)]
mod tests {
    use super::when;
    use crate::scenario::line::Line;
    use crate::scenario::setup::Setup;

    fn shows(text: &str) -> String {
        let mut setup = Setup::default();
        let mut clauses = Line::new(1, "zone Europe/Dublin, start 2026-09-28, history 3 weeks").expect("it is well formed");
        setup.read(&mut clauses).expect("it is well formed");
        let mut line = Line::new(1, text).expect("it is well formed");
        setup.place.show(when(&mut line, &setup).expect("it is a moment"))
    }

    #[test]
    fn moments_are_read_from_the_end_of_the_history() {
        assert_eq!(shows("Mon 00:00"), "Mon 2026-10-19 00:00:00");
        assert_eq!(shows("Wed 10:00"), "Wed 2026-10-21 10:00:00");
        assert_eq!(shows("last Wed 10:00"), "Wed 2026-10-14 10:00:00");
        assert_eq!(shows("last Mon 10:00"), "Mon 2026-10-12 10:00:00");
        assert_eq!(shows("next Sun 23:59:59"), "Sun 2026-11-01 23:59:59");
        assert_eq!(shows("12:30"), "Mon 2026-10-19 12:30:00");
        assert_eq!(shows("+90m"), "Mon 2026-10-19 01:30:00");
        assert_eq!(shows("2026-10-25 01:30"), "Sun 2026-10-25 01:30:00");
    }
}
