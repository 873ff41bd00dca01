//! What a series does when a civil day ends, or the clocks change.

use crate::level::Dynamics;
use crate::series::{LONG_GAP_S, OpenBlock, Series};

/// How much the walk may move in an hour, by the quality of the profile.
const WALK_PER_ROOT_H: [f64; 4] = [0.25, 0.12, 0.015, 0.015];

/// The same on a day that the calendar calls special.
const WALK_SPECIAL_DAY: f64 = 0.12;

impl Series {
    /// A civil day ends, or the clocks change.
    pub(crate) fn turn(&mut self, at: i64) {
        let old_day = self.civil.day();
        let clocks_changed = self.civil.turn(at);
        let day = self.civil.day();
        if old_day != day && self.step > 0 {
            let ended = self
                .open_day
                .close(old_day, self.special_days.contains(&old_day), self.step_s());
            let flowing = (self.missing_run as f64) * self.step_s() < LONG_GAP_S;
            let special = self.special_days.contains(&day);
            self.profile.turn(ended, &mut self.history, day, special, flowing);
            let variance = self.variances.fit(self.dynamics.variance);
            self.retune(variance);
        }
        if clocks_changed && self.step > 0 {
            self.restart_windows();
            self.level.widen_walk(0.05 * 0.05);
            self.surge.reference = Some(self.level.total());
        }
        self.block.steps = 0;
        self.block = OpenBlock::default();
    }

    pub(crate) fn retune(&mut self, variance: [f64; 3]) {
        let special = self.special_days.contains(&self.civil.day());
        let walk = if special {
            WALK_SPECIAL_DAY
        } else {
            WALK_PER_ROOT_H[self.profile.quality() as usize]
        };
        self.dynamics = Dynamics::new(self.dynamics.block_s, variance, walk * walk / 3_600.0);
        let [fast, middle, slow] = self.dynamics.deviation();
        self.deviation = [fast, middle, slow, 0.0];
        self.scan.retune(&self.dynamics);
    }
}
