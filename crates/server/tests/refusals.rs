//! What the program says when it refuses: through the real binary, as a person sees it.

use std::io::Write;
use std::process::{Command, Stdio};

/// Exit code and standard error of `pulsecheck` with `arguments`, fed `input`.
fn refused(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pulsecheck"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The program may refuse its flags before it reads anything, which closes the pipe.
    let _ = child.stdin.take().expect("it has an input").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("the program ends");
    let code = output.status.code().map_or("none".into(), |code| code.to_string());
    format!("exit {code}\n{}", String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_bad_row_is_named_with_its_place() {
    insta::assert_snapshot!(refused(
        &["backtest", "--input", "-"],
        "time,count\n1700000040,5\n1700000100,-6\n"
    ));
}

#[test]
fn a_missing_file_is_named() {
    insta::assert_snapshot!(refused(&["backtest", "--input", "no-such-file.csv"], ""));
}

#[test]
fn a_missing_column_is_named_beside_those_there_are() {
    insta::assert_snapshot!(refused(
        &["assess", "--input", "-", "--count-column", "replies"],
        "time,orders\n1700000040,5\n"
    ));
}

#[test]
fn an_unknown_zone_finds_its_neighbour() {
    insta::assert_snapshot!(refused(&["backtest", "--input", "-", "--timezone", "Europe/Dublinn"], ""));
}

#[test]
fn a_budget_that_cannot_be_read() {
    insta::assert_snapshot!(refused(&["backtest", "--input", "-", "--false-alarms", "seldom"], ""));
    insta::assert_snapshot!(refused(&["backtest", "--input", "-", "--false-alarms", "1/fortnight"], ""));
}

#[test]
fn a_step_that_cannot_be_judged() {
    insta::assert_snapshot!(refused(&["backtest", "--input", "-", "--step", "7s"], ""));
}

#[test]
fn a_start_that_is_no_time() {
    insta::assert_snapshot!(refused(&["backtest", "--input", "-", "--from", "monday"], ""));
}

#[test]
fn a_calendar_that_is_none() {
    insta::assert_snapshot!(refused(&["backtest", "--input", "-", "--holidays", "Cargo.toml"], ""));
}
