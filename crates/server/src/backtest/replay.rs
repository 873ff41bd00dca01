//! The replay itself: every step that arrived is told to the watch at the instant at which it was seen.

use super::{Progress, StateLog};
use crate::input::{Arrival, Steps};
use crate::picture::Picture;
use pulsecheck_core::{Alarm, State, Verdict, Watch};
use pulsecheck_rhythm::Reading;

/// What a replay found.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// All alarms in the order in which people were told, those still open at the end included.
    pub alarms: Vec<Alarm>,
    /// The first step that was judged rather than learned from.
    pub judged_from: Option<i64>,
    /// The last instant of the replay.
    pub ended_at: Option<i64>,
    /// Late rows that changed what was known of the past.
    pub corrected: u64,
    /// Late rows too old to matter for verdicts.
    pub too_old: u64,
}

/// What watches the replay beside the watch; nothing of it changes a verdict.
#[derive(Default)]
pub struct Witness {
    /// Writes each change of state.
    pub states: Option<StateLog>,
    /// Collects what the picture shows.
    pub picture: Option<Picture>,
    /// Shows how far the file is read.
    pub progress: Progress,
}

/// Plays `steps` through `watch`.
///
/// # Errors
/// A row is refused, or the log of states cannot be written.
pub fn replay(steps: &mut Steps, watch: &mut Watch, witness: &mut Witness) -> anyhow::Result<Replay> {
    let mut replay = Replay::default();
    let mut now = i64::MIN;
    let mut steps_taken = 0_u64;
    while let Some(arrival) = steps.next_step()? {
        steps_taken += 1;
        witness.progress.at(steps_taken, &steps.position);
        let (Arrival::Closed { seen, .. } | Arrival::Late { seen, .. }) = arrival;
        if let Some(states) = witness.states.as_mut().filter(|_| now == i64::MIN) {
            states.begin(seen, watch)?;
        }
        now = now.max(seen);
        watch.wait(now);
        match arrival {
            Arrival::Closed { at, reading, .. } => {
                let verdict = watch.close(at, reading, now);
                take_verdict(&mut replay, watch, witness, &verdict)?;
            }
            Arrival::Late { at, reading, .. } => correct(&mut replay, watch, witness, (at, reading, now))?,
        }
    }
    replay.ended_at = (now > i64::MIN).then_some(now);
    let open = watch.open_alarms();
    if let Some(picture) = &mut witness.picture {
        picture.follow(&open);
    }
    take_said(&mut replay, watch, witness)?;
    replay.alarms.extend(open);
    replay.alarms.sort_by_key(|alarm| alarm.fired_at);
    witness.progress.clear();
    if let Some(states) = &mut witness.states {
        states.finish()?;
    }
    Ok(replay)
}

fn take_verdict(replay: &mut Replay, watch: &mut Watch, witness: &mut Witness, verdict: &Verdict) -> anyhow::Result<()> {
    if replay.judged_from.is_none() && verdict.state != State::Learning && verdict.expected.is_some() {
        replay.judged_from = Some(verdict.at);
    }
    if let Some(picture) = &mut witness.picture {
        picture.step(verdict);
        if !matches!(verdict.state, State::Learning | State::Beating) {
            picture.follow(&watch.open_alarms());
        }
    }
    take_said(replay, watch, witness)
}

fn correct(replay: &mut Replay, watch: &mut Watch, witness: &mut Witness, row: (i64, Reading, i64)) -> anyhow::Result<()> {
    let (at, reading, now) = row;
    if watch.correct(at, reading, now) {
        replay.corrected += 1;
    } else {
        replay.too_old += 1;
    }
    take_said(replay, watch, witness)
}

/// Takes what the watch has said since the last time: changes of state, and alarms that ended.
fn take_said(replay: &mut Replay, watch: &mut Watch, witness: &mut Witness) -> anyhow::Result<()> {
    let changes = watch.take_changes();
    if let Some(states) = &mut witness.states {
        states.tell(&changes)?;
    }
    let ended = watch.take_ended();
    if let Some(picture) = &mut witness.picture {
        picture.follow(&ended);
    }
    replay.alarms.extend(ended);
    Ok(())
}
