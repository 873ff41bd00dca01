//! One series of counts: what is normal for it, learned as it goes, and what each step says about it.

use crate::calibrate::Volatility;
use crate::civil::{Civil, SpecialDays, Zone};
use crate::episode::{Episode, Turn};
use crate::forecast::Snapshot;
use crate::history::{History, OpenDay};
use crate::level::{Dynamics, Level, PARTS};
use crate::noise::{Dispersion, Variances};
use crate::pause::Pauses;
use crate::profile::{Profile, Quality};
use crate::ring::{Past, Recent};
use crate::scan::Scan;
use crate::settings::{Reading, Settings};
use crate::slow::LowDay;
use crate::special::scaled_exp;
use crate::stalls::Stalls;
use crate::surge::Surge;
use crate::window::Hit;

/// Seconds of counts before the first verdict.
pub const LEARN_S: u64 = 600;

/// Seconds of counts before a level is believed.
pub(crate) const LEVEL_KNOWN_S: u64 = 60;

/// Seconds a block of the filter lasts at least; steps of up to ten seconds share one, longer ones are blocks of their own.
const BLOCK_S: u32 = 5;
const SHARED_STEP_S: u32 = 10;

/// Interval of the totals kept for the trend, in seconds.
pub(crate) const TREND_INTERVAL_S: u32 = 60;

/// Seconds kept of them.
const TREND_KEPT_S: u32 = 4_560;

/// A gap this long makes the level uncertain, in seconds.
pub(crate) const LONG_GAP_S: f64 = 3_600.0;

/// Seconds after a gap in which nothing fires.
const COOL_DOWN_S: f64 = 60.0;

fn block_steps(step_s: u32) -> usize {
    let steps = BLOCK_S.div_ceil(step_s).max(1);
    if (BLOCK_S..=SHARED_STEP_S).contains(&step_s) {
        2 * steps as usize
    } else {
        steps as usize
    }
}

/// What a series is doing after a step.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub enum Standing {
    /// Too little was seen.
    Learning {
        /// Seconds seen.
        seen_s: u64,
    },
    /// In the band.
    Beating,
    /// A planned pause: nothing is expected, nothing is judged.
    Paused,
    /// Below the band, not certain; `Series::weak` tells about it.
    Weak,
    /// Fallen, but no longer than is usual for the series.
    Brief,
    /// In an episode; `Series::episode` tells about it.
    Fallen,
    /// In an episode, rising.
    Rising,
}

/// What a step said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Expected outcomes in the step; `None` while nothing is known.
    pub expected: Option<f64>,
    /// What the series is doing.
    pub standing: Standing,
    /// What the step changed about the episode.
    pub turn: Turn,
    /// Whether an episode began with this step.
    pub fell: bool,
}

#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct OpenBlock {
    pub(crate) steps: usize,
    pub(crate) known: usize,
    pub(crate) count: u64,
    pub(crate) profile: f64,
    /// Second of the local day it began at.
    pub(crate) second_of_day: f64,
    /// Profile of one step in it.
    pub(crate) per_step: f64,
}

/// One series of counts.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Series {
    pub(crate) settings: Settings,
    pub(crate) civil: Civil,
    pub(crate) special_days: SpecialDays,
    pub(crate) step: u64,
    pub(crate) known_steps: u64,
    pub(crate) block_steps: usize,
    pub(crate) block: OpenBlock,
    pub(crate) block_number: u64,
    pub(crate) profile: Profile,
    pub(crate) history: History,
    pub(crate) open_day: OpenDay,
    pub(crate) variances: Variances,
    pub(crate) dispersion: Dispersion,
    pub(crate) volatility: Volatility,
    pub(crate) dynamics: Dynamics,
    pub(crate) level: Level,
    pub(crate) level_known: bool,
    pub(crate) first: (u64, f64),
    pub(crate) recent: Recent,
    pub(crate) snapshots: Past<Snapshot>,
    /// Whether each of the last blocks was learned into the day.
    pub(crate) learned: Past<bool>,
    pub(crate) trend: Past<f32>,
    pub(crate) scan: Scan,
    pub(crate) surge: Surge,
    pub(crate) episode: Option<Episode>,
    /// The last one that ended, for its record.
    pub(crate) last_episode: Option<Episode>,
    pub(crate) low_day: LowDay,
    pub(crate) stalls: Stalls,
    pub(crate) pauses: Pauses,
    pub(crate) paused: bool,
    pub(crate) weak: Option<Hit>,
    /// Steps since the windows were started anew, and since the last step that was missing or doubtful.
    pub(crate) young: u64,
    pub(crate) calm: u64,
    pub(crate) missing_run: u64,
    last_at: Option<i64>,
    pub(crate) quiet_until: u64,
    /// Variance of a block as the level predicted it at the last block end.
    pub(crate) level_variance: f64,
    pub(crate) model_error: f64,
    /// Standard deviations of the level's parts.
    pub(crate) deviation: [f64; PARTS],
    /// The level's factor on the profile, in this block.
    pub(crate) factor: f64,
    pub(crate) factor_log: f64,
}

impl Series {
    /// A series of which nothing is known.
    pub fn new(settings: Settings, zone: Zone, special_days: SpecialDays) -> Self {
        let step_s = settings.step_s;
        let block_steps = block_steps(step_s);
        let block_s = block_steps as f64 * f64::from(step_s);
        let scan = Scan::new(&settings, block_steps);
        let longest = scan.longest_steps().max((960 / step_s) as usize).max(8);
        let blocks = (scan.longest_lag_s() / block_s).ceil() as usize + 2;
        let trend_kept = (TREND_KEPT_S / TREND_INTERVAL_S.max(step_s)).max(12) as usize;
        let bin_s = step_s.max(300);
        let variances = Variances::new(block_s);
        let mut series = Self {
            civil: Civil::new(zone),
            special_days,
            step: 0,
            known_steps: 0,
            block_steps,
            block: OpenBlock::default(),
            block_number: 0,
            profile: Profile::new(bin_s),
            history: History::default(),
            open_day: OpenDay::new(bin_s),
            variances,
            dispersion: Dispersion::new(),
            volatility: Volatility::usual(),
            dynamics: Dynamics::new(block_s, Variances::prior(), 0.0),
            level: Level::unknown(Variances::prior()),
            level_known: false,
            first: (0, 0.0),
            recent: Recent::new(longest, block_steps),
            snapshots: Past::with_capacity(blocks),
            learned: Past::with_capacity(blocks),
            trend: Past::with_capacity(trend_kept),
            scan,
            surge: Surge::new(step_s),
            episode: None,
            last_episode: None,
            low_day: LowDay::new(),
            stalls: Stalls::default(),
            pauses: Pauses::new(step_s),
            paused: false,
            weak: None,
            young: 0,
            calm: 0,
            missing_run: 0,
            last_at: None,
            quiet_until: 0,
            level_variance: 1.0,
            model_error: 1.0,
            deviation: [0.0; PARTS],
            factor: 1.0,
            factor_log: 0.0,
            settings,
        };
        series.retune(Variances::prior());
        series
    }

    /// Judges the step that starts at the Unix second `at`. Steps come in order, none left out.
    pub fn close(&mut self, at: i64, reading: Reading) -> Outlook {
        if self.civil.turns_at(at) {
            self.turn(at);
        }
        if self.block.steps == 0 {
            self.begin_block(at);
        }
        self.last_at = Some(at);
        self.step += 1;
        self.young += 1;
        self.calm += 1;
        self.block.steps += 1;
        let at_block_end = self.block.steps == self.block_steps;
        let mut turn = Turn::Same;
        let mut fell = false;
        match reading {
            Reading::Missing => self.miss(at_block_end),
            Reading::Count { count, coverage } => {
                let profile = self.block.per_step * coverage;
                self.take(count, profile, at_block_end);
                if self.is_ready() {
                    let expected = self.expected(profile);
                    self.pauses
                        .note(self.civil.day(), self.civil.second_of_day(at), count, expected);
                }
                if self.is_ready() && !self.paused {
                    if self.episode.is_some() {
                        (turn, fell) = self.follow_episode(count, profile, at_block_end);
                    } else {
                        fell = self.look_for_drop(at, at_block_end) && self.tell();
                    }
                }
            }
        }
        let expected = self.level_known.then(|| self.expected(self.block.per_step));
        if at_block_end {
            self.end_block();
        }
        Outlook {
            expected,
            standing: self.standing(),
            turn,
            fell,
        }
    }

    /// The episode that runs, if any.
    pub fn episode(&self) -> Option<&Episode> {
        self.episode.as_ref()
    }

    /// What makes it weak, if it is.
    pub fn weak(&self) -> Option<&Hit> {
        self.weak.as_ref()
    }

    /// The last episode that ended.
    pub fn last_episode(&self) -> Option<&Episode> {
        self.last_episode.as_ref()
    }

    /// Corrects a step that was closed before. Returns false where it is too old to be in any window.
    pub fn correct(&mut self, at: i64, reading: Reading) -> bool {
        let Reading::Count { count, coverage } = reading else {
            return false;
        };
        let Some(last_at) = self.last_at else { return false };
        let back = (last_at - at) / i64::from(self.settings.step_s);
        if back < 0 || back as usize >= self.recent.longest() || back as u64 >= self.step {
            return false;
        }
        let second_of_day = self.civil.second_of_day(at);
        let profile = self.profile.log_at(second_of_day).exp() * coverage;
        self.recent.amend(back as usize, self.block.steps, count as f64, profile);
        let expected = self.expected(profile);
        if let Some(episode) = self.episode.as_mut().filter(|episode| at >= episode.start.onset) {
            episode.totals.actual += count;
            episode.totals.expected += expected;
        }
        true
    }

    /// Variance over mean of the counts in a step.
    pub fn dispersion(&self) -> f64 {
        self.dispersion.value()
    }

    /// Relative standard error of what is expected, beside counting noise.
    pub fn model_error(&self) -> f64 {
        self.model_error
    }

    /// How far history carries the profile.
    pub fn quality(&self) -> Quality {
        self.profile.quality()
    }

    /// The tests and their present forecasts.
    pub fn scan(&self) -> &Scan {
        &self.scan
    }

    /// How the level moves.
    pub fn dynamics(&self) -> &Dynamics {
        &self.dynamics
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Expected outcomes per step at a second of today's local day, at the present level.
    pub fn expected_at(&self, second_of_day: f64) -> f64 {
        (self.profile.log_at(second_of_day) + self.level.total()).exp()
    }

    /// Takes the level of the last minutes for the new normal, as a person declares it. Ends an episode.
    pub fn accept_level(&mut self) {
        let minutes = ((300 / self.settings.step_s).max(1) as usize).min(self.recent.longest());
        let (count, profile) = self.recent.last(minutes);
        let expected = self.level.total().exp() * profile;
        if self.level_known && expected > 0.0 {
            self.adopt((count / expected).max(0.02));
        }
    }

    /// Bytes held, on the heap and in itself.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.profile.bytes()
            + self.history.bytes()
            + self.open_day.bytes()
            + self.recent.bytes()
            + self.snapshots.bytes()
            + self.learned.bytes()
            + self.trend.bytes()
            + self.scan.bytes()
            + self.pauses.bytes()
            + self.stalls.bytes()
    }

    /// Bytes of the days kept, which are read once a day only.
    pub fn history_bytes(&self) -> usize {
        self.history.bytes()
    }

    pub(crate) fn step_s(&self) -> f64 {
        f64::from(self.settings.step_s)
    }

    pub(crate) fn volatility(&self) -> f64 {
        self.volatility.factor()
    }

    #[inline]
    pub(crate) fn expected(&self, profile: f64) -> f64 {
        self.factor * profile
    }

    /// Sets the level within a block.
    pub(crate) fn set_level(&mut self, total: f64) {
        self.level.settle_at(total);
        self.factor = total.exp();
        self.factor_log = total;
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.level_known && self.known_steps * u64::from(self.settings.step_s) >= LEARN_S
    }

    fn standing(&self) -> Standing {
        match (&self.episode, &self.weak) {
            _ if !self.is_ready() => Standing::Learning {
                seen_s: self.known_steps * u64::from(self.settings.step_s),
            },
            _ if self.paused => Standing::Paused,
            (Some(episode), _) if !episode.told && episode.rising() => Standing::Beating,
            (Some(episode), _) if !episode.told => Standing::Brief,
            (Some(episode), _) if episode.rising() => Standing::Rising,
            (Some(_), _) => Standing::Fallen,
            (None, Some(_)) => Standing::Weak,
            (None, None) => Standing::Beating,
        }
    }

    fn begin_block(&mut self, at: i64) {
        let total = self.level.total();
        self.factor = if self.block_number.is_multiple_of(64) {
            total.exp()
        } else {
            scaled_exp(self.factor, total - self.factor_log)
        };
        self.factor_log = total;
        let second_of_day = self.civil.second_of_day(at);
        let middle = second_of_day + 0.5 * self.dynamics.block_s;
        self.block = OpenBlock {
            second_of_day,
            per_step: self.profile.log_at(middle).exp(),
            ..OpenBlock::default()
        };
        self.paused = self.pauses.planned(self.civil.day(), second_of_day);
    }

    fn miss(&mut self, at_block_end: bool) {
        self.missing_run += 1;
        self.calm = 0;
        self.recent.push_step(0.0, 0.0);
        if at_block_end {
            self.recent.push_block();
        }
        self.dispersion.interrupt();
    }

    fn take(&mut self, count: u64, profile: f64, at_block_end: bool) {
        if self.missing_run as f64 * self.step_s() >= f64::from(self.settings.silent_after_s) {
            self.quiet_until = self.step + (COOL_DOWN_S / self.step_s()).ceil().max(1.0) as u64;
        }
        if self.missing_run as f64 * self.step_s() >= LONG_GAP_S && self.quality() < Quality::Weeks {
            // Nobody knows where the level has gone: it is learned anew before anything is judged.
            self.level.widen_walk(1.0);
            self.restart_windows();
            self.quiet_until = self.step + (LEARN_S as f64 / self.step_s()) as u64;
        }
        self.missing_run = 0;
        self.known_steps += 1;
        if self.paused {
            self.calm = 0;
            self.recent.push_step(0.0, 0.0);
        } else {
            self.block.known += 1;
            self.block.count += count;
            self.block.profile += profile;
            self.recent.push_step(count as f64, profile);
            if self.episode.is_none() {
                let expected = if self.level_known {
                    self.expected(profile)
                } else {
                    count as f64
                };
                self.dispersion.learn(count, expected, self.dynamics.variance[0]);
            }
        }
        if at_block_end {
            self.recent.push_block();
        }
    }

    /// Everything before this step is no measure for what comes.
    pub(crate) fn restart_windows(&mut self) {
        self.young = 0;
        self.snapshots.keep(0);
        self.trend.keep(0);
        self.scan.forget();
        self.weak = None;
    }
}
