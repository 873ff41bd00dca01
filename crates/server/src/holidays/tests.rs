use super::*;
use jiff::civil::date as civil;

fn calendar(event: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

fn days(event: &str) -> Vec<String> {
    let holidays = parse(&calendar(event)).expect(event);
    holidays
        .days
        .iter()
        .map(|&day| (civil(1970, 1, 1) + jiff::Span::new().days(day)).to_string())
        .collect()
}

#[test]
fn the_end_is_the_day_after_the_last() {
    assert_eq!(
        days("DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227"),
        ["2026-12-25", "2026-12-26"]
    );
    assert_eq!(days("DTSTART;VALUE=DATE:20261225"), ["2026-12-25"]);
    assert_eq!(
        days("DTSTART;VALUE=DATE:20261225\r\nDURATION:P2D"),
        ["2026-12-25", "2026-12-26"]
    );
    assert_eq!(
        days("DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261225"),
        ["2026-12-25"]
    );
}

#[test]
fn folded_lines_and_quoted_parameters_are_read() {
    assert_eq!(
        days("DTSTART;X-NOTE=\"a:b\";VALUE=DA\r\n TE:2026\r\n\t1225\r\nSUMMARY:Christmas"),
        ["2026-12-25"]
    );
}

#[test]
fn yearly_days_repeat_on_their_date_or_weekday() {
    assert_eq!(
        days("DTSTART;VALUE=DATE:20251225\r\nRRULE:FREQ=YEARLY;COUNT=2"),
        ["2025-12-25", "2026-12-25"]
    );
    assert_eq!(
        days("DTSTART;VALUE=DATE:20251127\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20261231"),
        ["2025-11-27", "2026-11-26"]
    );
    assert_eq!(
        days("DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY;COUNT=2"),
        ["2024-02-29", "2028-02-29"]
    );
    assert_eq!(
        days("DTSTART;VALUE=DATE:20241225\r\nRRULE:FREQ=YEARLY;COUNT=3\r\nEXDATE;VALUE=DATE:20251225"),
        ["2024-12-25", "2026-12-25"]
    );
    assert_eq!(days("DTSTART;VALUE=DATE:20251225\r\nRRULE:FREQ=YEARLY").len(), 75);
}

#[test]
fn what_has_a_time_of_day_is_ignored_and_counted() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Europe/Dublin:20261225T090000\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261226\nSTATUS:CANCELLED\nEND:VEVENT\nEND:VCALENDAR";
    let holidays = parse(text).expect("it is a calendar");
    assert_eq!(
        holidays,
        Holidays {
            timed: 1,
            cancelled: 1,
            ..Holidays::default()
        }
    );
}

#[test]
fn an_alarm_inside_an_event_is_not_the_event() {
    assert_eq!(
        days("DTSTART;VALUE=DATE:20261225\r\nBEGIN:VALARM\r\nDURATION:P5D\r\nEND:VALARM"),
        ["2026-12-25"]
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    for event in [
        "DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=WEEKLY",
        "DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY;BYDAY=FR",
        "DTSTART;VALUE=DATE:20261325",
        "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20201225",
        "DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:21991225",
        "SUMMARY:no day",
    ] {
        assert!(parse(&calendar(event)).is_err(), "{event}");
    }
    assert!(parse("time,count\n1,2\n").is_err());
    assert!(parse("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\n").is_err());
}
