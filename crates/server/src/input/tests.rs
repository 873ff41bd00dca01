use super::steps::{Arrival, Steps};
use super::{Columns, InputError, rows, source};
use pulsecheck_rhythm::Reading;
use std::io::{Cursor, Write};

fn open(bytes: Vec<u8>, step_s: Option<u32>, zone: &str) -> Result<Steps, InputError> {
    let (reader, position) = source::unpack(Cursor::new(bytes), None).expect("memory can be read");
    let zone = crate::zone::named(zone).expect("the zone is in the table");
    let rows = rows::Rows::open("counts.csv", reader, &Columns::default(), zone)?;
    Steps::start("counts.csv".into(), rows, position, step_s)
}

/// The steps of a file as text, one a line, and what was counted on the way.
fn told(text: &str, step_s: Option<u32>) -> String {
    let mut steps = match open(text.into(), step_s, "America/New_York") {
        Ok(steps) => steps,
        Err(error) => return error.to_string(),
    };
    let mut lines = Vec::new();
    loop {
        match steps.next_step() {
            Ok(Some(arrival)) => lines.push(line(arrival)),
            Ok(None) => break,
            Err(error) => {
                lines.push(error.to_string());
                break;
            }
        }
    }
    let facts = &steps.facts;
    for (n, what) in [
        (facts.duplicates, "twice"),
        (facts.late, "late"),
        (facts.too_old, "too old"),
        (facts.empty, "empty"),
        (facts.early, "early"),
    ] {
        if n > 0 {
            lines.push(format!("{n} {what}"));
        }
    }
    lines.join("\n")
}

fn line(arrival: Arrival) -> String {
    let (word, at, reading, seen) = match arrival {
        Arrival::Closed { at, reading, seen } => ("", at, reading, seen),
        Arrival::Late { at, reading, seen } => ("late ", at, reading, seen),
    };
    let reading = match reading {
        Reading::Missing => "missing".into(),
        Reading::Count { count, coverage: 1.0 } => count.to_string(),
        Reading::Count { count, coverage } => format!("{count} of {coverage:.2}"),
    };
    format!("{word}{at} {reading} seen {}", seen - at)
}

/// A file of one row a minute from 1,700,000,040 on, after a header.
fn minutes(counts: &[&str]) -> String {
    let rows: Vec<String> = counts
        .iter()
        .enumerate()
        .map(|(place, count)| format!("{},{count}\n", 1_700_000_040 + 60 * place as i64))
        .collect();
    format!("time,count\n{}", rows.concat())
}

#[test]
fn rows_become_steps_whatever_ends_their_lines() {
    let plain = minutes(&["1", "2", "0"]);
    let expected = "1700000040 1 seen 60\n1700000100 2 seen 60\n1700000160 0 seen 60";
    let variants = [
        plain.clone(),
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        format!("{plain}\n\n  \n"),
        plain.trim_end().to_string(),
        plain.replace(',', ";"),
        plain.replace(',', "\t"),
        plain
            .replace(',', ",\"")
            .replace('\n', "\"\n")
            .replace("time,\"count\"", "time,count"),
        plain.replace('\n', ",x\n"),
    ];
    for text in variants {
        assert_eq!(told(&text, None), expected, "{text}");
    }
}

#[test]
fn packed_files_are_unpacked_by_their_first_bytes() {
    let plain = minutes(&["1", "2"]).into_bytes();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&plain).expect("memory takes it");
    let gzip = gzip.finish().expect("memory takes it");
    let zstd = zstd::encode_all(plain.as_slice(), 1).expect("memory takes it");
    for packed in [plain, gzip.clone(), zstd] {
        let mut steps = open(packed, None, "UTC").expect("it is a file of counts");
        assert_eq!(
            steps.next_step().expect("the row is good").map(line).as_deref(),
            Some("1700000040 1 seen 60")
        );
    }
    let cut = gzip[..gzip.len() - 12].to_vec();
    assert!(open(cut, None, "UTC").is_err_and(|error| error.to_string().contains("cannot read on")));
}

#[test]
fn a_gap_is_missing_and_an_empty_count_too() {
    let text = "time,count\n1700000040,5\n1700000100,\n1700000160,7\n1700000400,8\n";
    let expected = "1700000040 5 seen 60\n1700000100 missing seen 60\n1700000160 7 seen 60\n1700000400 8 seen 60\n1 empty";
    assert_eq!(told(text, None), expected);
}

#[test]
fn late_and_repeated_rows() {
    let text = "time,count,seen_at\n1700000040,1,\n1700000160,3,1700000300\n1700000100,2,1700000310\n1700000160,3,\n1700000220,4,1700000221\n1700000160,9,\n";
    insta::assert_snapshot!(told(text, Some(60)));
}

#[test]
fn finer_rows_are_added_up_and_incomplete_steps_say_so() {
    let mut text = String::from("time,count\n");
    // Six rows make a minute; the second minute lacks two, the third four, and the last is cut off by the end of the file.
    for (minute, present) in [(0, 6), (1, 4), (2, 2), (3, 6), (4, 5)] {
        for row in 0..present {
            text.push_str(&format!("{},10\n", 1_700_000_040 + 60 * minute + 10 * row));
        }
    }
    insta::assert_snapshot!(told(&text, Some(60)));
}

#[test]
fn local_times_follow_the_order_of_rows_through_the_hour_that_happens_twice() {
    let text = "time,count\n2026-11-01T00:00,1\n2026-11-01T01:00,2\n2026-11-01T01:00,3\n2026-11-01T02:00,4\n";
    let expected = "1793505600 1 seen 3600\n1793509200 2 seen 3600\n1793512800 3 seen 3600\n1793516400 4 seen 3600";
    assert_eq!(told(text, None), expected);
}

#[test]
fn rows_off_the_grid_are_put_on_it() {
    let text = "time,count\n1700000053,1\n1700000113,2\n1700000175,3\n1700000233,4\n1700000293,5\n";
    let expected = "1700000040 1 seen 73\n1700000100 2 seen 73\n1700000160 3 seen 75\n1700000220 4 seen 73\n1700000280 5 seen 73";
    assert_eq!(told(text, None), expected);
}

#[test]
fn fractions_are_scaled() {
    let mut steps = open(minutes(&["0.25", "0.5", "0.125"]).into_bytes(), None, "UTC").expect("it is a file of counts");
    assert_eq!(
        steps.next_step().expect("the row is good").map(line).as_deref(),
        Some("1700000040 25000 seen 60")
    );
    assert_eq!(steps.facts.scale.back(25_000.0), 0.25);
}

#[test]
fn what_is_refused_says_where_why_and_what_to_do() {
    let wide = format!("time,count\n1700000040,{}\n", "1".repeat(10_000_000));
    let files = [
        "",
        "\n\n",
        "time,count\n",
        "1700000040,5\n1700000100,6\n",
        "time\n1700000040\n",
        "time,count\n1700000040,5\n",
        "time,count\n1700000040\n1700000100,6\n",
        "time,count\n1700000040,-3\n",
        "time,count\n1700000040,NaN\n",
        "time,count\n1700000040,1e17\n",
        "time,count\n1700000040,5\n1700000100,\"6\n",
        "time,count\n1700000040,5\nyesterday,6\n",
        "time,count\n17000,5\n",
        "time,count\n1700000040,5\n1700000100,6\n1700000160,7\n1800000000,8\n",
        "time,count\n1700000160,5\n1700000100,6\n1700000040,7\n",
        "time,count\n1700000040,5\n1700000047,6\n",
        "time,count\n1700000040,5\n\0\0\0,6\n",
        "time,count,seen_at\n1700000040,5,later\n",
        &wide,
    ];
    let answers: Vec<String> = files.iter().map(|text| told(text, None)).collect();
    insta::assert_snapshot!(answers.join("\n"));
    insta::assert_snapshot!(told(&minutes(&["1", "2"]), Some(1)), @"counts.csv:2:1: most rows are 1 min apart but --step is 1 s; leave --step out or give the distance of the rows");
    assert!(open(b"\xff\xfet\0i\0m\0e\0".to_vec(), None, "UTC").is_err_and(|error| error.to_string().contains("UTF-16")));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400), step_s in proptest::option::of(1_u32..4000)) {
        let mut file = b"time,count,seen_at\n1700000040,5,\n".to_vec();
        file.extend(bytes);
        if let Ok(mut steps) = open(file, step_s, "Europe/Dublin") {
            while let Ok(Some(_)) = steps.next_step() {}
        }
    }

    #[test]
    fn no_numbers_make_it_panic(rows in proptest::collection::vec((proptest::prelude::any::<i64>(), proptest::num::f64::ANY, proptest::prelude::any::<u64>()), 0..40), step_s in proptest::option::of(1_u32..4000)) {
        let mut file = String::from("time,count,seen_at\n");
        for (time, count, seen) in rows {
            file.push_str(&format!("{},{count},{seen}\n", 631_152_000 + time.rem_euclid(6_000_000_000)));
        }
        if let Ok(mut steps) = open(file.into_bytes(), step_s, "UTC") {
            while let Ok(Some(_)) = steps.next_step() {}
        }
    }

    #[test]
    fn the_plain_rows_read_as_the_careful_reader_reads_them(time in 631_152_000_u64..7_258_118_400, count in 0_u64..9_000_000_000_000_000, seen in proptest::option::of(631_152_000_u64..7_258_118_400)) {
        let seen = seen.map_or(String::new(), |seen| seen.to_string());
        let usual = format!("time,count,seen_at\n{time},{count},{seen}\n");
        // Quotes send the same row down the other way.
        let quoted = format!("time,count,seen_at\n\"{time}\",{count},{seen}\n");
        proptest::prop_assert_eq!(told(&usual, Some(60)), told(&quoted, Some(60)));
    }
}
