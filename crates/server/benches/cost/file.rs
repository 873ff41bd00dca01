//! A file: six weeks of one-second rows from the disk to the list of alarms.

use crate::processor::time_of;
use crate::traffic::{ZONE, orders};
use crate::{against, median};
use criterion::{Criterion, Throughput};
use jiff::tz::TimeZone;
use pulsecheck_core::Watch;
use pulsecheck_rhythm::{Settings, SpecialDays};
use pulsecheck_server::backtest::{Witness, replay};
use pulsecheck_server::input::{Columns, Input};
use pulsecheck_server::zone;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Most seconds for the file.
const LIMIT_S: f64 = 1.5;

/// Writes the rows into a file under the build folder.
fn write(path: PathBuf) -> std::io::Result<(PathBuf, u64)> {
    let mut out = BufWriter::new(File::create(&path)?);
    writeln!(out, "unix_ts,count")?;
    let mut rows = 0;
    for row in orders(1, 42).rows() {
        writeln!(out, "{},{}", row.at, row.count)?;
        rows += 1;
    }
    out.flush()?;
    Ok((path, rows))
}

fn backtest(path: &Path, zone: &TimeZone) -> anyhow::Result<usize> {
    let input = Input {
        path: path.to_owned(),
        columns: Columns::default(),
        step_s: Some(1),
        zone: zone.clone(),
    };
    let mut steps = input.open()?;
    let mut watch = Watch::new(Settings::with_step(1), zone::table(zone), SpecialDays::new());
    let replay = replay(&mut steps, &mut watch, &mut Witness::default())?;
    Ok(replay.alarms.len())
}

/// Opening, parsing, judging and collecting the alarms.
pub(crate) fn six_weeks(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (path, rows) =
        write(folder.join("six_weeks_1s.csv")).unwrap_or_else(|error| panic!("cannot write to {}: {error}", folder.display()));
    let zone = zone::named(ZONE).unwrap_or_else(|error| panic!("{error}"));
    let megabytes = path.metadata().map_or(f64::NAN, |file| file.len() as f64 / 1e6);
    let mut group = criterion.benchmark_group("backtest");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(15));
    group.throughput(Throughput::Elements(rows));
    let mut seconds = Vec::new();
    group.bench_function("six weeks of 1 s rows", |bencher| {
        bencher.iter_custom(|iterations| {
            let spent = time_of(|| {
                for _ in 0..iterations {
                    black_box(backtest(&path, &zone).unwrap_or_else(|error| panic!("{error:#}")));
                }
            });
            seconds.push(spent.as_secs_f64() / iterations as f64);
            spent
        });
    });
    group.finish();
    println!(
        "{}",
        against(median(seconds), LIMIT_S, &format!("s for {rows} rows, {megabytes:.0} MB"))
    );
}
