//! What happens to a heartbeat: outages, drops, cut pipes, holidays and the rest, each with what a detector should make of it.

use crate::elementary::{exp, ln, smooth_step};
use crate::label::{Expect, Label};
use crate::span;

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3600;

/// What an event does to the rate or to the rows while it lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// A share `depth` of the outcomes is missing: reached in a line over `over_s`, given back in a line over the last `back_s`.
    Fall {
        /// Share missing at the worst.
        depth: f64,
        /// Seconds from the start until the worst; 0 is abrupt.
        over_s: i64,
        /// Seconds before the end in which it comes back; 0 is abrupt.
        back_s: i64,
    },
    /// Down for `down_s`, up for `up_s`, again and again.
    Flap {
        /// Share missing while down.
        depth: f64,
        /// Seconds down.
        down_s: i64,
        /// Seconds up.
        up_s: i64,
    },
    /// What was held up comes in: a share `gain` more at first, fading away with the time constant `fade_s`.
    Surge {
        /// Share more at the start.
        gain: f64,
        /// Time constant in seconds.
        fade_s: i64,
    },
    /// A quiet day: only a share `left` comes, with slow fades at both ends.
    Holiday {
        /// Share that comes.
        left: f64,
        /// Seconds of each fade.
        fade_s: i64,
    },
    /// The rate times `gain`, with edges of 30 s.
    Spike {
        /// Factor.
        gain: f64,
    },
    /// The rate times `factor` from the start for ever.
    Level {
        /// Factor.
        factor: f64,
    },
    /// The drifts times `gain`, coming and going over half an hour.
    Noise {
        /// Factor.
        gain: f64,
    },
    /// No rows.
    Gap,
    /// The rows are held up and arrive in one burst, one second after the end.
    Stall,
    /// Each row arrives late while newer ones arrive in time.
    Late {
        /// Seconds by which it is late.
        by_s: i64,
    },
    /// Only some of the sources are complete: the counts are a share of the true ones and the rows say so.
    Coverage {
        /// Share of the sources.
        share: f64,
    },
}

impl Effect {
    /// The factor on the rate, `into_s` seconds after the start of an event of `length_s`.
    pub fn factor(self, into_s: f64, length_s: i64) -> f64 {
        let left_s = length_s as f64 - into_s;
        match self {
            Self::Fall { depth, over_s, back_s } => {
                let down = if over_s > 0 { (into_s / over_s as f64).min(1.0) } else { 1.0 };
                let back = if back_s > 0 {
                    (left_s / back_s as f64).clamp(0.0, 1.0)
                } else {
                    1.0
                };
                1.0 - depth * down.min(back)
            }
            Self::Flap { depth, down_s, up_s } => {
                let phase = into_s.rem_euclid((down_s + up_s) as f64);
                if phase < down_s as f64 { 1.0 - depth } else { 1.0 }
            }
            Self::Surge { gain, fade_s } => 1.0 + gain * exp(-into_s / fade_s as f64),
            Self::Holiday { left, fade_s } => {
                let fade_s = fade_s as f64;
                exp(ln(left) * smooth_step(into_s / fade_s) * smooth_step(left_s / fade_s))
            }
            Self::Spike { gain } => 1.0 + (gain - 1.0) * (into_s / 30.0).min(left_s / 30.0).clamp(0.0, 1.0),
            Self::Level { factor } => factor,
            Self::Coverage { share } => share,
            Self::Noise { .. } | Self::Gap | Self::Stall | Self::Late { .. } => 1.0,
        }
    }

    /// Whether what it takes away or adds is a departure from what ought to have come, rather than a change of it.
    pub fn is_incident(self) -> bool {
        matches!(
            self,
            Self::Fall { .. } | Self::Flap { .. } | Self::Surge { .. } | Self::Coverage { .. }
        )
    }

    /// The factor on the drifts, `into_s` seconds after the start.
    pub fn noise_factor(self, into_s: f64, length_s: i64) -> f64 {
        match self {
            Self::Noise { gain } => {
                let edge_s = (30 * MINUTE_S) as f64;
                1.0 + (gain - 1.0) * smooth_step(into_s / edge_s) * smooth_step((length_s as f64 - into_s) / edge_s)
            }
            _ => 1.0,
        }
    }
}

/// Something that happens to a heartbeat.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// First Unix second.
    pub start: i64,
    /// Seconds it lasts; [`Event::FOR_EVER`] is until the end of the series.
    pub length_s: i64,
    /// What it does.
    pub effect: Effect,
    /// What a detector is scored on, if it is.
    pub mark: Option<Mark>,
}

/// What a detector should make of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Kind of the event, the rows of a score table.
    pub kind: String,
    /// Share missing at the worst, 0 where nothing is.
    pub depth: f64,
    /// What should be seen.
    pub expect: Expect,
    /// Seconds from the start that are labelled.
    pub span_s: i64,
}

/// An event's text that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// No `@`.
    #[error("event \"{0}\" does not say when: write KIND@OFFSET or KIND@OFFSET/LENGTH, such as outage@4w2d10h/12m")]
    NoTime(String),
    /// The offset or the length.
    #[error("in event \"{0}\": {1}")]
    Span(String, span::NotASpan),
    /// The kind.
    #[error("unknown kind of event \"{0}\" (there are: {kinds})", kinds = KINDS)]
    Kind(String),
}

/// The kinds that [`Event::named`] knows; NN is a percentage.
const KINDS: &str = "outage, short2m, outage_surge, long_outage, dropNN, one_of_five, rampNN, brown_outNN, half_day_slow, \
                     half_day_abrupt, flapping, gap, stall, late, coverageNN, holiday, spike, growthNN, step_downNN, noisy_day";

impl Event {
    /// The length of an event that does not end.
    pub const FOR_EVER: i64 = i64::MAX / 4;

    /// The first second after the event.
    pub fn end(&self) -> i64 {
        self.start + self.length_s
    }

    /// The events of a named kind from `start` on; without a length, as long as is usual for the kind. One kind may be two events
    /// (an outage and the surge after it).
    pub fn named(name: &str, start: i64, length_s: Option<i64>) -> Result<Vec<Self>, EventError> {
        let (stem, percent) = split_percent(name);
        let share = percent.map(|p| f64::from(p) / 100.0);
        let known = incident(stem, share).or_else(|| everyday(stem, share));
        let (effect, usual_s, expect) = known.ok_or_else(|| EventError::Kind(name.to_owned()))?;
        let event = Self::marked(name, start, length_s.unwrap_or(usual_s), effect, expect);
        let surge = (name == "outage_surge").then(|| Self {
            start: event.end(),
            length_s: 15 * MINUTE_S,
            effect: Effect::Surge {
                gain: 0.8,
                fade_s: 5 * MINUTE_S,
            },
            mark: None,
        });
        Ok(std::iter::once(event).chain(surge).collect())
    }

    fn marked(kind: &str, start: i64, length_s: i64, effect: Effect, expect: Expect) -> Self {
        let depth = match effect {
            Effect::Fall { depth, .. } | Effect::Flap { depth, .. } => depth,
            Effect::Holiday { left, .. } => 1.0 - left,
            Effect::Level { factor } => (1.0 - factor).max(0.0),
            Effect::Gap => 1.0,
            _ => 0.0,
        };
        // The half hour after a spike and the first hours of a new level are part of what must stay quiet.
        let span_s = match effect {
            Effect::Spike { .. } => length_s + 30 * MINUTE_S,
            Effect::Level { .. } => length_s.min(4 * HOUR_S),
            Effect::Stall => length_s + 40,
            Effect::Late { by_s } => length_s + by_s,
            _ => length_s,
        };
        let mark = Mark {
            kind: kind.to_owned(),
            depth,
            expect,
            span_s,
        };
        Self {
            start,
            length_s,
            effect,
            mark: Some(mark),
        }
    }

    /// Reads `KIND@OFFSET[/LENGTH]`; the offset counts from `origin`.
    pub fn parse(text: &str, origin: i64) -> Result<Vec<Self>, EventError> {
        let (name, when) = text.split_once('@').ok_or_else(|| EventError::NoTime(text.to_owned()))?;
        let (offset, length) = when
            .split_once('/')
            .map_or((when, None), |(offset, length)| (offset, Some(length)));
        let read = |span| span::parse(span).map_err(|error| EventError::Span(text.to_owned(), error));
        let length_s = length.map(read).transpose()?;
        Self::named(name, origin + read(offset)?, length_s)
    }

    /// The event on whole steps of a series that starts at `origin`: begun and ended at the start of a step, at least one long.
    pub fn snapped(mut self, origin: i64, step_s: i64) -> Self {
        let snap = |at: i64| origin + (at - origin).div_euclid(step_s) * step_s;
        let end = self.end();
        self.start = snap(self.start);
        self.length_s = (snap(end) - self.start).max(step_s);
        self
    }

    /// Its label, cut off at the end of the series.
    pub fn label(&self, series_end: i64) -> Option<Label> {
        let mark = self.mark.as_ref()?;
        let end = self.start.saturating_add(mark.span_s).min(series_end);
        Some(Label {
            start: self.start,
            end,
            kind: mark.kind.clone(),
            depth: mark.depth,
            expect: mark.expect,
        })
    }
}

/// What a kind of incident does, how long it usually lasts and what should be seen.
fn incident(stem: &str, share: Option<f64>) -> Option<(Effect, i64, Expect)> {
    let slow_fall = |depth, over_s, back_s| Effect::Fall { depth, over_s, back_s };
    Some(match (stem, share) {
        ("outage" | "outage_surge", None) => (fall(1.0), 10 * MINUTE_S, Expect::Drop),
        ("short2m", None) => (fall(0.8), 2 * MINUTE_S, Expect::Drop),
        ("long_outage", None) => (fall(0.7), 6 * HOUR_S, Expect::Drop),
        ("drop", Some(depth)) => (fall(depth), if depth < 0.2 { 2400 } else { 1200 }, Expect::Drop),
        ("one_of_five", None) => (fall(0.2), 30 * MINUTE_S, Expect::Drop),
        ("ramp", Some(depth)) => (slow_fall(depth, 10 * MINUTE_S, 0), 30 * MINUTE_S, Expect::Drop),
        ("brown_out", Some(depth)) => {
            let over_s = (depth * 100.0).round() as i64 * MINUTE_S;
            (
                slow_fall(depth, over_s, 10 * MINUTE_S),
                over_s + 50 * MINUTE_S,
                Expect::Depressed,
            )
        }
        ("half_day_slow", None) => (slow_fall(0.5, 2 * HOUR_S, HOUR_S), 10 * HOUR_S, Expect::Depressed),
        ("half_day_abrupt", None) => (fall(0.5), 10 * HOUR_S, Expect::Drop),
        // It ends as the last minute down does.
        ("flapping", None) => (flap(MINUTE_S, 2 * MINUTE_S), 28 * MINUTE_S, Expect::Drop),
        ("gap", None) => (Effect::Gap, 5 * MINUTE_S, Expect::NoData),
        ("step_down", Some(share)) => (Effect::Level { factor: 1.0 - share }, Event::FOR_EVER, Expect::Drop),
        _ => return None,
    })
}

/// The same for what must stay quiet.
fn everyday(stem: &str, share: Option<f64>) -> Option<(Effect, i64, Expect)> {
    let (effect, usual_s) = match (stem, share) {
        ("stall", None) => (Effect::Stall, 20),
        ("late", None) => (Effect::Late { by_s: 12 }, 60),
        ("coverage", Some(share)) => (Effect::Coverage { share }, 10 * MINUTE_S),
        ("holiday", None) => (
            Effect::Holiday {
                left: 0.4,
                fade_s: 3 * HOUR_S,
            },
            26 * HOUR_S,
        ),
        ("spike", None) => (Effect::Spike { gain: 2.0 }, 20 * MINUTE_S),
        ("growth", Some(share)) => (Effect::Level { factor: 1.0 + share }, Event::FOR_EVER),
        ("noisy_day", None) => (Effect::Noise { gain: 2.2 }, 24 * HOUR_S),
        _ => return None,
    };
    Some((effect, usual_s, Expect::Quiet))
}

fn flap(down_s: i64, up_s: i64) -> Effect {
    Effect::Flap {
        depth: 1.0,
        down_s,
        up_s,
    }
}

fn fall(depth: f64) -> Effect {
    Effect::Fall {
        depth,
        over_s: 0,
        back_s: 0,
    }
}

/// Splits `drop25` into `drop` and 25; names with digits inside, such as `short2m`, stay whole.
fn split_percent(name: &str) -> (&str, Option<u8>) {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match name[stem.len()..].parse() {
        Ok(percent @ 1..=100) => (stem, Some(percent)),
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Event};
    use crate::label::Expect;

    #[test]
    fn reads_a_kind_an_offset_and_a_length() {
        let events = Event::parse("outage@4w2d10h/12m", 1000).expect("it is well formed");
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].start, 1000 + 4 * 604_800 + 2 * 86_400 + 36_000);
        assert_eq!(events[0].length_s, 720);
        let label = events[0].label(i64::MAX).expect("outages are labelled");
        assert_eq!((label.expect, label.depth), (Expect::Drop, 1.0));
        assert_eq!(Event::parse("outage_surge@1h", 0).expect("it is well formed").len(), 2);
        let drop = &Event::parse("drop25@1h", 0).expect("it is well formed")[0];
        assert_eq!(
            drop.effect,
            Effect::Fall {
                depth: 0.25,
                over_s: 0,
                back_s: 0
            }
        );
    }

    #[test]
    fn says_what_is_wrong_with_an_event() {
        let says = |text| Event::parse(text, 0).expect_err("it is wrong").to_string();
        assert!(says("outage").contains("KIND@OFFSET"));
        assert!(says("outage@soon").contains("soon"));
        assert!(says("outrage@1h").contains("outage, short2m"));
        assert!(says("drop@1h").contains("dropNN"));
        assert!(says("drop101@1h").contains("drop101"));
    }

    #[test]
    fn a_fall_goes_down_and_comes_back_as_told() {
        let ramp = Effect::Fall {
            depth: 0.6,
            over_s: 600,
            back_s: 100,
        };
        assert_eq!(ramp.factor(0.0, 1800), 1.0);
        assert!((ramp.factor(300.0, 1800) - 0.7).abs() < 1e-12);
        assert!((ramp.factor(1000.0, 1800) - 0.4).abs() < 1e-12);
        assert!((ramp.factor(1750.0, 1800) - 0.7).abs() < 1e-12);
        let flap = Effect::Flap {
            depth: 1.0,
            down_s: 60,
            up_s: 120,
        };
        assert_eq!([10.0, 70.0, 190.0].map(|at| flap.factor(at, 1800)), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn events_lie_on_whole_steps() {
        let event = Event::named("outage", 95, Some(3)).expect("it is known")[0]
            .clone()
            .snapped(0, 60);
        assert_eq!((event.start, event.length_s), (60, 60));
    }
}
