//! How a series finds a drop, and how it leaves one.

use crate::episode::{ABRUPT_S, BEFORE_S, Cause, Episode, Start, Totals, Turn, View};
use crate::level::WALK;
use crate::profile::Quality;
use crate::series::Series;
use crate::slow::{self, Fall, LOW_DEVIATIONS, LOW_FOR_S};
use crate::window::Hit;

/// How well the reference is known after an episode, as a variance of its logarithm.
const AFTER_VARIANCE: f64 = 0.03 * 0.03;

/// Significance that makes a further fall certain where no window of the scan found the first.
const CERTAIN_Z: f64 = 6.0;

/// Windows tried for the onset, in steps, grow by this factor.
const ONSET_GROWTH: f64 = 1.15;

impl Series {
    /// Holds the last windows against their forecasts; says whether an episode began.
    pub(crate) fn look_for_drop(&mut self, at: i64, at_block_end: bool) -> bool {
        self.refresh_forecasts();
        let dispersion = self.dispersion.value();
        let hit = self
            .scan
            .strike(&self.recent, dispersion, self.settings.expected_min, at_block_end);
        if at_block_end {
            self.weak = hit.filter(|hit| !hit.fired);
        }
        if self.step < self.quiet_until {
            return false;
        }
        if let Some(hit) = hit.filter(|hit| hit.fired) {
            self.fall_by_hit(at, &hit);
            return true;
        }
        if at_block_end && let Some((onset, totals)) = self.low_since(at) {
            self.fall_to_low_day(onset, totals, at);
            return true;
        }
        if at_block_end && let Some(fall) = self.slow_fall() {
            self.fall_slowly(at, &fall);
            return true;
        }
        false
    }

    fn low_since(&mut self, at: i64) -> Option<(i64, Totals)> {
        let judged = self.profile.quality() >= Quality::Weeks && !self.special_days.contains(&self.civil.day());
        let level = self.level.total() + self.profile.offset();
        if !judged {
            self.low_day.reset(level);
            return None;
        }
        let usual = self.low_day.usual() - self.profile.offset();
        let expected = self.block.profile * crate::special::scaled_exp(self.factor, usual - self.factor_log);
        self.low_day
            .push(at, self.dynamics.block_s, level, self.block.count, expected)
    }

    fn slow_fall(&self) -> Option<Fall> {
        let step_s = self.step_s();
        let interval_blocks = (60.0 / self.dynamics.block_s).max(1.0) as u64;
        let judged = self.profile.quality() >= Quality::Week && step_s <= 60.0;
        if !judged || self.surge.holds() || !self.block_number.is_multiple_of(interval_blocks) {
            return None;
        }
        if self.special_days.contains(&self.civil.day()) {
            return None;
        }
        let trend = &self.trend;
        let interval_s = f64::from(crate::series::TREND_INTERVAL_S).max(self.dynamics.block_s);
        slow::fall(
            &self.dynamics,
            &self.level,
            self.volatility(),
            self.dispersion.value(),
            |lag_s| {
                trend
                    .back((lag_s / interval_s).ceil() as usize)
                    .map(|&total| f64::from(total))
            },
            |window_s| self.recent.last((window_s / step_s) as usize),
        )
    }

    fn fall_by_hit(&mut self, at: i64, hit: &Hit) {
        let test = &self.scan.tests[hit.test];
        let Some(forecast) = test.forecast else { return };
        let soon = test.lag_s <= ABRUPT_S.max(5.0 * self.step_s());
        let lag_steps = (test.lag_s / self.step_s()) as usize;
        let mut start = Start {
            depth: hit.depth(),
            cause: if test.lag_s > test.window_s {
                Cause::Ramp
            } else {
                Cause::Step
            },
            scale_s: test.window_s,
            z: hit.z,
            threshold: if hit.certain { hit.threshold } else { hit.tell_threshold },
            certain_z: hit.threshold,
            variance: forecast.spread.variance,
            ..Start::at(at)
        };
        self.set_level(forecast.log_level);
        start.share_before = self.share_before(lag_steps);
        let deep = hit.certain && soon && hit.depth() >= self.settings.lost_depth_min;
        let deviation = (self.dispersion.value() * (1.0 - hit.depth()) / hit.expected).sqrt();
        start.abrupt = deep && start.contrast(1.0 - hit.depth(), deviation, self.settings.lost_depth_min);
        self.date_onset(at, lag_steps, &mut start);
        self.begin_episode(start, lag_steps);
    }

    fn fall_slowly(&mut self, at: i64, fall: &Fall) {
        let steps = (fall.lag_s / self.step_s()) as usize;
        let mut start = Start {
            depth: 1.0 - fall.count / fall.expected,
            cause: Cause::BrownOut,
            scale_s: fall.window_s,
            z: fall.z,
            threshold: Fall::THRESHOLD,
            certain_z: CERTAIN_Z,
            variance: fall.variance,
            ..Start::at(at)
        };
        if let Some((onset, totals)) = self.low_day.below() {
            // It had left its usual level before the windows of this test: the loss is measured from there.
            let usual = self.low_day.usual() - self.profile.offset();
            if usual > fall.log_level {
                start = Start {
                    onset,
                    totals,
                    steps: self.steps_since(onset, at),
                    ..start
                };
                self.set_level(usual);
                self.begin_episode(start, steps);
                return;
            }
        }
        self.set_level(fall.log_level);
        self.date_onset(at, steps.min(self.recent.longest()), &mut start);
        start.share_before = self.share_before(start.steps as usize);
        self.begin_episode(start, steps);
    }

    fn steps_since(&self, onset: i64, at: i64) -> u64 {
        ((at - onset) / i64::from(self.settings.step_s)).max(1) as u64
    }

    /// A day that has been far below its kind for long.
    fn fall_to_low_day(&mut self, onset: i64, totals: Totals, at: i64) {
        let steps = self.steps_since(onset, at);
        let start = Start {
            steps,
            totals,
            depth: 1.0 - totals.actual as f64 / totals.expected.max(1e-9),
            cause: Cause::BrownOut,
            scale_s: LOW_FOR_S,
            z: self.low_day.deviations_below(self.level.total() + self.profile.offset()),
            threshold: LOW_DEVIATIONS,
            certain_z: CERTAIN_Z,
            variance: self.low_day.variance(),
            share_before: 0.0,
            ..Start::at(onset)
        };
        self.set_level(self.low_day.usual() - self.profile.offset());
        self.begin_episode(start, steps as usize);
    }

    /// Share of the expectation that came in the ten minutes before the last `steps`; 1 where too little of them is known.
    fn share_before(&self, steps: usize) -> f64 {
        let known = (self.young as usize)
            .saturating_sub(steps)
            .min(self.recent.longest().saturating_sub(steps));
        let before = ((ABRUPT_S / self.step_s()).ceil() as usize).min(known);
        let (count, profile) = self.recent.span(steps, before);
        let expected = self.expected(profile);
        if before as f64 * self.step_s() < BEFORE_S || expected <= 0.0 {
            1.0
        } else {
            count / expected
        }
    }

    /// Estimates the first bad second: the start of the window, of all that end now, that the drop stands out of most.
    fn date_onset(&self, at: i64, longest: usize, start: &mut Start) {
        let factor = self.factor;
        let dispersion = self.dispersion.value();
        let mut best = (f64::NEG_INFINITY, longest, 0.0, 0.0);
        let mut n = 1_usize;
        while n <= longest.max(1) && n as u64 <= self.young.max(1) {
            let (count, profile) = self.recent.last(n);
            let expected = factor * profile;
            let z = crate::special::low_count_z(count, expected, start.variance + (dispersion - 1.0) / expected.max(1e-9));
            if z > best.0 {
                best = (z, n, count, expected);
            }
            n = (n + 1).max((n as f64 * ONSET_GROWTH) as usize);
        }
        let (_, steps, count, expected) = best;
        start.steps = steps as u64;
        start.onset = at - (steps as i64 - 1) * i64::from(self.settings.step_s);
        start.totals = Totals {
            expected,
            actual: count as u64,
        };
        if expected > 0.0 && start.cause == Cause::Step {
            let share = count / expected;
            start.depth = 1.0 - share - (dispersion * share / expected + start.variance * share * share).sqrt();
        }
    }

    fn begin_episode(&mut self, start: Start, doubtful_steps: usize) {
        let (step_s, depth_min) = (self.settings.step_s, self.settings.lost_depth_min);
        self.unlearn(doubtful_steps);
        self.surge.clear();
        self.low_day.forget();
        self.weak = None;
        self.calm = 0;
        self.episode = Some(Episode::begin(
            start,
            step_s,
            depth_min,
            self.dynamics.variance,
            self.volatility(),
        ));
    }

    /// Whether the episode that runs has outlasted what is usual, and people are told with this step.
    pub(crate) fn tell(&mut self) -> bool {
        let patience_s = self.stalls.patience_s(self.step as f64 * self.step_s(), self.step_s());
        match &mut self.episode {
            Some(episode) if !episode.told && !episode.rising() && episode.down_s() >= patience_s => {
                episode.told = true;
                true
            }
            _ => false,
        }
    }

    /// Follows the episode that runs; says what changed and whether people are told of it with this step.
    pub(crate) fn follow_episode(&mut self, count: u64, profile: f64, at_block_end: bool) -> (Turn, bool) {
        self.calm = 0;
        let expected = self.expected(profile);
        let (recent, scan, factor, dispersion) = (&self.recent, &self.scan, self.factor, self.dispersion.value());
        let view = View {
            count,
            expected,
            factor,
            dispersion,
            at_block_end,
            span: &|skip, n| recent.span(skip, n),
            reach: recent.longest(),
            any_certain: &|abrupt| scan.any_certain(recent, factor, dispersion, abrupt),
        };
        let Some(episode) = &mut self.episode else {
            return (Turn::Same, false);
        };
        let turn = episode.step(&view);
        let told = episode.told;
        if at_block_end {
            self.level.parts[WALK] += episode.followed(self.dynamics.block_s);
        }
        match turn {
            Turn::Over => self.end_episode(),
            Turn::Adopted => {
                let share = episode.adopted_share();
                self.adopt(share);
            }
            _ => {}
        }
        if told { (turn, false) } else { (Turn::Same, self.tell()) }
    }

    fn end_episode(&mut self) {
        let Some(episode) = self.episode.take() else { return };
        self.stalls.note(self.step as f64 * self.step_s(), episode.down_s());
        let reference = self.level.total();
        let drift = self.dynamics.walk_per_s * episode.age_s().min(7_200.0);
        self.set_level(reference);
        self.level.forget_noises(self.dynamics.variance, AFTER_VARIANCE + drift);
        self.surge.reference = Some(reference);
        if let Some(share) = episode.level_since_rise() {
            let expected = episode.totals.expected - episode.loss().expected;
            let deviation = (self.dispersion.value() / expected.max(1e-9) + self.dynamics.variance[0]).sqrt();
            self.surge.follow_loss(self.step, share, deviation);
        }
        self.last_episode = Some(episode);
        self.restart_windows();
    }
}
