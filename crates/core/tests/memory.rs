//! What a heartbeat holds in memory, however long it is watched.

use pulsecheck_core::Watch;
use pulsecheck_rhythm::{Reading, Settings, SpecialDays, Zone};

/// Most bytes of a series at steps of a second: a million of them fit into the memory of one machine.
const BYTES_MAX: usize = 40 * 1024;

const START: i64 = 1_790_553_600;
const WEEK_S: i64 = 7 * 86_400;

#[test]
fn six_weeks_of_seconds_fit_in_the_memory_promised_and_more_weeks_need_no_more() {
    let mut watch = Watch::new(Settings::with_step(1), Zone::utc(), SpecialDays::new());
    let mut bytes = Vec::new();
    for weeks in [6, 8] {
        let from = START + bytes.len() as i64 * 6 * WEEK_S;
        for at in from..START + weeks * WEEK_S {
            watch.close(at, Reading::complete(100 + (at * 7_919 % 41) as u64), at + 1);
        }
        bytes.push(watch.series().bytes() + size_of::<Watch>() - size_of_val(watch.series()));
    }
    assert!(
        bytes[0] <= BYTES_MAX,
        "{} bytes, {} of them days",
        bytes[0],
        watch.series().history_bytes()
    );
    assert_eq!(bytes[0], bytes[1]);
}
