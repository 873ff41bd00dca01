//! The counts: their size, the share of sources they cover, and rows that are missing or late.

use crate::heartbeat::{DAY_S, START, Said, calm, cases};
use proptest::prelude::*;
use pulsecheck_core::Alarm;
use pulsecheck_sim::event::Event;
use pulsecheck_sim::traffic::{Row, Traffic};

/// One second of tolerance for each second of a step, and three at least.
fn slack_s(traffic: &Traffic) -> i64 {
    i64::from(traffic.step_s).max(3)
}

/// Half a day at a second or four days at ten, with one fall of this depth three hours before the end.
fn with_fall(step_s: u32, seed: u64, peak_per_s: f64, depth: u8) -> Traffic {
    let mut traffic = calm(step_s, if step_s == 1 { DAY_S / 2 } else { 4 * DAY_S }, peak_per_s);
    traffic.seed = seed;
    let event = Event::named(&format!("drop{depth}"), traffic.end - 10_800, Some(1_200));
    traffic.events = event.unwrap_or_else(|error| panic!("{error}"));
    traffic
}

/// The one alarm of a run.
fn only(said: &Said) -> Result<Alarm, TestCaseError> {
    match said.drops()[..] {
        [alarm] => Ok(alarm.clone()),
        ref alarms => Err(TestCaseError::fail(format!("one drop, not {alarms:?}"))),
    }
}

fn alike(one: &Alarm, other: &Alarm, slack_s: i64) -> Result<(), TestCaseError> {
    prop_assert!((one.fired_at - other.fired_at).abs() <= slack_s, "{one:?}\n{other:?}");
    prop_assert!((one.onset - other.onset).abs() <= slack_s, "{one:?}\n{other:?}");
    prop_assert_eq!(one.lost_at.is_some(), other.lost_at.is_some());
    prop_assert!((one.depth - other.depth).abs() < 0.05, "{one:?}\n{other:?}");
    let (share, other_share) = (one.lost / one.expected, other.lost / other.expected);
    prop_assert!((share - other_share).abs() < 0.03, "{one:?}\n{other:?}");
    prop_assert!(one.recovered_at.is_some() && other.recovered_at.is_some());
    Ok(())
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn a_loss_is_the_same_in_counts_many_times_as_large(
        seed in any::<u64>(),
        step_s in prop::sample::select(vec![1_u32, 10]),
        depth in prop::sample::select(vec![60_u8, 80, 100]),
        times in 2_u64..50,
    ) {
        let traffic = with_fall(step_s, seed, 2_000.0, depth);
        let rows: Vec<Row> = traffic.rows().collect();
        let larger: Vec<Row> = rows.iter().map(|row| Row { count: row.count * times, ..*row }).collect();
        let (one, other) = (only(&Said::about(&traffic, &rows))?, only(&Said::about(&traffic, &larger))?);
        alike(&one, &other, slack_s(&traffic))?;
        let grown = other.expected / one.expected / times as f64;
        prop_assert!((grown - 1.0).abs() < 0.02, "expectation grew by {grown} of what the counts did");
    }

    #[test]
    fn some_of_the_sources_say_the_same_as_all_of_them(
        seed in any::<u64>(),
        step_s in prop::sample::select(vec![1_u32, 10]),
        depth in prop::sample::select(vec![60_u8, 80, 100]),
        (sources, of) in (1_u64..8).prop_flat_map(|sources| (Just(sources), sources + 1..9)),
        from in 0.3_f64..0.9,
    ) {
        let traffic = with_fall(step_s, seed, 2_000.0, depth);
        let rows: Vec<Row> = traffic.rows().collect();
        let partial_from = START + (from * (traffic.end - START) as f64) as i64;
        let partial: Vec<Row> = rows
            .iter()
            .map(|row| if row.at < partial_from { *row } else {
                Row { count: row.count * sources / of, coverage: sources as f64 / of as f64, ..*row }
            })
            .collect();
        let (all, some) = (only(&Said::about(&traffic, &rows))?, only(&Said::about(&traffic, &partial))?);
        alike(&all, &some, 2 * slack_s(&traffic))?;
    }

    #[test]
    fn missing_rows_are_never_a_drop(
        seed in any::<u64>(),
        step_s in prop::sample::select(vec![1_u32, 10, 60]),
        every in 2_usize..400,
        gaps in prop::collection::vec((0.1_f64..1.0, 1_usize..3_000), 0..6),
        peak_per_s in prop::sample::select(vec![3.0_f64, 50.0, 3_000.0]),
    ) {
        let mut traffic = calm(step_s, if step_s == 1 { DAY_S / 2 } else { 6 * DAY_S }, peak_per_s);
        traffic.seed = seed;
        let rows: Vec<Row> = traffic.rows().collect();
        let gaps: Vec<_> = gaps.iter().map(|&(share, n)| { let from = (share * rows.len() as f64) as usize; from..from + n }).collect();
        let left: Vec<Row> = rows
            .iter()
            .enumerate()
            .filter(|(k, _)| k % every != 0 && !gaps.iter().any(|gap| gap.contains(k)))
            .map(|(_, row)| *row)
            .collect();
        let said = Said::about(&traffic, &left);
        prop_assert!(said.drops().is_empty(), "{:?}", said.drops());
    }

    #[test]
    fn rows_that_come_late_into_a_loss_give_its_totals_as_if_in_time(
        seed in any::<u64>(),
        depth in prop::sample::select(vec![50_u8, 70, 90]),
        first in 120_i64..900,
        rows_late in 1_i64..40,
        late_s in 2_i64..200,
    ) {
        let traffic = with_fall(1, seed, 500.0, depth);
        let rows: Vec<Row> = traffic.rows().collect();
        let from = traffic.events[0].start + first;
        let mut late: Vec<Row> = rows
            .iter()
            .map(|row| if (from..from + rows_late).contains(&row.at) {
                Row { seen_at: from + rows_late + late_s.min(1_150 - first - rows_late), ..*row }
            } else { *row })
            .collect();
        late.sort_by_key(|row| (row.seen_at, row.at));
        let (in_time, late) = (only(&Said::about(&traffic, &rows))?, only(&Said::about(&traffic, &late))?);
        prop_assert_eq!((in_time.fired_at, in_time.onset), (late.fired_at, late.onset));
        let share = late.actual as f64 / in_time.actual as f64;
        prop_assert!((share - 1.0).abs() < 2e-3, "{in_time:?}\n{late:?}");
        prop_assert!((late.expected / in_time.expected - 1.0).abs() < 2e-3, "{in_time:?}\n{late:?}");
    }
}
