//! What a person is told about a scenario that is wrong, or that does not come true.

use pulsecheck_sim::scenario::{Script, run};

const SETUP: &str = "rhythm 100/s at peak\n";

fn fault(text: &str) -> String {
    match Script::read(text) {
        Ok(_) => panic!("this should not be a scenario: {text}"),
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn an_error_shows_the_place_and_the_remedy() {
    let shown = fault("step 1s, zone UTC\nrhythm 100/s at peak\n\nat Wed 10:00 outrage for 10m  # hm\n");
    let expected = "4:14: unknown event \"outrage\"
 4 | at Wed 10:00 outrage for 10m  # hm
   |              ^
   = did you mean \"outage\"? (there are: outage, drop, ramp, brown-out, flap, surge, spike, growth, step, holiday, noise, gap, stall, late, coverage, counts, confirm)";
    assert_eq!(shown, expected);
}

/// Texts that are wrong, with the line and column, and words of the message and of the remedy.
const MISTAKES: [(&str, &str, &str, &str); 33] = [
    ("zone Europe/Dubln", "1:6", "unknown time zone", "Europe/Dublin"),
    ("step 7s", "1:6", "a step cannot be 7s", "divisor of a minute"),
    ("step 2h", "1:6", "a step cannot be 2h", "1s to 1h"),
    ("stepp 1s", "1:1", "unknown clause \"stepp\"", "did you mean \"step\"?"),
    ("night 15 %", "1:1", "there is none yet", "write rhythm first"),
    ("rhythm 100", "1:8", "\"100\" is no rate", "100/s"),
    ("rhythm 100/s at peak, night 0 %", "1:29", "out of range", "0.1 to 100 %"),
    (
        "rhythm 100/s at peak, night 15",
        "1:31",
        "expected \"%\", found the end of the line",
        "write \"%\"",
    ),
    ("rhythm 100/s at peak, noise 0.5", "1:29", "calmer than chance", "write 1"),
    (
        "rhythm 100/s at peak night 15 %",
        "1:22",
        "\"night\" is too much here",
        "comma",
    ),
    ("history 90", "1:9", "\"90\" has no unit", "90s, 90m or 90h"),
    ("history three weeks", "1:9", "is no span of time", "write a span"),
    ("start 2026-13-01", "1:7", "is no date", "year-month-day"),
    ("start 1970-01-01", "1:7", "is no date of 2001 to 2058", "2026-12-25"),
    ("budget often", "1:8", "is no budget", "1/year"),
    ("counts 100y60", "1:8", "is no run of counts", "100x60"),
    ("counts 100x0", "1:8", "is no run of counts", "_x40"),
    ("expect no alarm", "1:16", "there is no heartbeat", "rhythm 100/s at peak"),
    ("rhythm 100/s at peak", "1:21", "nothing is tested", "expect no alarm"),
    (
        "rhythm 1/s\nat Wendesday 10:00 outage for 1m",
        "2:4",
        "unknown moment",
        "Mon, Tue, Wed",
    ),
    (
        "rhythm 1/s\nat last Web 10:00 outage for 1m",
        "2:9",
        "unknown weekday \"Web\"",
        "did you mean",
    ),
    ("rhythm 1/s\nat Wed ten outage for 1m", "2:8", "is no time of day", "09:30"),
    (
        "rhythm 1/s\nat 2020-01-01 10:00 outage for 1m",
        "2:15",
        "before the start",
        "Mon 2026-09-28",
    ),
    (
        "rhythm 1/s\nat Wed 10:00 outage",
        "2:20",
        "expected \"for\", found the end",
        "write \"for\"",
    ),
    (
        "rhythm 1/s\nat Wed 10:00 drop 150 % for 1m",
        "2:19",
        "150 % is out of range",
        "100 %",
    ),
    (
        "rhythm 1/s\nat Wed 10:00 ramp 50 % over 2h for 1h",
        "2:36",
        "ends before it has fallen",
        "2h or longer",
    ),
    (
        "rhythm 1/s\nat Wed 10:00 coverage 5/3 for 1m",
        "2:23",
        "no part of the sources",
        "3/5",
    ),
    (
        "rhythm 1/s\nand at Wed 10:00 gap for 1m",
        "2:1",
        "nothing to add to",
        "begin with at",
    ),
    (
        "rhythm 1/s\nat Wed 10:00 gap for 1m\nat Tue 10:00 gap for 1m",
        "3:8",
        "before the event above",
        "order of time",
    ),
    (
        "rhythm 1/s\nat Wed 10:00 gap for 1m\nstep 1s",
        "3:1",
        "cannot stand after",
        "at, after, and",
    ),
    (
        "rhythm 1/s\nexpect lots within 5s",
        "2:8",
        "unknown expectation \"lots\"",
        "did you mean \"lost\"?",
    ),
    (
        "rhythm 1/s\nexpect lost within 5s, depth 60..40 %",
        "2:30",
        "no range of percentages",
        "40..60 %",
    ),
    (
        "rhythm 1/s\nexpect lost within 5s, because half",
        "2:32",
        "without quotes",
        "because \"...\"",
    ),
];

#[test]
fn every_mistake_has_its_place_and_its_remedy() {
    for (text, place, message, remedy) in MISTAKES {
        let shown = fault(text);
        assert!(
            shown.starts_with(&format!("{place}: ")),
            "{text}\nexpected {place}, got\n{shown}"
        );
        assert!(
            shown.contains(message) && shown.contains(remedy),
            "{text}\nexpected {message} and {remedy}, got\n{shown}"
        );
    }
}

#[test]
fn mistakes_in_expectations_have_theirs_too() {
    let cases: [(&str, &str, &str); 7] = [
        (
            "expect weak within 5s, depth 1..2 %",
            "2:24",
            "only lost, depressed, told and silent have details",
        ),
        ("expect lost", "2:12", "write \"within\""),
        ("expect lost between 30s and 10s", "2:29", "the shorter span first"),
        ("expect lost within 5s, dept 1..2 %", "2:24", "did you mean \"depth\"?"),
        ("expect told at Wed 10:00", "2:8", "unknown expectation"),
        ("expect lost within 5s because \"x", "2:32", "a quote that does not end"),
        ("never nothing", "2:7", "write one of: lost"),
    ];
    for (text, place, words) in cases {
        let shown = fault(&format!("{SETUP}{text}"));
        assert!(
            shown.starts_with(&format!("{place}: ")) && shown.contains(words),
            "{text}\nexpected {place} and {words}, got\n{shown}"
        );
    }
}

#[test]
fn a_run_that_ends_before_an_event_is_refused() {
    let shown = fault("rhythm 1/s\nrun 1 day\nat Wed 10:00 gap for 1m\nexpect no alarm");
    assert!(
        shown.contains("begins after the run has ended") && shown.contains("run 3 days"),
        "{shown}"
    );
}

#[test]
fn a_failure_says_what_was_expected_and_what_happened() {
    let text = "step 60s, zone Europe/Dublin\ncounts ~6000x1440 ~6000x60\nhistory 1 day\n\nat +30m drop 1 % for 1m\nexpect lost within 5m\nexpect no alarm\n";
    let outcome = run(text).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(outcome.failures.len(), 1, "{outcome}");
    let shown = outcome.to_string();
    assert!(
        shown.starts_with("line 6: expect lost within 5m\n    but there was no such alarm from Tue 2026-09-29 00:30:00\n"),
        "{shown}"
    );
    assert!(
        shown.contains("what happened:\n") && shown.contains("-- at +30m drop 1 % for 1m"),
        "{shown}"
    );
}

#[test]
fn the_same_text_gives_the_same_story() {
    let text = "step 60s, seed 5\nrhythm 5/s at peak\nhistory 2 days\nat +3h outage for 20m\nexpect no alarm\n";
    let story = || run(text).unwrap_or_else(|fault| panic!("{fault}")).story;
    assert_eq!(story(), story());
}
