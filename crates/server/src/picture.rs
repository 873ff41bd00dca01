//! The picture of a backtest: what was counted against what was expected, over the whole span and around each drop.

mod axis;
mod columns;
mod panel;
mod sheet;

use crate::backtest::Report;
use columns::{Columns, Step};
use pulsecheck_core::{Alarm, AlarmKind, State, Verdict};
use std::collections::VecDeque;

/// Drops that are drawn close up: the first ones.
const ZOOMS_MAX: usize = 6;
/// Seconds shown before the first bad second and after the end.
const LEAD_S: i64 = 1800;
/// Steps remembered, so that a drop can be drawn from before it was noticed; four hours of seconds.
const TRAIL_STEPS: usize = 14_400;
/// Most columns kept of the whole span, and of one drop. Beyond, neighbours are joined, which bounds the memory.
const OVERVIEW_COLUMNS: usize = 3200;
const ZOOM_COLUMNS: usize = 2400;
/// While a drop lasts nothing is learned and what is expected grows less sure by the hour. The band opens by at most this factor, so that
/// it still shows how well the series was known when the drop began.
const OPENING_MAX: f64 = 1.5;

/// Collects what the picture needs while a file is played, in bounded memory.
#[derive(Debug)]
pub struct Picture {
    from: i64,
    lead_s: i64,
    step_s: u32,
    /// Relative error of what was expected, before the drop that lasts.
    calm_error: f64,
    overview: Columns,
    trail: VecDeque<Step>,
    zooms: Vec<Zoom>,
}

/// One stretch with a drop, close up. Drops that follow each other within the stretch share it.
#[derive(Debug)]
struct Zoom {
    alarms: Vec<Alarm>,
    columns: Columns,
}

impl Zoom {
    /// The second up to which steps belong to the stretch; `None` while a drop in it lasts.
    fn until(&self, lead_s: i64) -> Option<i64> {
        let ends = self.alarms.iter().map(|alarm| alarm.recovered_at);
        ends.collect::<Option<Vec<_>>>()?.into_iter().max().map(|end| end + lead_s)
    }

    fn is_open_at(&self, at: i64, lead_s: i64) -> bool {
        self.until(lead_s).is_none_or(|until| at < until)
    }
}

impl Picture {
    /// A picture of a series with steps of `step_s` seconds; what comes before `from` is not drawn.
    pub fn new(step_s: u32, from: Option<i64>) -> Self {
        let step = i64::from(step_s);
        Self {
            from: from.unwrap_or(i64::MIN),
            lead_s: LEAD_S.max(30 * step),
            step_s,
            calm_error: f64::INFINITY,
            overview: Columns::new(step, OVERVIEW_COLUMNS),
            trail: VecDeque::new(),
            zooms: Vec::new(),
        }
    }

    /// Takes one judged step.
    pub fn step(&mut self, verdict: &Verdict) {
        if verdict.state == State::Learning && self.overview.is_empty() && verdict.at >= self.from {
            return;
        }
        let step = Step::of(verdict, self.error(verdict));
        if verdict.at >= self.from {
            self.overview.add(&step);
        }
        for zoom in self.zooms.iter_mut().filter(|zoom| zoom.is_open_at(step.at, self.lead_s)) {
            zoom.columns.add(&step);
        }
        if self.trail.len() == TRAIL_STEPS {
            self.trail.pop_front();
        }
        self.trail.push_back(step);
    }

    fn error(&mut self, verdict: &Verdict) -> f64 {
        if !matches!(verdict.state, State::Lost | State::Depressed | State::Recovering) {
            self.calm_error = verdict.model_error;
        }
        verdict.model_error.min(self.calm_error * OPENING_MAX)
    }

    /// Takes alarms as they are now; those it knows are brought up to date.
    pub fn follow(&mut self, alarms: &[Alarm]) {
        let from = self.from;
        for alarm in alarms
            .iter()
            .filter(|alarm| alarm.kind == AlarmKind::Drop && alarm.fired_at >= from)
        {
            let known = self
                .zooms
                .iter_mut()
                .flat_map(|zoom| &mut zoom.alarms)
                .find(|known| known.fired_at == alarm.fired_at);
            match known {
                Some(known) => known.clone_from(alarm),
                None => self.open_zoom(alarm),
            }
        }
    }

    fn open_zoom(&mut self, alarm: &Alarm) {
        let lead_s = self.lead_s;
        if let Some(last) = self.zooms.last_mut().filter(|zoom| zoom.is_open_at(alarm.onset, lead_s)) {
            last.alarms.push(alarm.clone());
            return;
        }
        if self.zooms.len() == ZOOMS_MAX {
            return;
        }
        let mut columns = Columns::new(i64::from(self.step_s), ZOOM_COLUMNS);
        for step in self.trail.iter().filter(|step| step.at >= alarm.onset.saturating_sub(lead_s)) {
            columns.add(step);
        }
        self.zooms.push(Zoom {
            alarms: vec![alarm.clone()],
            columns,
        });
    }

    /// Draws the picture as SVG; `name` is what the series is called.
    pub fn draw(&self, name: &str, report: &Report<'_>) -> String {
        sheet::draw(self, name, report)
    }
}

#[cfg(test)]
mod tests;
