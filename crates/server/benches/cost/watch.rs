//! One watch: a second of a series however long it has been watched, learning from nothing, and the memory it holds.

use crate::processor::time_of;
use crate::traffic::{DAY_S, orders};
use crate::{against, median};
use criterion::{Criterion, Throughput};
use pulsecheck_core::Watch;
use pulsecheck_rhythm::{Reading, Settings, SpecialDays};
use pulsecheck_sim::traffic::{Row, Traffic};
use std::hint::black_box;
use std::time::Duration;

/// Most nanoseconds for a second of a series in steady state.
const SECOND_LIMIT_NS: f64 = 150.0;

/// Most milliseconds to learn six weeks at steps of 10 s.
const LEARN_LIMIT_MS: f64 = 100.0;

/// Most bytes of a series in memory.
const BYTES_LIMIT: f64 = 40.0 * 1024.0;

fn watch(traffic: &Traffic) -> Watch {
    Watch::new(Settings::with_step(traffic.step_s), traffic.place.zone(), SpecialDays::new())
}

/// Feeds rows as a server does: time passes, then the step is closed.
fn feed(watch: &mut Watch, rows: &[Row]) {
    for row in rows {
        watch.wait(row.seen_at);
        black_box(watch.close(row.at, Reading::complete(row.count), row.seen_at));
    }
}

fn time_of_feeding(mut watch: Watch, rows: &[Row]) -> Duration {
    time_of(|| feed(&mut watch, rows))
}

/// A day of seconds, its midnight included, after one day and after three weeks: both are to cost the same.
pub(crate) fn second(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("second of a series");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(8));
    let traffic = orders(1, 22);
    let rows: Vec<Row> = traffic.rows().collect();
    let mut medians = Vec::new();
    for days in [1, 21] {
        let (before, day) = rows[..((days + 1) * DAY_S) as usize].split_at((days * DAY_S) as usize);
        let mut watched = watch(&traffic);
        feed(&mut watched, before);
        let mut ns = Vec::new();
        group.throughput(Throughput::Elements(day.len() as u64));
        group.bench_function(format!("after {days} days"), |bencher| {
            bencher.iter_custom(|iterations| {
                let spent: Duration = (0..iterations).map(|_| time_of_feeding(watched.clone(), day)).sum();
                ns.push(spent.as_nanos() as f64 / (iterations as f64 * day.len() as f64));
                spent
            });
        });
        let median = median(ns);
        println!("{}", against(median, SECOND_LIMIT_NS, "ns a second of a series"));
        medians.push(median);
    }
    group.finish();
    println!(
        "three weeks of history cost {:.2} times what a day of it costs",
        medians[1] / medians[0]
    );
}

/// Six weeks at steps of 10 s, from nothing.
pub(crate) fn learning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("learning");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5));
    let traffic = orders(10, 42);
    let rows: Vec<Row> = traffic.rows().collect();
    let mut ms = Vec::new();
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("six weeks at 10 s", |bencher| {
        bencher.iter_custom(|iterations| {
            let spent: Duration = (0..iterations).map(|_| time_of_feeding(watch(&traffic), &rows)).sum();
            ms.push(spent.as_secs_f64() * 1e3 / iterations as f64);
            spent
        });
    });
    group.finish();
    println!("{}", against(median(ms), LEARN_LIMIT_MS, "ms for six weeks at 10 s"));
}

/// Copies a watch, which touches all the memory that it holds, and says how much that is.
pub(crate) fn memory(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("memory");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(1));
    let traffic = orders(1, 42);
    let mut watched = watch(&traffic);
    let rows: Vec<Row> = traffic.rows().collect();
    feed(&mut watched, &rows);
    let series = watched.series();
    group.throughput(Throughput::Bytes(series.bytes() as u64));
    group.bench_function("copy of a watch after six weeks", |bencher| bencher.iter(|| watched.clone()));
    group.finish();
    println!(
        "{}",
        against(series.bytes() as f64, BYTES_LIMIT, "bytes a series after six weeks at 1 s")
    );
    println!("{} of them are days, which are read once a day", series.history_bytes());
}
