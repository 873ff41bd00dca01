//! Lets a scenario happen: its rows go through a watch, and what is said is kept beside the truth.

use super::happening::Deed;
use super::script::Script;
use crate::drift::Drift;
use crate::replay::{Record, Replay};
use crate::traffic::{Row, Traffic};
use crate::week::Week;
use jiff::civil::Date;
use pulsecheck_core::Watch;

/// What happened, and what a perfect detector would have known.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) record: Record,
    pub(super) samples: Vec<Sample>,
}

/// One row after the history.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) at: i64,
    pub(super) count: u64,
    /// The mean without incidents.
    pub(super) normal: f64,
    /// What the watch expected; `None` where it knew nothing or the row came late.
    pub(super) expected: Option<f64>,
}

/// Runs a scenario.
pub(super) fn run(script: &Script) -> Run {
    let setup = &script.setup;
    let traffic = traffic(script);
    let special_days = setup.calendar.iter().copied().map(day_number).collect();
    let watch = Watch::new(setup.settings.clone(), setup.place.zone(), special_days);
    let mut replay = Replay::new(watch, setup.settings.step_s, traffic.start);
    let mut confirmations: Vec<i64> = script
        .stages
        .iter()
        .flat_map(|stage| &stage.happenings)
        .filter(|happening| matches!(happening.deed, Deed::Confirm))
        .map(|happening| happening.at)
        .collect();
    confirmations.sort_unstable_by_key(|&at| std::cmp::Reverse(at));
    let mut samples = Vec::new();
    for row in traffic.rows() {
        while let Some(at) = confirmations.pop_if(|at| *at <= row.seen_at) {
            confirm(&mut replay, at);
        }
        let verdict = replay.row(&row);
        if row.at >= traffic.train_until {
            samples.push(sample(&row, verdict.and_then(|verdict| verdict.expected)));
        }
    }
    replay.wait_until(traffic.end);
    Run {
        record: replay.finish(),
        samples,
    }
}

fn sample(row: &Row, expected: Option<f64>) -> Sample {
    Sample {
        at: row.at,
        count: row.count,
        normal: row.normal,
        expected,
    }
}

fn confirm(replay: &mut Replay, at: i64) {
    replay.wait_until(at);
    replay.watch().accept_level();
    replay.note();
}

/// Days since 1970-01-01.
fn day_number(day: Date) -> i64 {
    let epoch = Date::constant(1970, 1, 1);
    (day - epoch).get_days().into()
}

/// The recipe of a scenario's series.
fn traffic(script: &Script) -> Traffic {
    let setup = &script.setup;
    let mut events = Vec::new();
    let mut given = setup.given();
    for happening in script.stages.iter().flat_map(|stage| &stage.happenings) {
        match &happening.deed {
            Deed::Events(more) => events.extend(more.iter().cloned()),
            Deed::Counts(cells) => given.extend(cells.iter().copied()),
            Deed::Confirm => {}
        }
    }
    let rhythm = setup.rhythm.as_ref();
    let week = rhythm.map_or_else(Week::flat, |rhythm| {
        let flat = rhythm.night >= 1.0 && rhythm.weekend >= 1.0;
        if flat {
            Week::flat()
        } else {
            Week::plain(rhythm.night, rhythm.weekend)
        }
    });
    let drift = rhythm.map_or(0.0, |rhythm| rhythm.drift);
    Traffic {
        name: "scenario".to_owned(),
        seed: setup.seed,
        start: setup.start_unix(),
        train_until: setup.history_end(),
        end: script.end,
        step_s: setup.settings.step_s,
        place: setup.place.clone(),
        week,
        peak_per_s: rhythm.map_or(0.0, |rhythm| rhythm.peak_per_s),
        trend_per_week: rhythm.map_or(0.0, |rhythm| crate::elementary::ln(1.0 + rhythm.trend)),
        dispersion: rhythm.map_or(1.0, |rhythm| rhythm.noise),
        drifts: drifts(drift),
        freedom: 5.0,
        events,
        given,
    }
}

/// A drift in all of `sd`, in the proportions that were measured on real series.
fn drifts(sd: f64) -> Vec<Drift> {
    let usual = Traffic::usual_drifts(1.0);
    let all = usual.iter().map(|drift| drift.sd * drift.sd).sum::<f64>().sqrt();
    usual
        .into_iter()
        .map(|drift| Drift {
            sd: drift.sd * sd / all,
            ..drift
        })
        .collect()
}
