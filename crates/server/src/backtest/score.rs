//! Alarms against known incidents: what was seen, how fast, and what was said without cause.

use super::{Label, Labels};
use pulsecheck_core::Alarm;
use std::collections::BTreeMap;

/// An alarm this many seconds after the end of an incident still belongs to it.
const TAIL_S: i64 = 60;
/// After an incident, an alarm is counted apart for this many seconds: its cause may be the end of the incident.
const GUARD_S: i64 = 1800;

/// How the labels of one kind were met.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KindScore {
    /// Labels of the kind.
    pub labels: usize,
    /// Seconds from the start of the incident to the alarm, for those seen.
    pub delays_s: Vec<f64>,
    /// Seconds from the end of the incident to the end of the last alarm in it, for those seen.
    pub recovery_s: Vec<f64>,
    /// Incidents during which the alarm lasted for at least nine tenths.
    pub held: usize,
    /// Alarms after the first within one incident.
    pub refired: usize,
    /// Alarms of the other kind, such as no data for a drop.
    pub wrong: usize,
    /// Incidents that began while an earlier alarm was open for half their length or more.
    pub open_before: usize,
}

/// The score of one file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Score {
    /// By kind of label.
    pub kinds: BTreeMap<String, KindScore>,
    /// Alarms that became lost, or said no data, outside incidents, by the quiet label they fell in (`plain` without one).
    pub false_alarms: BTreeMap<String, usize>,
    /// Alarms outside incidents that never became lost: told without cause.
    pub told_only: BTreeMap<String, usize>,
    /// Alarms within half an hour after an incident.
    pub after_incident: usize,
    /// Weeks scored.
    pub weeks: f64,
}

impl Score {
    /// All false alarms a week.
    pub fn false_alarms_a_week(&self) -> f64 {
        self.false_alarms.values().sum::<usize>() as f64 / self.weeks.max(f64::MIN_POSITIVE)
    }

    /// All that was told without cause, a week.
    pub fn told_only_a_week(&self) -> f64 {
        self.told_only.values().sum::<usize>() as f64 / self.weeks.max(f64::MIN_POSITIVE)
    }
}

/// Scores `alarms` over the seconds `from..end`, where the labels themselves do not state others.
pub fn score(labels: &Labels, alarms: &[Alarm], from: i64, end: i64) -> Score {
    let (from, end) = (labels.train_until.unwrap_or(from), labels.end.unwrap_or(end));
    let alarms: Vec<&Alarm> = alarms.iter().filter(|alarm| alarm.fired_at >= from).collect();
    let (quiet, incidents): (Vec<&Label>, Vec<&Label>) = labels.labels.iter().partition(|label| label.is_quiet());
    let mut score = Score {
        weeks: (end - from).max(0) as f64 / 604_800.0,
        ..Score::default()
    };
    for label in &incidents {
        add_incident(score.kinds.entry(label.kind.clone()).or_default(), label, &alarms, end);
    }
    for alarm in &alarms {
        if incidents.iter().any(|label| belongs(alarm, label)) {
            continue;
        }
        if incidents
            .iter()
            .any(|label| (label.end + 1..=label.end + GUARD_S).contains(&alarm.fired_at))
        {
            score.after_incident += 1;
            continue;
        }
        let around = quiet.iter().find(|label| (label.start..=label.end).contains(&alarm.fired_at));
        let kind = around.map_or("plain", |label| label.kind.as_str()).to_string();
        let told_only = alarm.kind.word() == "drop" && alarm.lost_at.is_none();
        let counted = if told_only {
            &mut score.told_only
        } else {
            &mut score.false_alarms
        };
        *counted.entry(kind).or_default() += 1;
    }
    score
}

fn belongs(alarm: &Alarm, label: &Label) -> bool {
    (label.start..=label.end + TAIL_S).contains(&alarm.fired_at)
}

fn add_incident(kind: &mut KindScore, label: &Label, alarms: &[&Alarm], end: i64) {
    let over_at = |alarm: &Alarm| alarm.recovered_at.unwrap_or(end);
    let length_s = (label.end - label.start) as f64;
    let within: Vec<&&Alarm> = alarms.iter().filter(|alarm| belongs(alarm, label)).collect();
    let is_met = |alarm: &Alarm| {
        alarm.kind.word() == label.alarm_word()
            && (!label.must_be_lost() || alarm.lost_at.is_some_and(|at| at <= label.end + TAIL_S))
    };
    kind.labels += 1;
    kind.wrong += within.iter().filter(|alarm| alarm.kind.word() != label.alarm_word()).count();
    let opened_before =
        |alarm: &&&Alarm| alarm.fired_at < label.start && over_at(alarm) as f64 > label.start as f64 + length_s * 0.5;
    kind.open_before += usize::from(alarms.iter().any(|alarm| opened_before(&alarm)));
    let Some(hit) = within.iter().find(|alarm| is_met(alarm)) else {
        return;
    };
    let seen_at = if label.must_be_lost() {
        hit.lost_at.unwrap_or(hit.fired_at)
    } else {
        hit.fired_at
    };
    kind.delays_s.push((seen_at - label.start) as f64);
    let last = within.iter().map(|alarm| over_at(alarm)).max().unwrap_or(end);
    kind.recovery_s.push((last - label.end) as f64);
    kind.held += usize::from(over_at(hit).min(label.end) as f64 >= label.start as f64 + 0.9 * length_s);
    kind.refired += within.len() - 1;
}

/// The value below which the share `share` of `values` lies, interpolated linearly between neighbours; `None` of nothing.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = share * (sorted.len().checked_sub(1)?) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    Some(sorted[below] + (sorted[above] - sorted[below]) * place.fract())
}

#[cfg(test)]
mod tests;
