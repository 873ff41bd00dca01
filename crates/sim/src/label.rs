//! What a detector should see and when: the answers that go with a generated series.

use serde::{Deserialize, Serialize};

/// What should be seen during a labelled stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// An alarm for a drop; *lost* where half or more is missing.
    Drop,
    /// People are told; it need not count as lost, because it comes slowly.
    Depressed,
    /// An alarm for missing data, and none for a drop.
    NoData,
    /// No alarm.
    Quiet,
}

/// One labelled stretch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// First Unix second.
    pub start: i64,
    /// First Unix second after it.
    pub end: i64,
    /// Kind of event.
    pub kind: String,
    /// Share missing at the worst.
    pub depth: f64,
    /// What should be seen.
    pub expect: Expect,
}

/// The labels of one series, with what one needs to judge it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    /// Name of the series.
    pub series: String,
    /// Seed it was drawn from.
    pub seed: u64,
    /// Where its shape comes from.
    pub base: String,
    /// Outcomes per second at the highest point of the week.
    pub peak: f64,
    /// Step in seconds.
    pub step: u32,
    /// Time zone by name.
    pub tz: String,
    /// Alarms before this Unix second are not scored: until then the rhythm is learned.
    pub train_until: i64,
    /// First Unix second after the series.
    pub end: i64,
    /// The labelled stretches by start.
    pub labels: Vec<Label>,
}

#[cfg(test)]
mod tests {
    use super::{Expect, Label};

    #[test]
    fn is_written_in_the_words_that_scorers_read() {
        let label = Label {
            start: 1,
            end: 2,
            kind: "gap".into(),
            depth: 1.0,
            expect: Expect::NoData,
        };
        let text = serde_json::to_string(&label).expect("it is plain data");
        assert_eq!(text, r#"{"start":1,"end":2,"kind":"gap","depth":1.0,"expect":"no_data"}"#);
    }
}
