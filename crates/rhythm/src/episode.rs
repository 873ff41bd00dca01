//! An episode: from the step at which a drop was certain to its end. The level is frozen, so that the loss is measured against what
//! was expected before, and nothing of it is learned.

use crate::level::TAU_S;
use crate::noise::difference_share;
pub use crate::onset::{Cause, Start, Totals};
use crate::special::{low_count_z, mean_variance_share};

/// Windows that show a rise, in seconds.
const RISE_WINDOWS_S: [u32; 7] = [2, 5, 15, 30, 60, 120, 300];

/// Windows that show how deep it is.
const DEPTH_WINDOWS_S: [u32; 4] = [15, 60, 120, 300];

/// A rise (or a relapse) is believed at this many standard deviations.
const TURN_Z: f64 = 4.0;

/// A fall inside an episode is believed at this many.
const FALL_Z: f64 = 5.0;

/// Memory of the low level, in seconds.
const LOW_MEMORY_S: f64 = 600.0;

/// How long a series must stay up before the episode is over, in seconds and in steps.
const CALM_S: f64 = 300.0;
const CALM_STEPS: u64 = 3;

/// A rise reaches at least to within this share and one deviation of what is expected.
const UP_SHARE: f64 = 0.15;

/// A fall that was no loss does not end in a rise to this share: that is a spike from a level that had wandered.
const SPIKE_SHARE: f64 = 1.2;

/// It is back when it is within this share, or three deviations, of what is expected.
const BACK_SHARE: f64 = 0.12;

/// Fewest steps of a window that tells the depth.
const DEPTH_STEPS_MIN: usize = 2;

/// A slow fall is over within this share, or three and a half deviations of the level: its reference is as old as the fall.
const LOW_DAY_BACK: f64 = 0.18;

/// A fall is abrupt when it happens within so many seconds.
pub const ABRUPT_S: f64 = 600.0;

/// Seconds before a drop that tell where it fell from.
pub const BEFORE_S: f64 = 60.0;

/// A steady fall is looked for in the first half hour, and counts one minute ahead.
const STEADY_FALL_S: f64 = 1_800.0;
const AHEAD_S: f64 = 60.0;

/// A shallow fall that is no loss is followed at this pace, in seconds: more often than not the level has wandered.
const SHALLOW_DEPTH: f64 = 0.20;
const SHALLOW_FOLLOW_S: f64 = 5_400.0;

/// Shallow, middle and deep episodes become the new normal after so many seconds; none of half a day does.
const ADOPT_AFTER: [(f64, f64); 3] = [(0.15, 3.0 * 3_600.0), (0.30, 14.0 * 3_600.0), (2.0, 26.0 * 3_600.0)];

/// What a step changed about an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing.
    Same,
    /// It turned out abrupt and deep.
    Deepened,
    /// It rises.
    Rising,
    /// It fell again before it was calm.
    Relapsed,
    /// It is over.
    Over,
    /// It lasted so long that its level is the new normal.
    Adopted,
}

#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
struct Up {
    steps: u64,
    /// Level before the rise, share of the expectation.
    low: f64,
    /// Sums when it began to rise.
    totals: Totals,
}

#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
struct Window {
    steps: usize,
    /// Relative variance that the level's fast noises give its mean.
    wobble: f64,
}

/// An episode that runs.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Episode {
    /// How it began.
    pub start: Start,
    /// Whether it is (or was) abrupt and at least as deep as a loss.
    pub abrupt: bool,
    /// Estimated share missing at the worst.
    pub depth: f64,
    /// Sums since the onset.
    pub totals: Totals,
    /// Whether people were told: it has outlasted what is usual for the series.
    pub told: bool,
    step_s: f64,
    lost_depth_min: f64,
    fired_steps: u64,
    down_steps: u64,
    low: (f64, f64),
    up: Option<Up>,
    /// Share of the expectation that it fell from: 1, or what was left of it when a depressed series fell on.
    from: f64,
    rise_windows: Vec<Window>,
    depth_windows: Vec<Window>,
    /// Relative variance of the difference of neighbouring minutes.
    minute_wobble: f64,
    z_needed: f64,
}

/// See [`View::any_certain`].
pub type AnyCertain<'a> = dyn Fn(&dyn Fn(f64, usize) -> bool) -> bool + 'a;

/// What an episode sees at a step.
pub struct View<'a> {
    /// Counted outcomes.
    pub count: u64,
    /// Expected outcomes.
    pub expected: f64,
    /// Factor on the profile.
    pub factor: f64,
    /// Dispersion of counts.
    pub dispersion: f64,
    /// Whether the step ends a block: longer windows are looked at then.
    pub at_block_end: bool,
    /// Counts and profile over `n` steps ending `skip` steps ago.
    pub span: &'a dyn Fn(usize, usize) -> (f64, f64),
    /// The most steps a span may reach back.
    pub reach: usize,
    /// Whether a window of the scan is certain and passes a test of its share and its steps.
    pub any_certain: &'a AnyCertain<'a>,
}

impl View<'_> {
    fn share(&self, skip: usize, n: usize) -> (f64, f64) {
        let (count, profile) = (self.span)(skip, n);
        let expected = self.factor * profile;
        (count / expected.max(1e-9), expected)
    }
}

impl Episode {
    /// Begins an episode.
    pub fn begin(start: Start, step_s: u32, lost_depth_min: f64, variance: [f64; 3], volatility: f64) -> Self {
        let window = |&w: &u32| {
            let steps = (w / step_s).max(1) as usize;
            let length_s = f64::from(step_s) * steps as f64;
            let wobble: f64 = (0..2).map(|k| variance[k] * mean_variance_share(length_s / TAU_S[k])).sum();
            let wobble = wobble * volatility;
            Window { steps, wobble }
        };
        let windows = |lengths: &[u32]| {
            let mut windows: Vec<Window> = lengths.iter().map(window).collect();
            windows.dedup_by_key(|window| window.steps);
            windows
        };
        Self {
            abrupt: start.abrupt,
            depth: start.depth,
            totals: start.totals,
            told: false,
            step_s: f64::from(step_s),
            lost_depth_min,
            fired_steps: 0,
            down_steps: 0,
            low: (start.totals.actual as f64, start.totals.expected),
            minute_wobble: (0..3)
                .map(|k| variance[k] * difference_share(AHEAD_S / TAU_S[k]))
                .sum::<f64>()
                * volatility,
            z_needed: start.certain_z,
            up: None,
            from: 1.0,
            rise_windows: windows(&RISE_WINDOWS_S),
            depth_windows: windows(&DEPTH_WINDOWS_S),
            start,
        }
    }

    /// Whether it rises and is not calm yet.
    pub fn rising(&self) -> bool {
        self.up.is_some()
    }

    /// Seconds since it fired in which it did not rise.
    pub fn down_s(&self) -> f64 {
        self.down_steps as f64 * self.step_s
    }

    /// Seconds since it fired.
    pub fn age_s(&self) -> f64 {
        self.fired_steps as f64 * self.step_s
    }

    /// Sums from the onset to the rise (to now, while there is none).
    pub fn loss(&self) -> Totals {
        self.up.map_or(self.totals, |up| up.totals)
    }

    /// Mean level since it began to rise, as a share of the expectation.
    pub fn level_since_rise(&self) -> Option<f64> {
        let up = self.up?;
        let expected = self.totals.expected - up.totals.expected;
        (expected > 0.0).then(|| (self.totals.actual - up.totals.actual) as f64 / expected)
    }

    /// Present depth, from the memory of the low level.
    pub fn present_depth(&self) -> f64 {
        (1.0 - self.low.0 / self.low.1.max(1e-9)).clamp(0.0, 1.0)
    }

    /// Adds a known step.
    pub fn step(&mut self, view: &View<'_>) -> Turn {
        self.fired_steps += 1;
        self.totals.expected += view.expected;
        self.totals.actual += view.count;
        if let Some(up) = &mut self.up {
            up.steps += 1;
            return self.stay_up(view);
        }
        self.down_steps += 1;
        let known = (self.start.steps + self.fired_steps) as f64;
        let keep = 1.0 - 1.0 / known.min(LOW_MEMORY_S / self.step_s).max(2.0);
        self.low = (self.low.0 * keep + view.count as f64, self.low.1 * keep + view.expected);
        if let Some(steps) = self.rises(view) {
            if !self.abrupt && view.share(0, steps).0 > SPIKE_SHARE {
                return Turn::Adopted;
            }
            let low = 1.0 - self.present_depth();
            let (share, expected) = view.share(0, steps);
            let risen = (share * expected) as u64;
            let totals = Totals {
                expected: (self.totals.expected - expected).max(0.0),
                actual: self.totals.actual.saturating_sub(risen),
            };
            self.up = Some(Up { steps: 0, low, totals });
            return Turn::Rising;
        }
        if !view.at_block_end {
            return Turn::Same;
        }
        if self.adoptable() {
            return Turn::Adopted;
        }
        self.deepen(view)
    }

    /// By how much the reference, a logarithm, follows a shallow fall in a block of `block_s` seconds.
    pub fn followed(&self, block_s: f64) -> f64 {
        let depth = self.present_depth();
        let wandering = !self.abrupt && self.up.is_none() && self.start.cause != Cause::BrownOut && depth < SHALLOW_DEPTH;
        if wandering {
            (1.0 - depth).ln() * block_s / SHALLOW_FOLLOW_S
        } else {
            0.0
        }
    }

    fn adoptable(&self) -> bool {
        let depth = self.present_depth();
        ADOPT_AFTER
            .iter()
            .find(|(below, _)| depth < *below)
            .is_some_and(|&(_, after_s)| self.age_s() > after_s)
    }

    /// The window that shows a rise to near what is expected, in steps.
    fn rises(&self, view: &View<'_>) -> Option<usize> {
        let low = 1.0 - self.present_depth();
        let middle = 0.5 * (self.from + low);
        for window in &self.rise_windows {
            let young = window.steps as u64 > self.fired_steps;
            if young || window.steps > 15 && !view.at_block_end {
                continue;
            }
            let (share, expected) = view.share(0, window.steps);
            let deviation = (view.dispersion * share.min(1.0) / expected.max(1e-9) + window.wobble).sqrt();
            if share > middle.max(self.from * (1.0 - UP_SHARE) - deviation) && share - low > TURN_Z * deviation {
                return Some(window.steps);
            }
        }
        let longest = self
            .rise_windows
            .last()
            .filter(|w| w.steps as u64 <= self.fired_steps && view.at_block_end)?;
        let (share, expected) = view.share(0, longest.steps);
        let near = if self.start.cause == Cause::BrownOut {
            LOW_DAY_BACK.max(3.5 * self.start.variance.sqrt())
        } else {
            0.02
        };
        let back = share > 1.0 - (view.dispersion / expected.max(1e-9) + longest.wobble).sqrt().max(near);
        // A slow return drags the memory of the low level along: it is held against the worst.
        (back && share > 1.0 - 0.5 * self.depth).then_some(longest.steps)
    }

    fn stay_up(&mut self, view: &View<'_>) -> Turn {
        let Some(up) = self.up else { return Turn::Same };
        let middle = 0.5 * (self.from + up.low);
        for window in &self.rise_windows {
            if window.steps as u64 > up.steps || window.steps > 15 && !view.at_block_end {
                continue;
            }
            let (share, expected) = view.share(0, window.steps);
            let deviation = (view.dispersion / expected.max(1e-9) + window.wobble).sqrt();
            if share < middle && self.from - share > TURN_Z * deviation {
                return self.relapse(up.low);
            }
        }
        if (up.steps as f64) * self.step_s < CALM_S || up.steps < CALM_STEPS {
            return Turn::Same;
        }
        let expected = self.totals.expected - up.totals.expected;
        let back = self.level_since_rise().unwrap_or(1.0);
        let deviation = (view.dispersion / expected.max(1e-9) + self.start.variance).sqrt();
        if back < self.from * (1.0 - BACK_SHARE.max(3.0 * deviation)) {
            return self.relapse(back);
        }
        if !self.abrupt && back > SPIKE_SHARE || back < self.from.max(1.0 - BACK_SHARE) && self.from < 1.0 {
            return Turn::Adopted;
        }
        Turn::Over
    }

    fn relapse(&mut self, low: f64) -> Turn {
        let expected = self.low.1.max(1.0);
        self.low = (low * expected, expected);
        self.up = None;
        Turn::Relapsed
    }

    /// Raises the depth where several windows say so, and looks whether the fall was abrupt.
    fn deepen(&mut self, view: &View<'_>) -> Turn {
        let age = self.start.steps + self.fired_steps;
        let before = ((ABRUPT_S / self.step_s).ceil() as usize).max(2);
        let mut deepened = false;
        let share = self.totals.actual as f64 / self.totals.expected.max(1e-9);
        self.depth = self
            .depth
            .max(1.0 - share - (view.dispersion * share / self.totals.expected.max(1e-9)).sqrt());
        for window in &self.depth_windows {
            let (share, expected) = view.share(0, window.steps);
            let deviation = (view.dispersion * share.max(0.02) / expected.max(1e-9) + window.wobble).sqrt();
            if window.steps as u64 <= age && window.steps >= DEPTH_STEPS_MIN {
                self.depth = self.depth.max(1.0 - share - 2.0 * deviation);
            }
            if self.abrupt || before + window.steps > view.reach {
                continue;
            }
            let (share_before, _) = view.share(before, window.steps);
            let fall = share_before.min(1.0) - share;
            let deviation = (view.dispersion * (share + share_before) / expected.max(1e-9) + 2.0 * window.wobble).sqrt();
            let z = low_count_z(
                share * expected,
                expected,
                self.start.variance + (view.dispersion - 1.0) / expected,
            );
            deepened |= fall >= self.lost_depth_min && fall > FALL_Z * deviation && z > self.z_needed;
        }
        if !self.abrupt && (deepened || self.fell_at_once(view) || self.falls_steadily(view)) {
            self.abrupt = true;
            self.from = self.fell_from(view);
            // The memory of the low level starts again from what there is now.
            let (share, expected) = view.share(0, self.depth_windows[0].steps);
            self.low = (share * expected, expected);
            return Turn::Deepened;
        }
        Turn::Same
    }

    /// What share of the expectation was left before it fell on; 1 where it had only just begun to fall.
    fn fell_from(&self, view: &View<'_>) -> f64 {
        let steps = (ABRUPT_S / self.step_s).ceil() as usize;
        if self.age_s() < 2.0 * ABRUPT_S || 2 * steps > view.reach {
            return 1.0;
        }
        let low = 1.0 - self.present_depth();
        view.share(steps, steps).0.clamp(low, 1.0)
    }

    /// The share that is the new normal when it is adopted: what came since the rise, or what is left.
    pub fn adopted_share(&self) -> f64 {
        let left = 1.0 - self.present_depth();
        if self.from < 1.0 {
            self.level_since_rise().unwrap_or(left)
        } else {
            left
        }
    }

    /// A window of the scan that ends now is certain, deep, and fell from above within minutes.
    fn fell_at_once(&self, view: &View<'_>) -> bool {
        let age_s = (self.start.steps + self.fired_steps) as f64 * self.step_s;
        if age_s > ABRUPT_S.max(5.0 * self.step_s) || self.start.cause == Cause::BrownOut {
            return false;
        }
        let before = (ABRUPT_S / self.step_s).ceil() as usize;
        (view.any_certain)(&|share, steps| {
            let known = before.min(view.reach.saturating_sub(steps));
            let mut start = self.start;
            let expected = view.share(0, steps).1;
            let mut counts = expected;
            if known as f64 * self.step_s >= BEFORE_S {
                let (share_before, expected_before) = view.share(steps, known);
                start.share_before = share_before;
                counts = 1.0 / (share / counts + share_before / expected_before.max(1e-9));
            }
            let deviation = (view.dispersion / counts.max(1e-9)).sqrt();
            // So many windows are looked at while it lasts that the depth must be certain as well.
            let depth = 1.0 - share - 2.0 * (view.dispersion * share / expected.max(1e-9)).sqrt();
            depth >= self.lost_depth_min && start.contrast(share, deviation, self.lost_depth_min)
        })
    }

    /// A fall that went on through three minutes and will be deep within the next one.
    fn falls_steadily(&self, view: &View<'_>) -> bool {
        let minute = (AHEAD_S / self.step_s) as usize;
        let old = self.age_s() > STEADY_FALL_S;
        if minute == 0 || 3 * minute > view.reach || old || self.start.cause == Cause::BrownOut {
            return false;
        }
        let [(now, expected), (last, _), (before, _)] = [0, 1, 2].map(|k| view.share(k * minute, minute));
        let (last, before) = (last.min(1.0), before.min(1.0));
        let newest = view.share(0, (minute / 4).max(1)).0;
        let deviation = (2.0 * view.dispersion / expected.max(1e-9) + self.minute_wobble).sqrt();
        let falls = [before - last, last - now];
        // A step, seen across two minutes, does not go on falling in the newest half minute.
        let half = (minute / 2).max(1);
        let newest_fall = 2.0 * (view.share(half, half).0.min(1.0) - view.share(0, half).0);
        let going_on = newest_fall > 0.4 * (last - now);
        let steady = going_on && falls[0] > 0.02_f64.max(0.7 * deviation) && falls[1] > 0.03_f64.max(1.5 * deviation);
        let certain = before - now > 3.5 * deviation && before - now > 0.5 * self.lost_depth_min;
        let spread = self.start.variance + (view.dispersion - 1.0) / expected.max(1e-9);
        // Three minutes that each fell are evidence of their own: the last of them need be no more certain than what was told.
        let certain = certain && low_count_z(now * expected, expected, spread) > self.start.threshold.min(self.z_needed);
        steady && certain && 1.0 - newest + 0.5 * (falls[1] + newest_fall) >= self.lost_depth_min
    }
}
