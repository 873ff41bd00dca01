//! What a series learns at the end of a block, and what it leaves alone.

use crate::calibrate::PARTS_OF_DAY;
use crate::forecast::{Present, Snapshot};
use crate::series::Series;
use crate::special::scaled_exp;
use crate::surge::{Sight, Surging};

/// Seconds after the first step in which calibration does not learn, and after which tails do.
const CALIBRATE_AFTER_S: f64 = 3_600.0;
const TAILS_AFTER_S: f64 = 3.0 * 86_400.0;

/// How much an accepted level is in doubt, as a variance of its logarithm.
const ACCEPTED_VARIANCE: f64 = 0.03 * 0.03;

/// Levels are not taken to fall below this share at once.
const SHARE_MIN: f64 = 0.02;

impl Series {
    /// Makes the forecasts that are due at this step.
    pub(crate) fn refresh_forecasts(&mut self) {
        let part_of_day = (self.block.second_of_day * PARTS_OF_DAY as f64 / 86_400.0) as usize;
        let present = Present {
            dynamics: &self.dynamics,
            level: &self.level,
            deviation: self.deviation,
            level_variance: self.level_variance,
            snapshots: &self.snapshots,
            trend: &self.trend,
            trend_interval_s: f64::from(self.settings.step_s.max(crate::series::TREND_INTERVAL_S)).max(self.dynamics.block_s),
            quality: self.profile.quality(),
            special_day: self.special_days.contains(&self.civil.day()),
            part_of_day: part_of_day.min(PARTS_OF_DAY - 1),
        };
        self.scan.refresh(&present, self.block.steps, self.block_number);
    }

    /// Ends a block: the level learns from it unless it is missing, in an episode or in a surge.
    pub(crate) fn end_block(&mut self) {
        self.block_number += 1;
        let block = self.block;
        let known = block.known == self.block_steps && block.profile > 0.0;
        let mut learned = false;
        if known && self.episode.is_none() && self.level.is_forgotten() {
            self.level_known = false;
            self.first = (0, 0.0);
        }
        if !self.level_known {
            learned = known;
            self.find_first_level();
        } else {
            let volatility = self.volatility();
            self.level.pass_block(&self.dynamics, volatility);
            let mut gain = 0.1;
            if self.episode.is_none() && known {
                learned = self.learn_block(volatility, &mut gain);
            }
            self.level_variance = self.level.predicted_variance(&self.dynamics);
            self.remember(gain);
            let [fast, middle, _] = self.dynamics.variance;
            self.model_error = ((self.level_variance + fast + middle) * volatility).sqrt();
        }
        self.variances.push(
            block.count as f64,
            block.profile,
            learned && self.is_ready(),
            self.dispersion.value(),
        );
        if learned {
            self.open_day
                .add(block.second_of_day as i64, block.count as f64, self.dynamics.block_s);
        }
        self.learned.push(learned);
        self.block.steps = 0;
    }

    fn find_first_level(&mut self) {
        self.first.0 += self.block.count;
        self.first.1 += self.block.profile;
        let known_s = self.known_steps * u64::from(self.settings.step_s);
        if known_s >= crate::series::LEVEL_KNOWN_S && self.first.0 > 0 {
            self.level_known = true;
            let count = self.first.0 as f64;
            self.level.parts = [0.0, 0.0, 0.0, (count / self.first.1).ln()];
            self.level
                .forget_noises(self.dynamics.variance, 0.01 + self.dispersion.value() / count);
            self.restart_windows();
            self.remember(0.1);
        }
    }

    /// Returns whether the day may learn from the block.
    fn learn_block(&mut self, volatility: f64, gain: &mut f64) -> bool {
        let surging = if self.is_ready() {
            self.look_for_surge(volatility)
        } else {
            Surging::No
        };
        match surging {
            Surging::Began {
                back_steps,
                doubtful_steps,
            } => {
                self.go_back(back_steps);
                self.unlearn(doubtful_steps);
                self.calm = 0;
                return false;
            }
            Surging::Held => {
                self.calm = 0;
                return false;
            }
            Surging::Accepted => {
                self.calm = 0;
                self.accept_surge();
                return false;
            }
            Surging::No => {}
        }
        let expected = scaled_exp(self.factor, self.level.total() - self.factor_log) * self.block.profile;
        if expected > 1e-9 {
            let dispersion = self.dispersion.value();
            let lesson = self
                .level
                .observe(&self.dynamics, self.block.count as f64, expected, dispersion, volatility);
            *gain = lesson.gain;
        }
        if self.is_ready() {
            self.calibrate();
        }
        true
    }

    fn look_for_surge(&mut self, volatility: f64) -> Surging {
        let [fast, middle, slow] = self.dynamics.variance;
        let (snapshots, recent, block_steps) = (&self.snapshots, &self.recent, self.block_steps);
        // The newest snapshot is one block old: this block's comes after it has taught its lesson.
        let factor = scaled_exp(self.factor, self.level.total() - self.factor_log);
        let level_ago = |n: usize| snapshots.back((n / block_steps).saturating_sub(1)).map(Snapshot::total);
        let sight = Sight {
            step: self.step,
            step_s: f64::from(self.settings.step_s),
            young_steps: self.young,
            dispersion: self.dispersion.value(),
            noise: fast + middle + 0.5 * slow,
            volatility,
            quality: self.profile.quality(),
            level: self.level.total(),
            factor,
            level_ago: &level_ago,
            window: &|n| recent.last(n),
        };
        self.surge.look(&sight)
    }

    /// Takes the level back to where it was held before a surge could pull it up.
    fn go_back(&mut self, steps: usize) {
        let young_s = self.young as f64 * self.step_s();
        let blocks = (steps / self.block_steps).saturating_sub(1);
        if let Some(reference) = self.surge.leans_on_reference(young_s) {
            self.set_level(reference);
        } else if let Some(then) = self
            .snapshots
            .back(blocks)
            .or_else(|| self.snapshots.back(self.snapshots.len().saturating_sub(1)))
        {
            self.level.parts = then.parts.map(f64::from);
        }
    }

    /// Takes back what the day learned from the last steps.
    pub(crate) fn unlearn(&mut self, steps: usize) {
        let blocks = steps.div_ceil(self.block_steps);
        for back in 0..blocks {
            let Some(learned) = self.learned.back_mut(back) else { break };
            if !std::mem::take(learned) {
                continue;
            }
            // The block that runs now is not in the ring yet.
            let ago = (back + 1) * self.block_steps;
            let second = self.block.second_of_day - ago as f64 * self.step_s();
            if second >= 0.0 {
                let skip = self.block.steps + back * self.block_steps;
                let (count, _) = self.recent.span(skip, self.block_steps);
                self.open_day.add(second as i64, -count, -self.dynamics.block_s);
            }
        }
    }

    fn accept_surge(&mut self) {
        let minutes = (300 / self.settings.step_s).max(1) as usize;
        let (count, profile) = self.recent.last(minutes);
        let share = count / self.expected(profile).max(1e-9);
        self.set_level(self.level.total() + share.max(SHARE_MIN).ln());
        self.level.widen_walk(ACCEPTED_VARIANCE);
        self.restart_windows();
        self.surge.reference = Some(self.level.total());
    }

    /// Ends an episode whose level, `share` of what was expected, is the new normal.
    pub(crate) fn adopt(&mut self, share: f64) {
        self.set_level(self.level.total() + share.max(SHARE_MIN).ln());
        self.level.widen_walk(ACCEPTED_VARIANCE);
        self.last_episode = self.episode.take();
        self.low_day.reset(self.level.total() + self.profile.offset());
        self.surge.clear();
        self.surge.reference = Some(self.level.total());
        self.restart_windows();
    }

    fn remember(&mut self, gain: f64) {
        self.snapshots.push(Snapshot {
            parts: self.level.parts.map(|part| part as f32),
            volatility: self.volatility() as f32,
            gain: gain as f32,
            variance: self.level_variance as f32,
        });
        let interval_blocks = (f64::from(crate::series::TREND_INTERVAL_S) / self.dynamics.block_s).max(1.0) as u64;
        if self.block_number.is_multiple_of(interval_blocks) {
            self.trend.push(self.level.total() as f32);
        }
    }

    /// Compares forecasts with what came, where neither was disturbed.
    fn calibrate(&mut self) {
        let since_surge = self.surge.ended_at.map_or(u64::MAX, |ended| self.step - ended);
        let age_s = self.step as f64 * self.step_s();
        let dispersion = self.dispersion.value();
        let part = ((self.block.second_of_day * PARTS_OF_DAY as f64 / 86_400.0) as usize).min(PARTS_OF_DAY - 1);
        let (step_s, young, calm, number) = (self.step_s(), self.young, self.calm, self.block_number);
        for test in &mut self.scan.tests {
            // Most tests are not due at most blocks: nothing else is looked at then.
            let calibration_due = test.calibration_due.now(number);
            let steps = test.steps as u64;
            let volatility_due = steps <= calm && test.volatility_due.as_mut().is_some_and(|due| due.now(number));
            if !(calibration_due || volatility_due) || steps > young {
                continue;
            }
            let Some(forecast) = &test.forecast else { continue };
            let (count, profile) = self.recent.last(test.steps);
            let sample = test.sample(forecast, count, profile, dispersion);
            let (old, apart) = (age_s - test.window_s, (since_surge as f64) * step_s > test.lag_s);
            if volatility_due {
                self.volatility.learn(sample, test.window_s, forecast.spread.volatility);
            }
            if calibration_due && apart && old > CALIBRATE_AFTER_S && count > 0.0 {
                test.calibration.learn(sample, part, old > TAILS_AFTER_S);
            }
        }
    }
}
