//! The clocks: where people live by local time, the nights of their changes are nights like others.

use crate::heartbeat::{DAY_S, Said, calm};
use jiff::civil::date;
use pulsecheck_sim::place::Place;
use pulsecheck_sim::traffic::{Row, Traffic};

/// Changes by an hour, half an hour and two hours, at night and at midnight, north and south, within Ramadan, and none at all.
const PLACES: [&str; 14] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Auckland",
    "Pacific/Chatham",
];

/// Days before a change that are learned from, and after it that are judged.
const BEFORE_S: i64 = 29 * DAY_S;
const AFTER_S: i64 = 8 * DAY_S;

/// The changes of 2026, or the middle of June where there are none.
fn changes(place: &Place) -> Vec<i64> {
    let (zone, end) = (place.zone(), place.unix(date(2027, 1, 1).at(0, 0, 0, 0)));
    let mut at = place.unix(date(2026, 1, 1).at(0, 0, 0, 0));
    let mut changes = Vec::new();
    while let Some(change) = zone.next_change(at).filter(|&change| change < end) {
        changes.push(change);
        at = change;
    }
    if changes.is_empty() {
        changes.push(place.unix(date(2026, 6, 15).at(2, 0, 0, 0)));
    }
    changes
}

fn about(place: &Place, change: i64, step_s: u32, seed: u64) -> Traffic {
    // The series begins on a whole hour of UTC, wherever the change falls.
    let start = (change - BEFORE_S).div_euclid(3_600) * 3_600;
    Traffic {
        seed,
        start,
        train_until: change,
        end: start + BEFORE_S + AFTER_S,
        place: place.clone(),
        ..calm(step_s, 0, 50.0)
    }
}

fn no_alarm(step_s: u32) {
    let mut alarms = Vec::new();
    for (seed, name) in (0..).zip(PLACES) {
        let place = Place::named(name).unwrap_or_else(|error| panic!("{error}"));
        for change in changes(&place) {
            let traffic = about(&place, change, step_s, seed);
            let rows: Vec<Row> = traffic.rows().collect();
            let said = Said::about(&traffic, &rows);
            let told = said.alarms.iter().map(|alarm| {
                format!(
                    "{}, clocks change {}: {} {}",
                    name,
                    place.show(change),
                    place.show(alarm.fired_at),
                    alarm.reason
                )
            });
            alarms.extend(told);
        }
    }
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

#[test]
fn nobody_is_told_of_a_change_of_the_clocks_at_steps_of_five_minutes() {
    no_alarm(300);
}

#[test]
fn nobody_is_told_of_a_change_of_the_clocks_at_steps_of_an_hour() {
    no_alarm(3_600);
}
