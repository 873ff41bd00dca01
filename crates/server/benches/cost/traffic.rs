//! The heartbeat that is measured: a shop of 400 orders a second at its peak, and nothing happens to it.

use pulsecheck_sim::place::Place;
use pulsecheck_sim::traffic::Traffic;
use pulsecheck_sim::week::Week;

pub(crate) const ZONE: &str = "Europe/Dublin";

pub(crate) const DAY_S: i64 = 86_400;

/// Monday 28 September 2026, 00:00 UTC.
const START: i64 = 1_790_553_600;

/// So many days of it. The clocks go back in its fifth week.
pub(crate) fn orders(step_s: u32, days: i64) -> Traffic {
    Traffic {
        name: "orders".to_owned(),
        seed: 7,
        start: START,
        train_until: START,
        end: START + days * DAY_S,
        step_s,
        place: Place::named(ZONE).unwrap_or_else(|error| panic!("{error}")),
        week: Week::plain(0.15, 0.6),
        peak_per_s: 400.0,
        trend_per_week: 0.005,
        dispersion: 1.5,
        drifts: Traffic::usual_drifts(1.0),
        freedom: 5.0,
        events: Vec::new(),
        given: Vec::new(),
    }
}
