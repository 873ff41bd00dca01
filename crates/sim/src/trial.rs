//! Runs a suite of series through watches and scores them.

use crate::replay::{Record, Replay};
use crate::score::{Score, score};
use crate::traffic::Traffic;
use pulsecheck_core::Watch;
use pulsecheck_rhythm::{Settings, SpecialDays};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Feeds one series to a watch with default settings, which knows no calendar.
pub fn replay(traffic: &Traffic) -> Record {
    let settings = Settings::with_step(traffic.step_s);
    let watch = Watch::new(settings, traffic.place.zone(), SpecialDays::new());
    let mut replay = Replay::new(watch, traffic.step_s, traffic.start);
    for row in traffic.rows() {
        replay.row(&row);
    }
    replay.wait_until(traffic.end);
    replay.finish()
}

/// Replays and scores every series on so many threads; `done` hears of each as it is done. The scores come in the order of the
/// series, whatever thread was faster.
pub fn run(suite: &[Traffic], threads: usize, done: impl Fn(&Score) + Sync) -> Vec<Score> {
    let next = AtomicUsize::new(0);
    let scores = Mutex::new(Vec::with_capacity(suite.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, suite.len().max(1)) {
            scope.spawn(|| {
                while let Some((k, traffic)) = claim(suite, &next) {
                    let score = score(&traffic.labels(), &replay(traffic));
                    done(&score);
                    scores
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push((k, score));
                }
            });
        }
    });
    let mut scores = scores.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    scores.sort_by_key(|&(k, _)| k);
    scores.into_iter().map(|(_, score)| score).collect()
}

fn claim<'a>(suite: &'a [Traffic], next: &AtomicUsize) -> Option<(usize, &'a Traffic)> {
    let k = next.fetch_add(1, Ordering::Relaxed);
    suite.get(k).map(|traffic| (k, traffic))
}
