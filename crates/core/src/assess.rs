//! Whether a series is fit to be a heartbeat, and why.
//!
//! The verdict is the worst that any finding allows, so that each verdict has its reason among the findings.

use crate::state::Span;
use crate::watch::Watch;
use pulsecheck_rhythm::Quality;
use pulsecheck_rhythm::detectability::{DayAndNight, Sight};
use pulsecheck_rhythm::series::LEARN_S;
use std::fmt;

/// Drops that the table of an assessment has rows for.
pub const DROPS: [f64; 5] = [0.10, 0.25, 0.50, 0.90, 1.00];

/// A total loss at peak is to be seen within so many seconds: half a minute is sooner than customers write to support.
const PEAK_TOTAL_S: f64 = 30.0;

/// Half a loss at peak: the release that broke one path of two is to be taken back while few have met it.
const PEAK_HALF_S: f64 = 120.0;

/// A total loss at night, when fewer customers are hurt and the counts are thin.
const NIGHT_TOTAL_S: f64 = 120.0;

/// What sees a total loss at peak later than this, in seconds, is a report and no heartbeat: people will have called.
const PEAK_TOTAL_MAX_S: f64 = 1_800.0;

/// The smallest drop is looked for within this time, in seconds: what lasts longer is found by other means.
const SMALLEST_WITHIN_S: f64 = 3_600.0;

/// Expectations that are off by more than this hide a drop of a fifth, the least that counts as lost.
const ERROR_MAX: f64 = 0.05;

/// Expectations that are off by more than this hide half a loss: nothing that matters is predictable.
const ERROR_UNFIT: f64 = 0.15;

/// Our detector may take this many times as long as the information limit before something else than volume is to blame.
const RESERVE: f64 = 3.0;

/// From this scatter on counts are bursts: a drop takes this many times as long to tell as one of independent outcomes.
const DISPERSION_MAX: f64 = 3.0;

/// Bursts matter where they move a step at peak by more than this share.
const BURST_NOISE_MIN: f64 = 0.02;

/// Steps longer than this, in seconds, are what the delay consists of.
const STEP_MAX_S: u32 = 10;

/// How fit a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fitness {
    /// It is a heartbeat.
    Fit,
    /// It is one, but some drops are seen late or never.
    FitWithLimits,
    /// It is none.
    Unfit,
}

impl Fitness {
    /// The words a person and a program read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::FitWithLimits => "fit with limits",
            Self::Unfit => "unfit",
        }
    }
}

/// A time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Time {
    /// The 5th percentile of the expected rate over the day.
    Night,
    /// Its maximum.
    Peak,
}

impl Time {
    /// The word in the machine-readable output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Night => "night",
            Self::Peak => "peak",
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", self.word())
    }
}

/// How fast one drop is seen at one time of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectabilityRow {
    /// Share that goes missing.
    pub drop: f64,
    /// When.
    pub at: Time,
    /// Expected outcomes a second at that time.
    pub rate_per_s: f64,
    /// Seconds until people are told; `None` if no window ever shows it.
    pub seconds: Option<f64>,
    /// Seconds that the best detector needs if counts were Poisson and the expectation exact.
    pub limit_poisson_s: Option<f64>,
    /// Seconds that the best detector needs with the scatter measured here and the error of the model at its worst; `None` if it
    /// cannot tell the drop from that error at all.
    pub limit_model_s: Option<f64>,
}

/// One reason for the verdict. `Display` says in one sentence what it means and, where something is amiss, what to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Finding {
    /// Too little was seen for any verdict.
    TooShort {
        /// Seconds of counts seen.
        seen_s: f64,
        /// Seconds of counts needed before the first verdict.
        needed_s: u64,
    },
    /// Enough was seen, but not one outcome.
    NothingCounted {
        /// Seconds of counts seen.
        seen_s: f64,
    },
    /// How soon a drop is seen, beside what is asked of a heartbeat.
    Seen {
        /// Share that goes missing.
        drop: f64,
        /// When.
        at: Time,
        /// Seconds until it is seen, if ever.
        seconds: Option<f64>,
        /// Seconds asked for.
        wanted_s: f64,
        /// Seconds that the best detector needs if counts were Poisson and the expectation exact.
        limit_poisson_s: Option<f64>,
        /// Length of a step in seconds.
        step_s: u32,
    },
    /// How well the rate is known in advance.
    Predictability {
        /// Relative standard error of what is expected at peak.
        error: f64,
        /// Share of the ups and downs that the time of day explains.
        explained: f64,
        /// The smallest drop seen at peak within an hour, if any.
        smallest_drop: Option<f64>,
    },
    /// At night a step expects fewer outcomes than a verdict needs.
    ZerosAtNight {
        /// Outcomes expected in a step.
        expected_per_step: f64,
        /// Share of steps that are empty though nothing is wrong.
        zero_share: f64,
        /// Seconds until enough is expected for a verdict.
        wait_s: f64,
    },
    /// Counts come in steps so long that they are the delay.
    LongStep {
        /// Length of a step in seconds.
        step_s: u32,
    },
    /// History does not carry a full week yet.
    ShortHistory {
        /// How far it carries.
        quality: Quality,
        /// Seconds of counts seen.
        seen_s: f64,
        /// The smallest drop seen at peak within an hour, if any.
        smallest_drop: Option<f64>,
    },
    /// Outcomes come in bursts.
    Bursts {
        /// Variance over mean of the counts in a step.
        dispersion: f64,
    },
}

impl Finding {
    /// The best verdict that it leaves room for.
    pub fn allows(&self) -> Fitness {
        match *self {
            Self::TooShort { .. } | Self::NothingCounted { .. } => Fitness::Unfit,
            Self::Seen {
                drop,
                at,
                seconds,
                wanted_s,
                ..
            } => match seconds {
                Some(seconds) if seconds <= wanted_s => Fitness::Fit,
                Some(seconds) if seconds <= PEAK_TOTAL_MAX_S => Fitness::FitWithLimits,
                _ if at == Time::Peak && drop >= 1.0 => Fitness::Unfit,
                _ => Fitness::FitWithLimits,
            },
            Self::Predictability { error, .. } if error > ERROR_UNFIT => Fitness::Unfit,
            Self::Predictability { error, .. } if error > ERROR_MAX => Fitness::FitWithLimits,
            Self::ShortHistory { .. } => Fitness::FitWithLimits,
            // These say why a drop is seen late; how late it is seen is judged above.
            Self::Predictability { .. } | Self::ZerosAtNight { .. } | Self::LongStep { .. } | Self::Bursts { .. } => Fitness::Fit,
        }
    }
}

impl Finding {
    /// Whether a drop is seen late, or never, because too few outcomes are counted: because even the best detector would be late, or
    /// would be if it had our reserves.
    fn for_want_of_counts(&self) -> bool {
        let Self::Seen {
            seconds,
            wanted_s,
            limit_poisson_s,
            step_s,
            ..
        } = *self
        else {
            return false;
        };
        let by_step = seconds.is_some_and(|seconds| seconds <= 2.0 * f64::from(step_s));
        !by_step && limit_poisson_s.is_none_or(|limit_s| RESERVE * limit_s > wanted_s)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooShort { seen_s, needed_s } => {
                let needed = Span(needed_s as f64);
                write!(
                    f,
                    "{} of counts are too little to judge: at least {needed} are needed, three weeks are best",
                    Span(seen_s)
                )
            }
            Self::NothingCounted { seen_s } => write!(
                f,
                "not one outcome was counted in {}: check that the right column is read and that the source sends",
                Span(seen_s)
            ),
            Self::Seen {
                drop,
                at,
                seconds,
                wanted_s,
                ..
            } => seen(f, (drop, at), seconds, wanted_s, self.for_want_of_counts()),
            Self::Predictability {
                error,
                explained,
                smallest_drop,
            } => predictability(f, error, explained, smallest_drop),
            Self::ZerosAtNight { zero_share, wait_s, .. } => write!(
                f,
                "at night {:.0} % of the steps are empty though nothing is wrong, so nothing shorter than {} is judged there",
                100.0 * zero_share,
                Span(wait_s)
            ),
            Self::LongStep { step_s } => write!(
                f,
                "a step lasts {}, and no drop is seen before the step in which it begins is over: send counts by the second",
                Span(step_s.into())
            ),
            Self::ShortHistory {
                quality,
                seen_s,
                smallest_drop,
            } => short_history(f, quality, seen_s, smallest_drop),
            Self::Bursts { dispersion } => write!(
                f,
                "outcomes come in bursts (variance {dispersion:.1} times the mean), which makes every drop take about that many times as \
                 long: count customers or orders, not retries or batches"
            ),
        }
    }
}

fn seen(f: &mut fmt::Formatter<'_>, what: (f64, Time), seconds: Option<f64>, wanted_s: f64, too_few: bool) -> fmt::Result {
    let (drop, at) = what;
    if drop >= 1.0 {
        write!(f, "a total loss {at} ")?;
    } else {
        write!(f, "a {:.0} % drop {at} ", 100.0 * drop)?;
    }
    let wanted = Span(wanted_s);
    match seconds {
        Some(seconds) if seconds <= wanted_s => {
            return write!(f, "is seen in {} (a heartbeat should take {wanted} at most)", Span(seconds));
        }
        Some(seconds) => write!(
            f,
            "takes {} to see, where a heartbeat should take {wanted} at most",
            Span(seconds)
        )?,
        None => write!(f, "is never seen, where a heartbeat should take {wanted} at most")?,
    }
    // Else the reason is another, and has a finding of its own.
    if too_few {
        write!(
            f,
            ": count an outcome that happens more often, or add regions and channels up"
        )?;
    }
    Ok(())
}

fn predictability(f: &mut fmt::Formatter<'_>, error: f64, explained: f64, smallest_drop: Option<f64>) -> fmt::Result {
    let (error_percent, explained) = (100.0 * error, 100.0 * explained);
    write!(f, "what is expected at peak is right to within {error_percent:.1} %")?;
    if error <= ERROR_MAX {
        if explained < 1.0 {
            write!(f, "; no daily curve is known")?;
        } else {
            write!(
                f,
                "; the time of day explains {:.0} % of the ups and downs",
                explained.min(99.0)
            )?;
        }
        return match smallest_drop {
            Some(drop) => write!(f, ", and a drop of {:.0} % is the smallest that is seen", 100.0 * drop),
            None => Ok(()),
        };
    }
    write!(f, " only")?;
    match smallest_drop {
        Some(drop) => write!(f, ", and drops below {:.0} % hide in that", 100.0 * drop)?,
        None => write!(f, ", and every drop hides in that")?,
    }
    write!(
        f,
        ": count what customers do rather than what jobs do, name holidays, or split what has a rhythm from what has none"
    )
}

fn short_history(f: &mut fmt::Formatter<'_>, quality: Quality, seen_s: f64, smallest_drop: Option<f64>) -> fmt::Result {
    let unknown = match quality {
        Quality::None => "the rest of the day is unknown",
        Quality::Days => "this weekday is unknown",
        Quality::Week | Quality::Weeks => "this weekday was seen once",
    };
    write!(f, "{} of counts are a short history: {unknown}, so ", Span(seen_s))?;
    match smallest_drop {
        Some(drop) => write!(f, "only drops of {:.0} % and more are told", 100.0 * drop)?,
        None => write!(f, "no drop is told")?,
    }
    let next = match quality {
        Quality::None => "a day, a week and three weeks",
        Quality::Days => "a week and three weeks",
        Quality::Week | Quality::Weeks => "three weeks",
    };
    write!(f, "; smaller ones will be after {next} of counts")
}

/// Whether a series is fit to be a heartbeat, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The answer.
    pub verdict: Fitness,
    /// Its reasons, the gravest first.
    pub findings: Vec<Finding>,
    /// How fast which drop is seen; empty before the first verdict.
    pub rows: Vec<DetectabilityRow>,
    /// The smallest drop seen at night within an hour.
    pub smallest_drop_night: Option<f64>,
    /// The smallest drop seen at peak within an hour.
    pub smallest_drop_peak: Option<f64>,
}

impl Watch {
    /// Says whether the series, as far as it is known now, is fit to be a heartbeat.
    pub fn assess(&self) -> Assessment {
        let series = self.series();
        let Some(day) = series.detectability() else {
            let finding = nothing_known(series.seen_s());
            return Assessment {
                verdict: finding.allows(),
                findings: vec![finding],
                rows: Vec::new(),
                smallest_drop_night: None,
                smallest_drop_peak: None,
            };
        };
        let smallest_drop_peak = day.peak.smallest_drop_within(SMALLEST_WITHIN_S);
        let mut findings = self.promises(&day);
        findings.extend(self.reasons(&day, smallest_drop_peak));
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.allows()));
        Assessment {
            verdict: findings.iter().map(Finding::allows).max().unwrap_or(Fitness::Fit),
            findings,
            rows: rows(&day.night, Time::Night).chain(rows(&day.peak, Time::Peak)).collect(),
            smallest_drop_night: day.night.smallest_drop_within(SMALLEST_WITHIN_S),
            smallest_drop_peak,
        }
    }

    /// What a heartbeat must see, and how soon this one does.
    fn promises(&self, day: &DayAndNight) -> Vec<Finding> {
        let step_s = self.series().settings().step_s;
        let seen = |drop: f64, at: Time, sight: &Sight, wanted_s: f64| Finding::Seen {
            drop,
            at,
            seconds: sight.seconds_until_seen(drop),
            wanted_s,
            limit_poisson_s: sight.limit_poisson().delay_s(drop),
            step_s,
        };
        vec![
            seen(1.0, Time::Peak, &day.peak, PEAK_TOTAL_S),
            seen(0.5, Time::Peak, &day.peak, PEAK_HALF_S),
            seen(1.0, Time::Night, &day.night, NIGHT_TOTAL_S),
        ]
    }

    /// What is behind that.
    fn reasons(&self, day: &DayAndNight, smallest_drop: Option<f64>) -> Vec<Finding> {
        let series = self.series();
        let settings = series.settings();
        let mut reasons = Vec::new();
        if settings.step_s > STEP_MAX_S {
            reasons.push(Finding::LongStep { step_s: settings.step_s });
        }
        let quality = series.quality();
        if quality < Quality::Weeks {
            reasons.push(Finding::ShortHistory {
                quality,
                seen_s: series.seen_s(),
                smallest_drop,
            });
        }
        reasons.push(Finding::Predictability {
            error: day.peak.model_error,
            explained: day.explained,
            smallest_drop,
        });
        let expected_per_step = day.night.rate_per_s * f64::from(settings.step_s);
        if expected_per_step < settings.expected_min {
            reasons.push(Finding::ZerosAtNight {
                expected_per_step,
                zero_share: zero_share(expected_per_step, series.dispersion()),
                wait_s: settings.expected_min / day.night.rate_per_s,
            });
        }
        let noise = (series.dispersion() / (day.peak.rate_per_s * f64::from(settings.step_s))).sqrt();
        if series.dispersion() > DISPERSION_MAX && noise > BURST_NOISE_MIN {
            reasons.push(Finding::Bursts {
                dispersion: series.dispersion(),
            });
        }
        reasons
    }
}

fn nothing_known(seen_s: f64) -> Finding {
    if seen_s < LEARN_S as f64 {
        Finding::TooShort {
            seen_s,
            needed_s: LEARN_S,
        }
    } else {
        Finding::NothingCounted { seen_s }
    }
}

fn rows(sight: &Sight, at: Time) -> impl Iterator<Item = DetectabilityRow> {
    DROPS.into_iter().map(move |drop| DetectabilityRow {
        drop,
        at,
        rate_per_s: sight.rate_per_s,
        seconds: sight.seconds_until_seen(drop),
        limit_poisson_s: sight.limit_poisson().delay_s(drop),
        limit_model_s: sight.limit_model().delay_s(drop),
    })
}

/// Probability of a zero count: Poisson, or negative binomial where the variance is above the mean.
fn zero_share(expected: f64, dispersion: f64) -> f64 {
    if dispersion > 1.001 {
        (-expected * dispersion.ln() / (dispersion - 1.0)).exp()
    } else {
        (-expected).exp()
    }
}

#[cfg(test)]
mod tests;
