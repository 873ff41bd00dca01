//! Holds what was expected against what happened.

use super::expectation::{Claim, Detail, Expectation, Forbidden, Sight, Telling, Window};
use super::run::{Run, Sample};
use super::script::Script;
use crate::replay::says_late;
use crate::span;
use pulsecheck_core::{Alarm, AlarmKind, Change, State};

/// What came of one expectation: `Err` says what happened instead.
pub(super) type Check = Result<(), String>;

/// A scenario, what happened in it, and which alarms were expected.
pub(super) struct Checker<'a> {
    script: &'a Script,
    run: &'a Run,
    /// For each alarm of the record, whether an expectation was about it.
    expected: Vec<bool>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(script: &'a Script, run: &'a Run) -> Self {
        Self {
            script,
            run,
            expected: vec![false; run.record.alarms.len()],
        }
    }

    /// Checks every expectation; "no other alarm" last, when it is known which were expected.
    pub(super) fn check(mut self) -> Vec<(&'a Expectation, Check)> {
        let script = self.script;
        let (last, first): (Vec<&Expectation>, Vec<&Expectation>) = script
            .expectations
            .iter()
            .partition(|expectation| expectation.claim == Claim::NoOther);
        let mut checks: Vec<_> = first.into_iter().map(|e| (e, self.claim(e))).collect();
        checks.extend(last.into_iter().map(|e| (e, self.no_other())));
        checks.sort_by_key(|(expectation, _)| expectation.line);
        checks
    }

    fn show(&self, at: i64) -> String {
        self.script.setup.place.show(at)
    }

    fn claim(&mut self, expectation: &Expectation) -> Check {
        let stage = expectation.stage;
        match &expectation.claim {
            Claim::Alarm {
                becomes,
                window,
                details,
            } => self.alarm(stage, *becomes, *window, details),
            Claim::Becomes { sight, window, because } => self.becomes(stage, *sight, *window, because.as_deref()),
            Claim::StateAt { sight, at, because } => self.state_at(*sight, *at, because.as_deref()),
            Claim::Over { window } => self.over(stage, *window),
            Claim::Held => self.held(stage),
            Claim::Count { alarms, in_all } => self.count(if *in_all { None } else { stage }, *alarms),
            Claim::NoOther => self.no_other(),
            Claim::Rhythm { within, at, for_s } => self.rhythm(*within, *at, *for_s),
            Claim::Never(forbidden) => self.never(stage, *forbidden),
        }
    }

    /// When an alarm became what is asked for.
    fn moment(alarm: &Alarm, becomes: Telling) -> Option<i64> {
        match (becomes, alarm.kind) {
            (Telling::Silent, AlarmKind::NoData) | (Telling::Told, AlarmKind::Drop) => Some(alarm.fired_at),
            (Telling::Lost, AlarmKind::Drop) => alarm.lost_at,
            (Telling::Depressed, AlarmKind::Drop) => Some(alarm.fired_at).filter(|&fired_at| alarm.lost_at != Some(fired_at)),
            _ => None,
        }
    }

    fn alarm(&mut self, stage: Option<usize>, becomes: Telling, window: Window, details: &[Detail]) -> Check {
        let (from, until) = self.script.stretch(stage);
        let reference = self.script.reference(stage, window.of_end);
        let run = self.run;
        let mut moments = run.record.alarms.iter().enumerate().filter_map(|(k, alarm)| {
            let at = Self::moment(alarm, becomes).filter(|at| (from..until).contains(at))?;
            Some((k, alarm, at))
        });
        let Some((k, alarm, at)) = moments.next() else {
            return Err(format!("there was no such alarm from {}", self.show(from)));
        };
        in_window(at, reference, window)?;
        self.expected[k] = true;
        details.iter().try_for_each(|detail| self.detail(stage, alarm, detail))
    }

    fn detail(&self, stage: Option<usize>, alarm: &Alarm, detail: &Detail) -> Check {
        let start = self.script.reference(stage, false);
        let end = self.script.reference(stage, true);
        match detail {
            Detail::Depth(low, high) if (*low..=*high).contains(&alarm.depth) => Ok(()),
            Detail::Depth(..) => Err(format!("its depth was {:.1} %", alarm.depth * 100.0)),
            Detail::Onset { within_s } if (alarm.onset - start).abs() <= *within_s => Ok(()),
            Detail::Onset { .. } => Err(format!(
                "its onset was {}, {}",
                self.show(alarm.onset),
                away(alarm.onset - start)
            )),
            Detail::Loss { within } => near("its loss", alarm.lost, self.true_loss(start, end), *within),
            Detail::LossInInterval => {
                let (low, high) = alarm.lost_interval;
                let truth = self.true_loss(start, end);
                if (low..=high).contains(&truth) {
                    return Ok(());
                }
                Err(format!(
                    "its interval of the loss was {low:.0} to {high:.0}, in truth {truth:.0} were lost"
                ))
            }
            Detail::Expected { within } => {
                let until = alarm.recovered_at.unwrap_or(i64::MAX);
                let truth = sum(&self.run.samples, alarm.onset, until, |sample| sample.normal);
                near("what it expected", alarm.expected, truth, *within)
            }
            Detail::Scale { at_most_s } if i64::from(alarm.scale_s) <= *at_most_s => Ok(()),
            Detail::Scale { .. } => Err(format!("the window that fired was {}", span::show(alarm.scale_s.into()))),
            Detail::Because(text) => because(&alarm.reason.to_string(), text),
        }
    }

    fn true_loss(&self, start: i64, end: i64) -> f64 {
        sum(&self.run.samples, start, end, |sample| sample.normal - sample.count as f64)
    }

    fn changes(&self) -> &'a [Change] {
        &self.run.record.changes
    }

    fn becomes(&self, stage: Option<usize>, sight: Sight, window: Window, why: Option<&str>) -> Check {
        let (_, until) = self.script.stretch(stage);
        let reference = self.script.reference(stage, window.of_end);
        // At the end of an event, what is so already is as good as what becomes so.
        let already = self
            .change_at(reference)
            .filter(|change| window.of_end && is_so(change, sight, true));
        let later = || {
            self.changes()
                .iter()
                .find(|change| (reference..until).contains(&change.at) && is_so(change, sight, window.of_end))
        };
        let Some(change) = already.or_else(later) else {
            return Err(format!("it never was from {}", self.show(reference)));
        };
        in_window(change.at.max(reference), reference, window)?;
        why.map_or(Ok(()), |text| because(&change.reason.to_string(), text))
    }

    /// The last change at or before a moment.
    fn change_at(&self, at: i64) -> Option<&'a Change> {
        let changes = self.changes();
        changes[..changes.partition_point(|change| change.at <= at)].last()
    }

    fn state_at(&self, sight: Sight, at: i64, why: Option<&str>) -> Check {
        match self.change_at(at) {
            Some(change) if is_so(change, sight, false) => why.map_or(Ok(()), |text| because(&change.reason.to_string(), text)),
            Some(change) => Err(format!("it was {} at {}: {}", change.state, self.show(at), change.reason)),
            None => Err(format!("nothing was known at {}", self.show(at))),
        }
    }

    fn over(&self, stage: Option<usize>, window: Window) -> Check {
        let (from, until) = self.script.stretch(stage);
        let reference = self.script.reference(stage, window.of_end);
        let alarms = &self.run.record.alarms;
        let open = |alarm: &&Alarm| alarm.fired_at < until && alarm.recovered_at.is_none_or(|over| over >= from);
        let ends: Vec<Option<i64>> = alarms.iter().filter(open).map(|alarm| alarm.recovered_at).collect();
        if ends.contains(&None) {
            return Err("an alarm was not over when the run ended".to_owned());
        }
        match ends.into_iter().flatten().max() {
            Some(over) => in_window(over, reference, window),
            None => Err(format!("there was no alarm from {}", self.show(from))),
        }
    }

    fn held(&self, stage: Option<usize>) -> Check {
        let (start, end) = (self.script.reference(stage, false), self.script.reference(stage, true));
        let alarms = &self.run.record.alarms;
        let first = alarms
            .iter()
            .find(|alarm| alarm.kind == AlarmKind::Drop && (start..end).contains(&alarm.fired_at));
        let Some(alarm) = first else {
            return Err(format!(
                "there was no alarm for a drop from {} to {}",
                self.show(start),
                self.show(end)
            ));
        };
        if let Some(over) = alarm.recovered_at.filter(|&over| over < end) {
            return Err(format!(
                "the alarm was over at {}, {} before the end",
                self.show(over),
                span::show(end - over)
            ));
        }
        let well = |change: &&Change| {
            (alarm.fired_at + 1..end).contains(&change.at) && matches!(change.state, State::Beating | State::Recovering)
        };
        match self.changes().iter().find(well) {
            Some(change) => Err(format!(
                "it was {} at {}: {}",
                change.state,
                self.show(change.at),
                change.reason
            )),
            None => Ok(()),
        }
    }

    fn count(&mut self, stage: Option<usize>, wanted: usize) -> Check {
        let (from, until) = self.script.stretch(stage);
        let mut found = 0;
        for (alarm, expected) in self.run.record.alarms.iter().zip(&mut self.expected) {
            if (from..until).contains(&alarm.fired_at) {
                found += 1;
                *expected |= wanted > 0;
            }
        }
        if found == wanted {
            Ok(())
        } else {
            Err(format!("there were {found} alarms"))
        }
    }

    fn no_other(&self) -> Check {
        let history_end = self.script.setup.history_end();
        let mut others = self
            .run
            .record
            .alarms
            .iter()
            .zip(&self.expected)
            .filter(|(alarm, expected)| alarm.fired_at >= history_end && !**expected);
        match others.next() {
            None => Ok(()),
            Some((alarm, _)) => Err(format!("an alarm fired at {}: {}", self.show(alarm.fired_at), alarm.reason)),
        }
    }

    fn rhythm(&self, within: f64, at: i64, for_s: i64) -> Check {
        let inside = self.run.samples.iter().filter(|sample| (at..at + for_s).contains(&sample.at));
        let mut expected = 0.0;
        let mut truth = 0.0;
        for sample in inside {
            let Some(known) = sample.expected else {
                return Err(format!("nothing was expected at {}", self.show(sample.at)));
            };
            expected += known;
            truth += sample.normal;
        }
        near("what was expected", expected, truth, within)
    }

    fn never(&self, stage: Option<usize>, forbidden: Forbidden) -> Check {
        let (from, until) = self.script.stretch(stage);
        match forbidden {
            Forbidden::Alarm(telling) => {
                let moments = self.run.record.alarms.iter().filter_map(|alarm| Self::moment(alarm, telling));
                match moments.into_iter().find(|at| (from..until).contains(at)) {
                    Some(at) => Err(format!("it was at {}", self.show(at))),
                    None => Ok(()),
                }
            }
            Forbidden::Sight(sight) => {
                let mut changes = self.changes().iter().filter(|change| (from..until).contains(&change.at));
                match changes.find(|change| is_so(change, sight, false)) {
                    Some(change) => Err(format!("it was at {}: {}", self.show(change.at), change.reason)),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Whether a change shows what is asked for; with `or_better`, beating is as good as recovering.
fn is_so(change: &Change, sight: Sight, or_better: bool) -> bool {
    match sight {
        Sight::Late => says_late(change),
        Sight::State(State::Recovering) if or_better => {
            matches!(change.state, State::Recovering | State::Beating)
        }
        Sight::State(state) => change.state == state,
    }
}

fn in_window(at: i64, reference: i64, window: Window) -> Check {
    let after = at - reference;
    let what = if window.of_end { "the end" } else { "the start" };
    if (window.from_s..=window.until_s).contains(&after) {
        Ok(())
    } else {
        Err(format!("it came {} {what}", away(after)))
    }
}

fn away(seconds: i64) -> String {
    if seconds < 0 {
        format!("{} before", span::show(-seconds))
    } else {
        format!("{} after", span::show(seconds))
    }
}

fn near(what: &str, found: f64, truth: f64, within: f64) -> Check {
    if (found - truth).abs() <= within * truth.abs() {
        return Ok(());
    }
    let off = if truth == 0.0 {
        String::new()
    } else {
        format!(" ({:+.1} %)", (found / truth - 1.0) * 100.0)
    };
    Err(format!("{what} was {found:.1}, in truth {truth:.1}{off}"))
}

fn because(reason: &str, text: &str) -> Check {
    if reason.to_lowercase().contains(text) {
        Ok(())
    } else {
        Err(format!("the reason was: {reason}"))
    }
}

fn sum(samples: &[Sample], from: i64, until: i64, of: impl Fn(&Sample) -> f64) -> f64 {
    samples
        .iter()
        .filter(|sample| (from..until).contains(&sample.at))
        .map(of)
        .sum()
}
