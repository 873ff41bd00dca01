//! The command that makes heartbeats, through its own door.

use std::path::PathBuf;
use std::process::{Command, Output};

fn sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pulsecheck-sim"))
        .args(arguments)
        .output()
        .expect("the program of this package runs")
}

fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("the build folder is writable");
    folder
}

#[test]
fn generate_writes_counts_and_labels() {
    let folder = scratch("generate");
    let (counts, labels) = (folder.join("orders.csv"), folder.join("orders.labels.json"));
    let paths = [counts.to_str().expect("plain path"), labels.to_str().expect("plain path")];
    let events = [
        "--event",
        "outage@2d10h/20m",
        "--event",
        "gap@2d12h",
        "--event",
        "stall@2d14h/2m",
    ];
    let what = [
        "generate",
        "--weeks",
        "1",
        "--train-weeks",
        "0",
        "--step",
        "10s",
        "--seed",
        "3",
        "--out",
        paths[0],
        "--labels",
        paths[1],
    ];
    let output = sim(&[&what[..], &events[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(&counts).expect("it was written");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("unix_ts,count,seen_at"));
    assert_eq!(lines.clone().count(), 60_480 - 30);
    assert_eq!(lines.clone().filter(|line| !line.ends_with(',')).count(), 12);
    assert!(lines.filter(|line| line.contains(",0,")).count() >= 120);
    let labels = std::fs::read_to_string(&labels).expect("it was written");
    let labels: serde_json::Value = serde_json::from_str(&labels).expect("it is JSON");
    assert_eq!(labels["series"], "orders");
    assert_eq!(labels["labels"][0]["kind"], "outage");
    assert_eq!(labels["labels"][1]["expect"], "no_data");
}

#[test]
fn mistakes_are_answered_with_a_remedy() {
    let says = |arguments: &[&str]| {
        let output = sim(arguments);
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(says(&["generate", "--out", "/dev/null", "--event", "outrage@1h"]).contains("there are: outage"));
    assert!(says(&["generate", "--out", "/dev/null", "--step", "7s"]).contains("divides a minute"));
    assert!(says(&["generate", "--out", "/dev/null", "--peak", "0"]).contains("--peak must be above 0"));
    assert!(says(&["generate", "--out", "/no/such/folder/x.csv"]).contains("cannot write /no/such/folder/x.csv"));
    assert!(says(&["score", "--only", "nothing"]).contains("no series of the suite"));
}
