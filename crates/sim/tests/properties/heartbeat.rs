//! Heartbeats drawn at random, and everything a watch says about one.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use pulsecheck_core::{Alarm, AlarmKind, Change, Verdict, Watch};
use pulsecheck_rhythm::{Reading, Settings, SpecialDays};
use pulsecheck_sim::event::Event;
use pulsecheck_sim::place::Place;
use pulsecheck_sim::traffic::{Row, Traffic};
use pulsecheck_sim::week::Week;

pub(crate) const DAY_S: i64 = 86_400;
pub(crate) const WEEK_S: i64 = 7 * DAY_S;

/// Monday 28 September 2026, 00:00 UTC.
pub(crate) const START: i64 = 1_790_553_600;

/// So many cases, always the same.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_260_928),
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

/// A calm heartbeat whose counts scatter by chance alone.
pub(crate) fn calm(step_s: u32, length_s: i64, peak_per_s: f64) -> Traffic {
    Traffic {
        name: "beats".to_owned(),
        seed: 1,
        start: START,
        train_until: START,
        end: START + length_s,
        step_s,
        place: Place::utc(),
        week: Week::plain(0.3, 0.7),
        peak_per_s,
        trend_per_week: 0.0,
        dispersion: 1.0,
        drifts: Vec::new(),
        freedom: 5.0,
        events: Vec::new(),
        given: Vec::new(),
    }
}

/// Any heartbeat with two events in the second half of its time: rates, noise, steps and what happens are drawn.
pub(crate) fn eventful() -> impl Strategy<Value = Traffic> {
    let kinds = [
        "outage",
        "drop50",
        "drop25",
        "ramp60",
        "flapping",
        "gap",
        "spike",
        "stall",
        "late",
        "coverage60",
    ];
    let event = move || (prop::sample::select(kinds.to_vec()), 0.5_f64..0.95, 60_i64..5_400);
    let steps = prop::sample::select(vec![(1_u32, DAY_S / 2), (10, 4 * DAY_S), (60, 16 * DAY_S), (300, 5 * WEEK_S)]);
    (
        any::<u64>(),
        steps,
        0.5_f64..6.5,
        0.0_f64..1.5,
        1.0_f64..3.0,
        [event(), event()],
    )
        .prop_map(|(seed, (step_s, length_s), log_peak, drift, dispersion, events)| {
            let place = |(kind, share, length): &(&str, f64, i64)| {
                let at = START + (*share * length_s as f64) as i64;
                Event::named(kind, at, Some(*length)).unwrap_or_else(|error| panic!("{kind}: {error}"))
            };
            Traffic {
                seed,
                dispersion,
                drifts: Traffic::usual_drifts(drift),
                events: events.iter().flat_map(place).collect(),
                ..calm(step_s, length_s, log_peak.exp())
            }
        })
}

/// A watch for the heartbeat that has seen nothing of it.
pub(crate) fn watch(traffic: &Traffic) -> Watch {
    Watch::new(Settings::with_step(traffic.step_s), traffic.place.zone(), SpecialDays::new())
}

/// All that a watch said.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) changes: Vec<Change>,
    /// Ended alarms in the order of their ends, then those that are open.
    pub(crate) alarms: Vec<Alarm>,
}

impl Said {
    /// Alarms of falling counts; silence is not among them.
    pub(crate) fn drops(&self) -> Vec<&Alarm> {
        self.alarms.iter().filter(|alarm| alarm.kind == AlarmKind::Drop).collect()
    }

    /// Hands the rows to the watch as they arrive and keeps what it says. A row older than the newest corrects the past.
    pub(crate) fn feed(&mut self, watch: &mut Watch, rows: &[Row]) {
        for row in rows {
            watch.wait(row.seen_at);
            let reading = Reading::Count {
                count: row.count,
                coverage: row.coverage,
            };
            if self.verdicts.last().is_some_and(|newest| newest.at >= row.at) {
                watch.correct(row.at, reading, row.seen_at);
            } else {
                self.verdicts.push(watch.close(row.at, reading, row.seen_at));
            }
        }
        self.changes.extend(watch.take_changes());
        self.alarms.extend(watch.take_ended());
    }

    /// All that a new watch says about the rows.
    pub(crate) fn about(traffic: &Traffic, rows: &[Row]) -> Self {
        let (mut said, mut watch) = (Self::default(), watch(traffic));
        said.feed(&mut watch, rows);
        said.alarms.extend(watch.open_alarms());
        said
    }
}
