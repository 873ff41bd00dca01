//! Watches one heartbeat in one region: counts in, verdicts and alarms out.
//!
//! The rhythm says what the numbers say; the watch names the state, keeps the alarms' records and knows silence from zero.

use crate::alarm::{Alarm, AlarmKind};
use crate::state::{Reason, Shortfall, State};
use pulsecheck_rhythm::series::LEARN_S;
use pulsecheck_rhythm::{Cause, Episode, Reading, Series, Settings, SpecialDays, Standing, Turn, Zone};

/// What is held true of one step when it is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// Start of the judged step, Unix seconds.
    pub at: i64,
    /// The state after the step.
    pub state: State,
    /// Expected outcomes in the step; `None` while nothing is known.
    pub expected: Option<f64>,
    /// Counted outcomes; `None` where the step is missing.
    pub actual: Option<u64>,
    /// Variance over mean of the counts about what is expected (1 is Poisson).
    pub dispersion: f64,
    /// Relative standard error of what is expected, beside counting noise.
    pub model_error: f64,
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Change {
    /// When it was said, Unix seconds.
    pub at: i64,
    /// The state from then on.
    pub state: State,
    /// Why.
    pub reason: Reason,
}

/// Watches one heartbeat in one region.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Watch {
    series: Series,
    /// The step to be closed next.
    next_at: Option<i64>,
    /// End of the last step that was known.
    known_until: Option<i64>,
    now: i64,
    standing: Standing,
    feed: Feed,
    state: State,
    changes: Vec<Change>,
    drop: Option<Alarm>,
    blind: Option<Alarm>,
    ended: Vec<Alarm>,
}

/// How the rows come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
enum Feed {
    Flowing,
    Late,
    Silent,
}

/// Changes and ended alarms kept for a caller that does not take them.
const KEPT_MAX: usize = 10_000;

/// Standard normal deviate of a 90 % interval.
const INTERVAL_Z: f64 = 1.645;

impl Watch {
    /// Starts to watch a series that nothing is known of.
    pub fn new(settings: Settings, zone: Zone, special_days: SpecialDays) -> Self {
        Self {
            series: Series::new(settings, zone, special_days),
            next_at: None,
            known_until: None,
            now: i64::MIN,
            standing: Standing::Learning { seen_s: 0 },
            feed: Feed::Flowing,
            state: State::Learning,
            changes: Vec::new(),
            drop: None,
            blind: None,
            ended: Vec::new(),
        }
    }

    /// Judges the step that starts at `at`, closed at the instant `now`. Steps are closed in the order of time, each once; a step
    /// that was closed before is left as it is (see `correct`). Steps that were left out become missing.
    pub fn close(&mut self, at: i64, reading: Reading, now: i64) -> Verdict {
        self.now = self.now.max(now);
        let step_s = i64::from(self.series.settings().step_s);
        let mut next = self.next_at.unwrap_or(at);
        while next < at {
            self.judge(next, Reading::Missing);
            next += step_s;
        }
        let expected = if next == at { self.judge(at, reading) } else { None };
        self.next_at = Some(next.max(at) + if next == at { step_s } else { 0 });
        self.settle();
        Verdict {
            at,
            state: self.state,
            expected,
            actual: match reading {
                Reading::Count { count, .. } => Some(count),
                Reading::Missing => None,
            },
            dispersion: self.series.dispersion(),
            model_error: self.series.model_error(),
        }
    }

    /// Lets time pass without a closed step: this is how silence is noticed. Call it with the instant at which a row came, before
    /// the row is closed.
    pub fn wait(&mut self, now: i64) {
        self.now = self.now.max(now);
        let Some(known_until) = self.known_until else { return };
        let idle_s = self.now - known_until;
        let (late_s, silent_s) = self.patience_s();
        if idle_s < late_s {
            return;
        }
        if self.feed == Feed::Flowing {
            self.feed = Feed::Late;
            self.say(known_until + late_s);
        }
        if idle_s >= silent_s && self.blind.is_none() {
            self.feed = Feed::Silent;
            let fired_at = known_until + silent_s;
            self.blind = Some(no_data(known_until, fired_at, silent_s));
            self.say(fired_at);
        }
    }

    /// Corrects a step that was closed before (a late row). Returns false where it is too old to change a verdict.
    pub fn correct(&mut self, at: i64, reading: Reading, now: i64) -> bool {
        self.now = self.now.max(now);
        self.series.correct(at, reading)
    }

    /// Takes the present level for the new normal, as a person declares it; ends a drop.
    pub fn accept_level(&mut self) {
        self.series.accept_level();
        self.end_drop(Some(self.now));
        self.standing = Standing::Beating;
        self.settle();
    }

    /// The state now, and why.
    pub fn state(&self) -> (State, Reason) {
        (self.state, self.reason())
    }

    /// Takes the changes of state since the last call.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Takes the alarms that ended since the last call, in the order in which they ended.
    pub fn take_ended(&mut self) -> Vec<Alarm> {
        std::mem::take(&mut self.ended)
    }

    /// The alarms that are open now, with their figures so far.
    pub fn open_alarms(&self) -> Vec<Alarm> {
        let mut open: Vec<Alarm> = self.drop.iter().chain(&self.blind).cloned().collect();
        if let (Some(alarm), Some(episode)) = (open.iter_mut().find(|a| a.kind == AlarmKind::Drop), self.series.episode()) {
            self.measure(alarm, episode);
        }
        open.sort_by_key(|alarm| alarm.fired_at);
        open
    }

    /// The rhythm, for those who ask what it can see.
    pub fn series(&self) -> &Series {
        &self.series
    }

    fn judge(&mut self, at: i64, reading: Reading) -> Option<f64> {
        let outlook = self.series.close(at, reading);
        self.standing = outlook.standing;
        if let Reading::Count { .. } = reading {
            self.known_until = Some(at + i64::from(self.series.settings().step_s));
            self.flow_again();
        }
        if outlook.fell {
            self.begin_drop();
        }
        match outlook.turn {
            Turn::Same => {}
            Turn::Deepened => self.deepen_drop(),
            Turn::Rising => self.change_drop(|alarm, now| alarm.recovered_at = Some(now)),
            Turn::Relapsed => self.change_drop(|alarm, _| alarm.recovered_at = None),
            Turn::Over | Turn::Adopted => self.end_drop(None),
        }
        outlook.expected
    }

    fn flow_again(&mut self) {
        let Some(known_until) = self.known_until else { return };
        if self.feed == Feed::Flowing || self.now - known_until >= self.patience_s().0 {
            return;
        }
        self.feed = Feed::Flowing;
        if let Some(mut alarm) = self.blind.take() {
            alarm.recovered_at = Some(self.now);
            self.keep(alarm);
        }
    }

    fn begin_drop(&mut self) {
        let Some(episode) = self.series.episode() else { return };
        let mut alarm = Alarm {
            fired_at: self.now,
            recovered_at: None,
            kind: AlarmKind::Drop,
            lost_at: episode.abrupt.then_some(self.now),
            onset: episode.start.onset,
            expected: 0.0,
            actual: 0,
            lost: 0.0,
            lost_interval: (0.0, 0.0),
            depth: episode.depth,
            scale_s: episode.start.scale_s as u32,
            reason: self.why_fallen(episode, episode.depth),
        };
        self.measure(&mut alarm, episode);
        self.drop = Some(alarm);
    }

    fn deepen_drop(&mut self) {
        let Some(episode) = self.series.episode() else { return };
        let reason = self.why_fallen(episode, episode.depth);
        self.change_drop(|alarm, now| {
            alarm.lost_at = alarm.lost_at.or(Some(now));
            alarm.reason = reason;
        });
    }

    fn change_drop(&mut self, change: impl FnOnce(&mut Alarm, i64)) {
        if let Some(alarm) = &mut self.drop {
            change(alarm, self.now);
        }
    }

    fn end_drop(&mut self, recovered_at: Option<i64>) {
        let Some(mut alarm) = self.drop.take() else { return };
        if let Some(episode) = self.series.last_episode() {
            self.measure(&mut alarm, episode);
        }
        alarm.recovered_at = recovered_at.or(alarm.recovered_at).or(Some(self.now));
        self.keep(alarm);
    }

    fn keep(&mut self, alarm: Alarm) {
        if self.ended.len() < KEPT_MAX {
            self.ended.push(alarm);
        }
    }

    /// Brings an alarm's figures up to date.
    fn measure(&self, alarm: &mut Alarm, episode: &Episode) {
        let totals = episode.loss();
        let lost = totals.expected - totals.actual as f64;
        let counting = self.series.dispersion() * totals.expected;
        let walk = self.series.dynamics().walk_per_s * episode.age_s();
        let level = totals.expected.powi(2) * (episode.start.variance + walk);
        let reach = INTERVAL_Z * (counting + level).sqrt();
        alarm.expected = totals.expected;
        alarm.actual = totals.actual;
        alarm.lost = lost.max(0.0);
        alarm.lost_interval = ((lost - reach).max(0.0), (lost + reach).clamp(0.0, totals.expected + reach));
        alarm.depth = episode.depth;
    }

    fn patience_s(&self) -> (i64, i64) {
        let settings = self.series.settings();
        let step_s = i64::from(settings.step_s);
        (
            i64::from(settings.late_after_s).max(step_s * 3 / 2),
            i64::from(settings.silent_after_s).max(step_s * 5 / 2),
        )
    }

    fn settle(&mut self) {
        self.say(self.now);
    }

    fn say(&mut self, at: i64) {
        let state = self.present_state();
        if state == self.state {
            return;
        }
        self.state = state;
        if self.changes.len() < KEPT_MAX {
            let reason = self.reason();
            self.changes.push(Change { at, state, reason });
        }
    }

    fn present_state(&self) -> State {
        match (self.feed, self.standing) {
            (Feed::Silent, _) => State::Silent,
            (_, Standing::Learning { .. }) => State::Learning,
            (_, Standing::Fallen) => match self.series.episode() {
                Some(episode) if episode.abrupt => State::Lost,
                _ => State::Depressed,
            },
            (_, Standing::Rising) => State::Recovering,
            (Feed::Late, _) | (_, Standing::Weak | Standing::Brief) => State::Weak,
            (Feed::Flowing, Standing::Beating | Standing::Paused) => State::Beating,
        }
    }

    fn reason(&self) -> Reason {
        let idle_s = self.known_until.map_or(0, |until| self.now - until);
        match (self.feed, self.standing, self.series.episode()) {
            (Feed::Silent, ..) => Reason::NoData { silent_s: idle_s },
            (_, Standing::Learning { seen_s }, _) => Reason::Learning {
                seen_s,
                needed_s: LEARN_S,
            },
            (_, Standing::Fallen, Some(episode)) => self.why_fallen(episode, episode.present_depth()),
            (_, Standing::Rising, Some(episode)) => Reason::Rising {
                level: episode.level_since_rise().unwrap_or(1.0),
                depth: episode.depth,
            },
            (Feed::Late, ..) => Reason::FeedLate { late_s: idle_s },
            (_, Standing::Weak, _) => self.series.weak().map_or(Reason::InBand, |hit| {
                let scale_s = self.series.scan().tests[hit.test].window_s;
                let budget_s = Some(self.series.settings().budget.mean_time_between_s());
                Reason::BelowBand(Shortfall {
                    depth: hit.depth(),
                    scale_s,
                    z: hit.z,
                    z_needed: hit.tell_threshold,
                    budget_s,
                })
            }),
            (_, Standing::Brief, Some(episode)) => Reason::BriefSoFar {
                down_s: episode.down_s(),
            },
            (_, Standing::Paused, _) => Reason::PlannedPause,
            _ => Reason::InBand,
        }
    }

    fn why_fallen(&self, episode: &Episode, depth: f64) -> Reason {
        let start = &episode.start;
        let shortfall = Shortfall {
            depth,
            scale_s: start.scale_s,
            z: start.z,
            z_needed: start.threshold,
            budget_s: (start.cause != Cause::BrownOut).then(|| self.series.settings().budget.mean_time_between_s()),
        };
        match (episode.abrupt, start.cause) {
            (true, Cause::Step) if start.abrupt => Reason::AbruptFall(shortfall),
            (true, _) => Reason::SteadyFall(shortfall),
            (false, Cause::Step) => Reason::ShallowFall(shortfall),
            (false, Cause::Ramp | Cause::BrownOut) => Reason::SlowFall(shortfall),
        }
    }
}

fn no_data(onset: i64, fired_at: i64, silent_s: i64) -> Alarm {
    Alarm {
        fired_at,
        recovered_at: None,
        kind: AlarmKind::NoData,
        lost_at: None,
        onset,
        expected: 0.0,
        actual: 0,
        lost: 0.0,
        lost_interval: (0.0, 0.0),
        depth: 0.0,
        scale_s: silent_s as u32,
        reason: Reason::NoData { silent_s },
    }
}
