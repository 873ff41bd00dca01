//! The rate of a heartbeat second by second: the week's shape at its peak, with its trend.

use crate::elementary::exp;
use crate::week::Curve;

const WEEK_S: f64 = 604_800.0;
/// Seconds between the points at which the week's shape is computed; between them the rate is a straight line.
const KNOT_S: i64 = 60;

/// The season and trend of the rate, straight lines between knots.
#[derive(Debug)]
pub(crate) struct Rate {
    curve: Curve,
    peak_per_s: f64,
    trend_per_week: f64,
    start: i64,
    knot: i64,
    from: f64,
    to: f64,
}

impl Rate {
    /// The rate of a series that starts at the Unix second `start`.
    pub(crate) fn new(curve: Curve, peak_per_s: f64, trend_per_week: f64, start: i64) -> Self {
        let knot = start.div_euclid(KNOT_S) * KNOT_S;
        let mut rate = Self {
            curve,
            peak_per_s,
            trend_per_week,
            start,
            knot,
            from: 0.0,
            to: 0.0,
        };
        rate.from = rate.at_knot(rate.knot);
        rate.to = rate.at_knot(rate.knot + KNOT_S);
        rate
    }

    fn at_knot(&self, at: i64) -> f64 {
        let weeks = (at - self.start) as f64 / WEEK_S;
        self.peak_per_s * self.curve.share(at) * exp(self.trend_per_week * weeks)
    }

    /// Mean outcomes in a step; the steps come in the order of time.
    pub(crate) fn over(&mut self, at: i64, step_s: i64) -> f64 {
        let part_s = step_s.min(KNOT_S);
        let mut sum = 0.0;
        let mut part = at;
        while part < at + step_s {
            while part >= self.knot + KNOT_S {
                self.knot += KNOT_S;
                self.from = self.to;
                self.to = self.at_knot(self.knot + KNOT_S);
            }
            let middle = (part - self.knot) as f64 + part_s as f64 / 2.0;
            sum += self.from + (self.to - self.from) * middle / KNOT_S as f64;
            part += part_s;
        }
        sum * part_s as f64
    }
}
