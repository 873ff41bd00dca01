//! The stream of rows: where it is cut, when it was, and what comes after it change nothing.

use crate::heartbeat::{DAY_S, Said, WEEK_S, calm, cases, eventful, watch};
use proptest::prelude::*;
use pulsecheck_core::Watch;
use pulsecheck_sim::traffic::{Row, Traffic};

fn saved(watch: &Watch) -> Vec<u8> {
    postcard::to_stdvec(watch).unwrap_or_else(|error| panic!("cannot save: {error}"))
}

/// A watch as it comes back after the process was started anew.
fn resumed(watch: &Watch) -> Watch {
    postcard::from_bytes(&saved(watch)).unwrap_or_else(|error| panic!("cannot load: {error}"))
}

fn rows(traffic: &Traffic) -> Vec<Row> {
    traffic.rows().collect()
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_stream_that_is_cut_saved_and_resumed_says_the_same(
        traffic in eventful(),
        cuts in prop::collection::vec(0.0_f64..1.0, 1..6),
    ) {
        let rows = rows(&traffic);
        let whole = Said::about(&traffic, &rows);
        let mut places: Vec<usize> = cuts.iter().map(|share| (share * rows.len() as f64) as usize).collect();
        places.extend([0, rows.len()]);
        places.sort_unstable();
        let (mut said, mut watch) = (Said::default(), watch(&traffic));
        for part in places.windows(2) {
            watch = resumed(&watch);
            said.feed(&mut watch, &rows[part[0]..part[1]]);
        }
        said.alarms.extend(watch.open_alarms());
        prop_assert!(said == whole);
    }

    #[test]
    fn a_future_row_never_changes_a_past_verdict(
        traffic in eventful(),
        share in 0.2_f64..0.98,
        factor in prop::sample::select(vec![0.0_f64, 0.5, 3.0]),
    ) {
        let rows = rows(&traffic);
        let now = rows[(share * rows.len() as f64) as usize].seen_at;
        let other: Vec<Row> = rows
            .iter()
            .map(|row| if row.seen_at > now { Row { count: (row.count as f64 * factor) as u64, ..*row } } else { *row })
            .collect();
        let (one, other) = (Said::about(&traffic, &rows), Said::about(&traffic, &other));
        let past = rows.iter().take_while(|row| row.seen_at <= now).count();
        let verdicts = one.verdicts.iter().take_while(|verdict| verdict.at < now - DAY_S / 24).count().min(past);
        prop_assert!(one.verdicts[..verdicts] == other.verdicts[..verdicts]);
        let past = |said: &Said| said.changes.iter().copied().filter(|change| change.at <= now).collect::<Vec<_>>();
        prop_assert_eq!(past(&one), past(&other));
        let fired = |said: &Said| said.alarms.iter().map(|alarm| alarm.fired_at).filter(|&at| at <= now).collect::<Vec<_>>();
        let (mut one, mut other) = (fired(&one), fired(&other));
        one.sort_unstable();
        other.sort_unstable();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn the_same_rows_whole_weeks_later_give_the_same_verdicts(traffic in eventful(), weeks in 1_i64..500) {
        let shift = weeks * WEEK_S;
        let rows = rows(&traffic);
        let later: Vec<Row> = rows.iter().map(|row| Row { at: row.at + shift, seen_at: row.seen_at + shift, ..*row }).collect();
        let (now, mut then) = (Said::about(&traffic, &rows), Said::about(&traffic, &later));
        then.verdicts.iter_mut().for_each(|verdict| verdict.at -= shift);
        then.changes.iter_mut().for_each(|change| change.at -= shift);
        for alarm in &mut then.alarms {
            alarm.fired_at -= shift;
            alarm.onset -= shift;
            alarm.lost_at = alarm.lost_at.map(|at| at - shift);
            alarm.recovered_at = alarm.recovered_at.map(|at| at - shift);
        }
        prop_assert!(now == then);
    }
}

#[test]
fn a_saved_series_is_no_larger_than_one_in_memory() {
    let traffic = calm(1, 2 * WEEK_S, 50.0);
    let (mut said, mut watch) = (Said::default(), watch(&traffic));
    said.feed(&mut watch, &rows(&traffic));
    let (saved, held) = (saved(&watch).len(), watch.series().bytes());
    println!("{saved} bytes saved, {held} held");
    assert!(saved < held, "{saved} bytes saved, {held} held");
}
