//! Time on the processor: what other programs take on a busy machine is no cost of ours.

use std::time::{Duration, Instant};

/// How long `work` keeps the processor busy in this thread; by the clock where the system does not say.
#[expect(clippy::disallowed_methods, reason = "a bench measures time; nothing it finds is a verdict")]
pub(crate) fn time_of(work: impl FnOnce()) -> Duration {
    let (clock, before) = (Instant::now(), on_processor());
    work();
    match (before, on_processor()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => clock.elapsed(),
    }
}

/// Time this thread has run for, as Linux counts it (kernel documentation, scheduler/sched-stats).
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let ns: u64 = text.split_whitespace().next()?.parse().ok()?;
    (ns > 0).then_some(Duration::from_nanos(ns))
}
