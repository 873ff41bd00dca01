//! The states of a heartbeat and why it is in one.

use std::fmt;

/// What a heartbeat is doing, in the mission's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub enum State {
    /// The rhythm is not known yet.
    Learning,
    /// In the band of what is expected.
    Beating,
    /// Low or late, not certain; shown, and nobody is told.
    Weak,
    /// Surely low, but shallow or slow; people are told, nothing is rolled back by itself.
    Depressed,
    /// Fired: the loop starts.
    Lost,
    /// Back in the band after a loss, not calm for long enough yet.
    Recovering,
    /// No trustworthy data: neither low nor fine.
    Silent,
}

impl State {
    /// The word a person and the API read, in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::Beating => "beating",
            Self::Weak => "weak",
            Self::Depressed => "depressed",
            Self::Lost => "lost",
            Self::Recovering => "recovering",
            Self::Silent => "silent",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The numbers of a finding: what came, where what was expected, over which span, and how unlikely that is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Shortfall {
    /// Share missing, 0 to 1.
    pub depth: f64,
    /// Length of the window that shows it, in seconds.
    pub scale_s: f64,
    /// Significance in standard deviations.
    pub z: f64,
    /// Significance asked for on this scale.
    pub z_needed: f64,
    /// Mean time between false alarms that `z_needed` follows from, in seconds; `None` for slow falls, whose bar is fixed.
    pub budget_s: Option<f64>,
}

/// Why a heartbeat is in its state, with the numbers that rests on. `Display` gives one sentence for a person.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub enum Reason {
    /// Not enough history yet.
    Learning {
        /// Seconds of counts seen.
        seen_s: u64,
        /// Seconds of counts needed before the first verdict.
        needed_s: u64,
    },
    /// Nothing stands out.
    InBand,
    /// The series is empty at this time of day again and again.
    PlannedPause,
    /// Rows are late; whether they will come is not known yet.
    FeedLate {
        /// Seconds since the last complete step.
        late_s: i64,
    },
    /// No rows for so long that nothing can be said.
    NoData {
        /// Seconds since the last complete step.
        silent_s: i64,
    },
    /// Fallen, but not for longer than is usual for this heartbeat.
    BriefSoFar {
        /// Seconds since it fell.
        down_s: f64,
    },
    /// Low on one scale, not certain.
    BelowBand(Shortfall),
    /// Fell abruptly and deep.
    AbruptFall(Shortfall),
    /// Fell through several minutes, deep or about to be.
    SteadyFall(Shortfall),
    /// Fell, but by less than what counts as lost.
    ShallowFall(Shortfall),
    /// Fell over tens of minutes.
    SlowFall(Shortfall),
    /// Rose again.
    Rising {
        /// Share of what is expected that has come since the rise.
        level: f64,
        /// Share that was missing at the worst.
        depth: f64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Learning { seen_s, needed_s } => write!(
                f,
                "learning: {seen_s} s of counts seen, {needed_s} s needed for a first verdict"
            ),
            Self::InBand => f.write_str("in the band of what is expected"),
            Self::PlannedPause => f.write_str("planned pause: it is empty at this time again and again"),
            Self::FeedLate { late_s } => write!(f, "the feed is late: no complete step for {late_s} s"),
            Self::NoData { silent_s } => write!(f, "no data for {silent_s} s: nothing can be said about customers"),
            Self::BriefSoFar { down_s } => write!(
                f,
                "fell {} ago; short stalls are usual here, so nobody was told yet",
                Span(down_s)
            ),
            Self::BelowBand(s) => write!(f, "{s}, not certain yet"),
            Self::AbruptFall(s) => write!(f, "abrupt fall, {s}"),
            Self::SteadyFall(s) => write!(f, "steady fall over minutes, {s}"),
            Self::ShallowFall(s) => write!(f, "shallow fall, {s}"),
            Self::SlowFall(s) => write!(f, "slow fall, {s}"),
            Self::Rising { level, depth } => {
                write!(
                    f,
                    "back at {:.0} % of what is expected after {:.0} % were missing",
                    100.0 * level,
                    100.0 * depth
                )
            }
        }
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            depth,
            scale_s,
            z,
            z_needed,
            budget_s,
        } = *self;
        write!(
            f,
            "{:.0} % below expected over {} ({z:.1} standard deviations, {z_needed:.1} needed",
            100.0 * depth,
            Span(scale_s)
        )?;
        match budget_s {
            Some(budget_s) => write!(f, " for one false alarm in {})", Span(budget_s)),
            None => f.write_str(")"),
        }
    }
}

/// A span of time in its natural unit.
pub(crate) struct Span(pub(crate) f64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            s if s < 120.0 => (s, "s"),
            s if s < 7_200.0 => (s / 60.0, "min"),
            s if s < 172_800.0 => (s / 3_600.0, "h"),
            s => (s / 86_400.0, "days"),
        };
        write!(f, "{value:.0} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_sentence_with_its_numbers() {
        let shortfall = Shortfall {
            depth: 0.62,
            scale_s: 5.0,
            z: 9.3,
            z_needed: 6.1,
            budget_s: Some(365.0 * 86_400.0),
        };
        assert_eq!(
            Reason::AbruptFall(shortfall).to_string(),
            "abrupt fall, 62 % below expected over 5 s (9.3 standard deviations, 6.1 needed for one false alarm in 365 days)"
        );
    }
}
