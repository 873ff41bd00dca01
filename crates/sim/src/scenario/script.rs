//! A whole scenario as it was written.

use super::expectation::{Claim, Expectation, expected, never};
use super::fault::Fault;
use super::happening::{Happening, happening, when};
use super::line::{Line, Read};
use super::setup::Setup;

/// A scenario: the heartbeat, what happens to it, and what ought to be said.
#[derive(Debug, Clone)]
pub struct Script {
    pub(super) setup: Setup,
    pub(super) stages: Vec<Stage>,
    pub(super) expectations: Vec<Expectation>,
    pub(super) end: i64,
}

/// An `at` with what is added to it by `and at`; it lasts until the next one.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) happenings: Vec<Happening>,
}

impl Stage {
    pub(super) fn start(&self) -> i64 {
        self.happenings[0].at
    }

    /// The end of what the stage began with.
    pub(super) fn end(&self) -> i64 {
        self.happenings[0].end()
    }
}

const STARTS: [&str; 6] = ["at", "after", "and", "expect", "never", "rhythm"];
/// What follows the last thing that happens or is expected, so that a late alarm is seen.
const TAIL_S: i64 = 2 * 3600;

impl Script {
    /// Reads a scenario.
    ///
    /// # Errors
    /// The first thing that is wrong, with where it is and what to write instead.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let mut script = Self {
            setup: Setup::default(),
            stages: Vec::new(),
            expectations: Vec::new(),
            end: 0,
        };
        let mut last = Line::new(1, "")?;
        for (k, text) in text.lines().enumerate() {
            let mut line = Line::new(k + 1, text)?;
            if !line.is_done() {
                script.line(&mut line)?;
                last = line;
            }
        }
        if script.setup.rhythm.is_none() && script.setup.counts.is_empty() {
            return Err(last.fault(
                "there is no heartbeat",
                "write a line such as rhythm 100/s at peak, or counts 100x600",
            ));
        }
        if script.expectations.is_empty() {
            return Err(last.fault(
                "nothing is expected, so nothing is tested",
                "write a line such as expect no alarm",
            ));
        }
        script.end = script.find_end(&last)?;
        Ok(script)
    }

    fn line(&mut self, line: &mut Line) -> Read<()> {
        let started = !self.stages.is_empty() || !self.expectations.is_empty();
        let word = line.peek().unwrap_or_default().to_owned();
        match word.as_str() {
            "at" | "after" => {
                line.take("at")?;
                let at = if word == "at" {
                    when(line, &self.setup)?
                } else {
                    self.after(line)?
                };
                if self.stages.last().is_some_and(|stage| at < stage.start()) {
                    return Err(line.fault_back(
                        "this is before the event above",
                        "write events in the order of time, or add one with and at",
                    ));
                }
                let happening = self.happening(line, at)?;
                self.stages.push(Stage {
                    happenings: vec![happening],
                });
            }
            "and" => {
                if self.stages.is_empty() {
                    return Err(line.fault(
                        "there is nothing to add to",
                        "begin with at, such as at Wed 10:00 outage for 10m",
                    ));
                }
                line.take("and")?;
                line.need("at")?;
                let at = when(line, &self.setup)?;
                let happening = self.happening(line, at)?;
                if let Some(stage) = self.stages.last_mut() {
                    stage.happenings.push(happening);
                }
            }
            "expect" => {
                line.take("expect")?;
                let claims = expected(line, &self.setup)?;
                self.expect(line, claims);
            }
            "never" => {
                line.take("never")?;
                let claims = never(line)?;
                self.expect(line, claims);
            }
            _ if started => {
                line.take("a word")?;
                let fault = line.unknown("line", &word, &STARTS[..5]);
                let message = format!("a line that begins with \"{word}\" cannot stand after what happens");
                return Err(Fault { message, ..fault });
            }
            _ => self.setup.read(line)?,
        }
        Ok(())
    }

    fn after(&self, line: &mut Line) -> Read<i64> {
        let wait_s = line.span("a span, such as 30m")?;
        let from = self.stages.last().map_or(self.setup.history_end(), Stage::end);
        Ok(from + wait_s)
    }

    fn happening(&self, line: &mut Line, at: i64) -> Read<Happening> {
        if at < self.setup.start_unix() {
            let start = self.setup.place.show(self.setup.start_unix());
            return Err(line.fault_back("this is before the start", &format!("name a moment from {start} on")));
        }
        let happening = happening(line, &self.setup, at)?;
        line.end_clause()?;
        Ok(happening)
    }

    fn expect(&mut self, line: &Line, claims: Vec<Claim>) {
        let stage = self.stages.len().checked_sub(1);
        let (number, text) = (line.number(), line.text().to_owned());
        let expectation = |claim| Expectation {
            line: number,
            text: text.clone(),
            stage,
            claim,
        };
        self.expectations.extend(claims.into_iter().map(expectation));
    }

    fn find_end(&self, last: &Line) -> Read<i64> {
        let history_end = self.setup.history_end();
        if let Some(run_s) = self.setup.run_s {
            let end = history_end + run_s;
            let late = self.stages.iter().find(|stage| stage.start() >= end);
            return match late {
                Some(stage) => {
                    let message = format!("\"{}\" begins after the run has ended", stage.happenings[0].text);
                    Err(last.fault(&message, "make the run longer, such as run 3 days"))
                }
                None => Ok(end),
            };
        }
        if let Some(end) = self.setup.given_end() {
            return Ok(end);
        }
        let happenings = self.stages.iter().flat_map(|stage| &stage.happenings).map(Happening::end);
        let expected = self.expectations.iter().map(|expectation| self.horizon(expectation));
        Ok(happenings.chain(expected).max().unwrap_or(0).max(history_end) + TAIL_S)
    }

    /// The last second that an expectation speaks about.
    fn horizon(&self, expectation: &Expectation) -> i64 {
        match &expectation.claim {
            Claim::Alarm { window, .. } | Claim::Becomes { window, .. } | Claim::Over { window } => {
                self.reference(expectation.stage, window.of_end) + window.until_s
            }
            Claim::StateAt { at, .. } => *at,
            Claim::Rhythm { at, for_s, .. } => at + for_s,
            _ => 0,
        }
    }

    /// The moment that a window of a stage counts from.
    pub(super) fn reference(&self, stage: Option<usize>, of_end: bool) -> i64 {
        match stage.and_then(|k| self.stages.get(k)) {
            None => self.setup.history_end(),
            Some(stage) => {
                if of_end {
                    stage.end()
                } else {
                    stage.start()
                }
            }
        }
    }

    /// The stretch that an expectation speaks about: from its event to the next, or all the time; never the history.
    pub(super) fn stretch(&self, stage: Option<usize>) -> (i64, i64) {
        let history_end = self.setup.history_end();
        let Some(k) = stage else { return (history_end, i64::MAX) };
        (
            self.stages[k].start().max(history_end),
            self.stages.get(k + 1).map_or(i64::MAX, Stage::start),
        )
    }
}
