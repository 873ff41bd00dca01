//! How good the alarms on a labelled series are.
//!
//! The rules, for the part of the series after the learning:
//! - An alarm belongs to an incident if it fired between the incident's start and a minute after its end. The incident is *seen*
//!   by the first such alarm of the right kind. Where half or more is missing abruptly, that alarm must have become *lost*, no later
//!   than a minute after the end, and the delay runs to that moment; elsewhere being told is enough, and the delay runs to then.
//! - An alarm that was open from before an incident until its middle hides it: the incident is *hidden*, which alone is no hit.
//! - The end is seen when the last alarm of the incident is over. An incident is *held* if its alarm lasts for nine tenths of it.
//!   Alarms beyond the first are *refires*.
//! - An alarm that belongs to no incident but fired within half an hour of the end of one is counted apart. Any other is a *false
//!   alarm* if it became lost or said that data are missing, and *told* without cause if it stayed depressed.

use crate::label::{Expect, Label, Labels};
use crate::replay::{Record, says_late};
use pulsecheck_core::{Alarm, AlarmKind, Change};
use serde::Serialize;
use std::collections::BTreeMap;

const AFTER_INCIDENT_S: i64 = 1800;
const LATEST_S: i64 = 60;
const DEEP: f64 = 0.5;

/// How one incident was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sighting {
    /// Kind of incident.
    pub kind: String,
    /// When it began, Unix seconds.
    pub start: i64,
    /// Seconds from its start until it was seen; `None` if it was missed.
    pub delay_s: Option<i64>,
    /// Seconds from its end until the alarm was over.
    pub recovered_s: Option<i64>,
    /// Whether the alarm lasted.
    pub held: bool,
    /// Alarms beyond the first.
    pub refires: usize,
    /// Alarms of the other kind.
    pub wrong: usize,
    /// Whether an older alarm was still open.
    pub hidden: bool,
    /// Seconds from the start of missing data until the feed was shown as late.
    pub late_shown_s: Option<i64>,
}

/// An alarm without cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stray {
    /// The quiet event it fell into, or `plain`.
    pub kind: String,
    /// When it fired, Unix seconds.
    pub fired_at: i64,
    /// Share it said was missing.
    pub depth: f64,
    /// The window that fired, in seconds.
    pub scale_s: u32,
}

/// The score of one series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Name of the series.
    pub series: String,
    /// Weeks scored.
    pub weeks: f64,
    /// Every incident.
    pub sightings: Vec<Sighting>,
    /// Alarms without cause that became lost or said that data are missing.
    pub false_alarms: Vec<Stray>,
    /// Alarms without cause that stayed depressed.
    pub told: Vec<Stray>,
    /// Alarms shortly after an incident.
    pub after_incident: Vec<Stray>,
}

/// Scores what a watch said about a labelled series.
pub fn score(labels: &Labels, record: &Record) -> Score {
    let alarms: Vec<&Alarm> = record
        .alarms
        .iter()
        .filter(|alarm| alarm.fired_at >= labels.train_until)
        .collect();
    let (quiet, incidents): (Vec<&Label>, Vec<&Label>) = labels.labels.iter().partition(|label| label.expect == Expect::Quiet);
    let mut score = Score {
        series: labels.series.clone(),
        weeks: (labels.end - labels.train_until) as f64 / 604_800.0,
        sightings: incidents
            .iter()
            .map(|label| sight(label, &alarms, &record.changes, labels.end))
            .collect(),
        false_alarms: Vec::new(),
        told: Vec::new(),
        after_incident: Vec::new(),
    };
    for alarm in alarms {
        if incidents.iter().any(|label| belongs(alarm, label)) {
            continue;
        }
        let within = quiet
            .iter()
            .find(|label| label.start <= alarm.fired_at && alarm.fired_at <= label.end);
        let stray = Stray {
            kind: within.map_or("plain", |label| label.kind.as_str()).to_owned(),
            fired_at: alarm.fired_at,
            depth: alarm.depth,
            scale_s: alarm.scale_s,
        };
        let after = |label: &&Label| label.end < alarm.fired_at && alarm.fired_at <= label.end + AFTER_INCIDENT_S;
        if incidents.iter().any(after) {
            score.after_incident.push(stray);
        } else if alarm.kind == AlarmKind::Drop && alarm.lost_at.is_none() {
            score.told.push(stray);
        } else {
            score.false_alarms.push(stray);
        }
    }
    score
}

fn belongs(alarm: &Alarm, label: &Label) -> bool {
    label.start <= alarm.fired_at && alarm.fired_at <= label.end + LATEST_S
}

/// When an alarm counts for an incident; `None` if it is not what the incident asks for.
fn counts_at(alarm: &Alarm, label: &Label) -> Option<i64> {
    let right_kind = match label.expect {
        Expect::NoData => alarm.kind == AlarmKind::NoData,
        _ => alarm.kind == AlarmKind::Drop,
    };
    let must_be_lost = label.expect == Expect::Drop && label.depth >= DEEP;
    let at = if must_be_lost { alarm.lost_at } else { Some(alarm.fired_at) };
    at.filter(|&at| right_kind && at <= label.end + LATEST_S)
}

fn sight(label: &Label, alarms: &[&Alarm], changes: &[Change], series_end: i64) -> Sighting {
    let over = |alarm: &Alarm| alarm.recovered_at.unwrap_or(series_end);
    let length_s = label.end - label.start;
    let mine: Vec<&Alarm> = alarms.iter().copied().filter(|alarm| belongs(alarm, label)).collect();
    let hit = mine.iter().find_map(|alarm| counts_at(alarm, label).map(|at| (at, *alarm)));
    let wrong_kind = |alarm: &&&Alarm| (alarm.kind == AlarmKind::NoData) != (label.expect == Expect::NoData);
    let late = changes
        .iter()
        .find(|change| label.start <= change.at && change.at <= label.end && says_late(change));
    Sighting {
        kind: label.kind.clone(),
        start: label.start,
        delay_s: hit.map(|(at, _)| at - label.start),
        recovered_s: hit.and_then(|_| mine.iter().map(|alarm| over(alarm) - label.end).max()),
        held: hit.is_some_and(|(_, alarm)| 10 * (over(alarm).min(label.end) - label.start) >= 9 * length_s),
        refires: if hit.is_some() { mine.len() - 1 } else { 0 },
        wrong: mine.iter().filter(wrong_kind).count(),
        hidden: alarms
            .iter()
            .any(|alarm| alarm.fired_at < label.start && 2 * (over(alarm) - label.start) > length_s),
        late_shown_s: late
            .filter(|_| label.expect == Expect::NoData)
            .map(|change| change.at - label.start),
    }
}

/// The figures of one kind of incident over many series.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct KindFigures {
    /// Incidents.
    pub incidents: usize,
    /// Incidents seen.
    pub seen: usize,
    /// Median seconds until seen.
    pub delay_median_s: Option<f64>,
    /// 95th percentile of the seconds until seen.
    pub delay_p95_s: Option<f64>,
    /// Median seconds from the end until the alarm was over.
    pub recovered_median_s: Option<f64>,
    /// Incidents held.
    pub held: usize,
    /// Alarms beyond the first of an incident.
    pub refires: usize,
    /// Alarms of the wrong kind.
    pub wrong: usize,
    /// Incidents hidden by an older alarm.
    pub hidden: usize,
    /// Median seconds until the feed was shown as late.
    pub late_shown_median_s: Option<f64>,
}

/// The figures of many series together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Series.
    pub series: usize,
    /// Weeks scored, over all series.
    pub weeks: f64,
    /// By kind of incident.
    pub kinds: BTreeMap<String, KindFigures>,
    /// Alarms without cause by the quiet event they fell into.
    pub false_alarms: BTreeMap<String, usize>,
    /// Tellings without cause by the quiet event they fell into.
    pub told: BTreeMap<String, usize>,
    /// Alarms shortly after an incident.
    pub after_incident: usize,
}

impl Figures {
    /// The figures of these scores together.
    pub fn of(scores: &[Score]) -> Self {
        let mut by_kind: BTreeMap<String, Vec<&Sighting>> = BTreeMap::new();
        for sighting in scores.iter().flat_map(|score| &score.sightings) {
            by_kind.entry(sighting.kind.clone()).or_default().push(sighting);
        }
        let tally = |strays: fn(&Score) -> &Vec<Stray>| {
            let mut tally = BTreeMap::new();
            for stray in scores.iter().flat_map(strays) {
                *tally.entry(stray.kind.clone()).or_default() += 1;
            }
            tally
        };
        Self {
            series: scores.len(),
            weeks: scores.iter().map(|score| score.weeks).sum(),
            kinds: by_kind
                .into_iter()
                .map(|(kind, sightings)| (kind, KindFigures::of(&sightings)))
                .collect(),
            false_alarms: tally(|score| &score.false_alarms),
            told: tally(|score| &score.told),
            after_incident: scores.iter().map(|score| score.after_incident.len()).sum(),
        }
    }

    /// Occurrences in a tally for each week that was scored.
    pub fn per_week(&self, tally: &BTreeMap<String, usize>) -> f64 {
        tally.values().sum::<usize>() as f64 / self.weeks
    }
}

impl KindFigures {
    fn of(sightings: &[&Sighting]) -> Self {
        let delays: Vec<i64> = sightings.iter().filter_map(|s| s.delay_s).collect();
        let recovered: Vec<i64> = sightings.iter().filter_map(|s| s.recovered_s).collect();
        let late: Vec<i64> = sightings.iter().filter_map(|s| s.late_shown_s).collect();
        Self {
            incidents: sightings.len(),
            seen: delays.len(),
            delay_median_s: quantile(&delays, 0.5),
            delay_p95_s: quantile(&delays, 0.95),
            recovered_median_s: quantile(&recovered, 0.5),
            held: sightings.iter().filter(|s| s.held).count(),
            refires: sightings.iter().map(|s| s.refires).sum(),
            wrong: sightings.iter().map(|s| s.wrong).sum(),
            hidden: sightings.iter().filter(|s| s.hidden).count(),
            late_shown_median_s: quantile(&late, 0.5),
        }
    }
}

/// A quantile with straight lines between the ordered values (type 7 of Hyndman and Fan, 1996); `None` of nothing.
fn quantile(values: &[i64], share: f64) -> Option<f64> {
    let mut ordered = values.to_vec();
    ordered.sort_unstable();
    let position = share * ordered.len().checked_sub(1)? as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(ordered.len() - 1);
    let between = position - below as f64;
    Some(ordered[below] as f64 * (1.0 - between) + ordered[above] as f64 * between)
}

#[cfg(test)]
mod tests {
    use super::{Figures, Score, quantile, score};
    use crate::label::{Expect, Label, Labels};
    use crate::replay::Record;
    use pulsecheck_core::{Alarm, AlarmKind, Change, Reason, State};

    fn label(kind: &str, start: i64, end: i64, depth: f64, expect: Expect) -> Label {
        Label {
            start,
            end,
            kind: kind.to_owned(),
            depth,
            expect,
        }
    }

    fn alarm(kind: AlarmKind, fired_at: i64, lost_at: Option<i64>, recovered_at: Option<i64>) -> Alarm {
        Alarm {
            fired_at,
            recovered_at,
            kind,
            lost_at,
            onset: fired_at,
            expected: 0.0,
            actual: 0,
            lost: 0.0,
            lost_interval: (0.0, 0.0),
            depth: 0.0,
            scale_s: 1,
            reason: Reason::InBand,
        }
    }

    fn judged(labels: Vec<Label>, alarms: Vec<Alarm>, changes: Vec<Change>) -> Score {
        let labels = Labels {
            series: "orders".to_owned(),
            seed: 1,
            base: "generated".to_owned(),
            peak: 1.0,
            step: 1,
            tz: "UTC".to_owned(),
            train_until: 1000,
            end: 1000 + 604_800,
            labels,
        };
        score(&labels, &Record { alarms, changes })
    }

    #[test]
    fn a_deep_drop_is_seen_when_it_is_lost_and_a_shallow_one_when_people_are_told() {
        let alarms = vec![
            alarm(AlarmKind::Drop, 2005, Some(2030), Some(2610)),
            alarm(AlarmKind::Drop, 9004, None, Some(9900)),
            alarm(AlarmKind::Drop, 20_010, None, Some(20_600)),
        ];
        let labels = vec![
            label("outage", 2000, 2600, 1.0, Expect::Drop),
            label("drop10", 9000, 10_000, 0.1, Expect::Drop),
            label("drop50", 20_000, 20_600, 0.5, Expect::Drop),
        ];
        let sightings = judged(labels, alarms, Vec::new()).sightings;
        assert_eq!(
            sightings.iter().map(|s| s.delay_s).collect::<Vec<_>>(),
            [Some(30), Some(4), None]
        );
        assert_eq!(sightings[0].recovered_s, Some(10));
        assert_eq!(sightings.iter().map(|s| s.held).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn a_second_alarm_is_a_refire_and_an_old_one_hides() {
        let alarms = vec![
            alarm(AlarmKind::Drop, 1990, Some(1990), Some(2400)),
            alarm(AlarmKind::Drop, 2450, Some(2450), Some(2500)),
            alarm(AlarmKind::Drop, 2550, Some(2550), Some(2700)),
        ];
        let score = judged(vec![label("outage", 2000, 2600, 1.0, Expect::Drop)], alarms, Vec::new());
        let sighting = &score.sightings[0];
        assert_eq!((sighting.delay_s, sighting.refires, sighting.hidden), (Some(450), 1, true));
        assert_eq!((sighting.held, sighting.recovered_s), (false, Some(100)));
        assert_eq!(score.false_alarms.len(), 1);
    }

    #[test]
    fn alarms_without_cause_are_sorted_by_how_bad_they_are() {
        let alarms = vec![
            alarm(AlarmKind::Drop, 500, Some(500), Some(600)),
            alarm(AlarmKind::Drop, 3000, Some(3000), Some(3100)),
            alarm(AlarmKind::Drop, 8000, Some(8000), Some(8100)),
            alarm(AlarmKind::Drop, 9000, None, Some(9100)),
            alarm(AlarmKind::NoData, 12_000, None, Some(12_010)),
        ];
        let labels = vec![
            label("outage", 2000, 2600, 1.0, Expect::Drop),
            label("spike", 8900, 9500, 0.0, Expect::Quiet),
        ];
        let score = judged(labels, alarms, Vec::new());
        assert_eq!(score.after_incident.len(), 1);
        assert_eq!(
            score.told.iter().map(|stray| stray.kind.as_str()).collect::<Vec<_>>(),
            ["spike"]
        );
        assert_eq!(
            score.false_alarms.iter().map(|stray| stray.fired_at).collect::<Vec<_>>(),
            [8000, 12_000]
        );
        let figures = Figures::of(&[score]);
        assert_eq!(figures.per_week(&figures.false_alarms), 2.0);
        assert_eq!(figures.kinds["outage"].seen, 0);
    }

    #[test]
    fn missing_data_ask_for_their_own_alarm_and_show_when_the_feed_was_late() {
        let late = Change {
            at: 2006,
            state: State::Weak,
            reason: Reason::FeedLate { late_s: 6 },
        };
        let alarms = vec![
            alarm(AlarmKind::NoData, 2025, None, Some(2301)),
            alarm(AlarmKind::Drop, 2310, Some(2310), None),
        ];
        let score = judged(vec![label("gap", 2000, 2300, 1.0, Expect::NoData)], alarms, vec![late]);
        let sighting = &score.sightings[0];
        assert_eq!((sighting.delay_s, sighting.late_shown_s), (Some(25), Some(6)));
        assert_eq!((sighting.wrong, sighting.refires), (1, 1));
    }

    #[test]
    fn quantiles_lie_between_the_values() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3, 1], 0.5), Some(2.0));
        assert_eq!(quantile(&[1, 2, 3, 4, 5], 0.95), Some(4.8));
    }
}
