//! Rows go through a watch as they would arrive at a server, and what it says is kept.

use crate::traffic::Row;
use pulsecheck_core::{Alarm, Change, Reason, State, Verdict, Watch};
use pulsecheck_rhythm::Reading;

/// Whether a change says that the feed is late.
pub fn says_late(change: &Change) -> bool {
    matches!(change.state, State::Weak | State::Silent) && change.reason.to_string().contains("late")
}

/// All that a watch said about a series.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The alarms by the time they fired.
    pub alarms: Vec<Alarm>,
    /// The changes of state, and of the reason where a feed becomes late while weak already.
    pub changes: Vec<Change>,
}

/// A watch being fed.
#[derive(Debug)]
pub struct Replay {
    watch: Watch,
    step_s: i64,
    now: i64,
    next_at: i64,
    record: Record,
}

impl Replay {
    /// Feeds `watch` a series with steps of `step_s` from the Unix second `start` on.
    pub fn new(watch: Watch, step_s: u32, start: i64) -> Self {
        let (state, reason) = watch.state();
        let record = Record {
            alarms: Vec::new(),
            changes: vec![Change {
                at: start,
                state,
                reason,
            }],
        };
        Self {
            watch,
            step_s: i64::from(step_s),
            now: start,
            next_at: start,
            record,
        }
    }

    /// Hands over a row at the moment it arrives; the verdict if it was the newest, `None` if it corrected the past.
    pub fn row(&mut self, row: &Row) -> Option<Verdict> {
        self.wait_until(row.seen_at);
        let reading = Reading::Count {
            count: row.count,
            coverage: row.coverage,
        };
        if row.at < self.next_at {
            self.watch.correct(row.at, reading, row.seen_at);
            self.note();
            return None;
        }
        let verdict = self.watch.close(row.at, reading, row.seen_at);
        self.next_at = row.at + self.step_s;
        self.record.changes.extend(self.watch.take_changes());
        Some(verdict)
    }

    /// Lets time pass: second by second where a row is overdue, so that silence is seen when it falls.
    pub fn wait_until(&mut self, now: i64) {
        self.now = self.now.max(self.next_at + self.step_s);
        while self.now + 1 < now {
            self.now += 1;
            self.watch.wait(self.now);
            self.note();
        }
        if now >= self.now {
            self.now = now;
            self.watch.wait(now);
        }
    }

    /// The watch itself, for what a person tells it.
    pub fn watch(&mut self) -> &mut Watch {
        &mut self.watch
    }

    /// Keeps what changed. A feed that becomes late while weak is no change of state, but of what a screen says.
    pub fn note(&mut self) {
        self.record.changes.extend(self.watch.take_changes());
        let (state, reason) = self.watch.state();
        let late = |reason: &Reason| matches!(reason, Reason::FeedLate { .. });
        if late(&reason) && !self.record.changes.last().is_some_and(|last| late(&last.reason)) {
            self.record.changes.push(Change {
                at: self.now,
                state,
                reason,
            });
        }
    }

    /// Ends the series and gives all that was said; alarms that last are not recovered.
    pub fn finish(mut self) -> Record {
        self.record.alarms = self.watch.take_ended();
        self.record.alarms.extend(self.watch.open_alarms());
        self.record.alarms.sort_by_key(|alarm| (alarm.fired_at, alarm.onset));
        self.record
    }
}
