//! The third part of a scenario: what ought to be said about it, and what must never be.

use super::happening::when;
use super::line::{Line, Read};
use super::setup::Setup;
use pulsecheck_core::State;

/// An expectation, with where it was written.
#[derive(Debug, Clone)]
pub(super) struct Expectation {
    pub(super) line: usize,
    pub(super) text: String,
    /// The `at` it stands under, as an index; `None` before the first.
    pub(super) stage: Option<usize>,
    pub(super) claim: Claim,
}

/// What is expected.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Claim {
    /// An alarm becomes this within a window, with these details.
    Alarm {
        becomes: Telling,
        window: Window,
        details: Vec<Detail>,
    },
    /// The state becomes this within a window.
    Becomes {
        sight: Sight,
        window: Window,
        because: Option<String>,
    },
    /// The state at a moment.
    StateAt { sight: Sight, at: i64, because: Option<String> },
    /// The last alarm is over within a window.
    Over { window: Window },
    /// From the first alarm to the end of the event, it never looks well.
    Held,
    /// So many alarms in the stretch, or in all of the run.
    Count { alarms: usize, in_all: bool },
    /// No alarm that no other expectation was about.
    NoOther,
    /// What the detector expects is near what it should expect.
    Rhythm { within: f64, at: i64, for_s: i64 },
    /// This never happens in the stretch.
    Never(Forbidden),
}

/// What an alarm tells people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    Lost,
    Depressed,
    /// Lost or depressed.
    Told,
    Silent,
}

/// What a screen would show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    State(State),
    /// Weak or silent because the feed is late.
    Late,
}

/// What must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forbidden {
    Alarm(Telling),
    Sight(Sight),
}

/// Seconds after a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from_s: i64,
    pub(super) until_s: i64,
    /// Counted from the end of the event, not from its start.
    pub(super) of_end: bool,
}

/// A detail of an alarm.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Detail {
    /// Share missing, lowest and highest.
    Depth(f64, f64),
    /// Estimated first bad second, at most so far from the true one.
    Onset { within_s: i64 },
    /// Estimated loss, at most this share away from the true one.
    Loss { within: f64 },
    /// The true loss lies in the alarm's interval.
    LossInInterval,
    /// Expected outcomes, at most this share away from the true ones.
    Expected { within: f64 },
    /// The window that fired, at most so long.
    Scale { at_most_s: i64 },
    /// The reason has this text in it.
    Because(String),
}

const EXPECTABLE: [&str; 13] = [
    "lost",
    "depressed",
    "told",
    "silent",
    "weak",
    "late",
    "recovering",
    "beating",
    "learning",
    "over",
    "held",
    "no",
    "rhythm",
];
const FORBIDDABLE: [&str; 9] = [
    "lost",
    "depressed",
    "told",
    "silent",
    "weak",
    "late",
    "recovering",
    "beating",
    "learning",
];

/// Reads what stands after `expect`; one line may hold several claims.
pub(super) fn expected(line: &mut Line, setup: &Setup) -> Read<Vec<Claim>> {
    let mut claims = vec![claim(line, setup)?];
    while line.take_if(",") {
        if line.take_if("never") {
            claims.push(Claim::Never(forbidden(line)?));
            continue;
        }
        let before = line.clone();
        let detail = detail(line)?;
        match (&mut claims[0], detail) {
            (Claim::Alarm { details, .. }, detail) => details.push(detail),
            (Claim::Becomes { because, .. } | Claim::StateAt { because, .. }, Detail::Because(text)) => {
                *because = Some(text);
            }
            _ => {
                let remedy = "only lost, depressed, told and silent have details; a state may have because \"...\"";
                return Err(before.fault("this expectation has no such detail", remedy));
            }
        }
    }
    line.end_clause()?;
    Ok(claims)
}

/// Reads what stands after `never`.
pub(super) fn never(line: &mut Line) -> Read<Vec<Claim>> {
    let mut claims = vec![Claim::Never(forbidden(line)?)];
    while line.take_if(",") {
        claims.push(Claim::Never(forbidden(line)?));
    }
    line.end_clause()?;
    Ok(claims)
}

fn telling(word: &str) -> Option<Telling> {
    Some(match word {
        "lost" => Telling::Lost,
        "depressed" => Telling::Depressed,
        "told" => Telling::Told,
        "silent" => Telling::Silent,
        _ => return None,
    })
}

fn sight(word: &str) -> Option<Sight> {
    let state = match word {
        "late" => return Some(Sight::Late),
        "learning" => State::Learning,
        "beating" => State::Beating,
        "weak" => State::Weak,
        "depressed" => State::Depressed,
        "lost" => State::Lost,
        "recovering" => State::Recovering,
        "silent" => State::Silent,
        _ => return None,
    };
    Some(Sight::State(state))
}

fn forbidden(line: &mut Line) -> Read<Forbidden> {
    let word = line.take("a state, such as lost")?;
    let forbidden = telling(&word)
        .map(Forbidden::Alarm)
        .or_else(|| sight(&word).map(Forbidden::Sight));
    forbidden.ok_or_else(|| line.unknown("state", &word, &FORBIDDABLE))
}

fn claim(line: &mut Line, setup: &Setup) -> Read<Claim> {
    let word = line.take("an expectation, such as lost within 5s")?;
    match word.as_str() {
        "held" => return Ok(Claim::Held),
        "over" => return Ok(Claim::Over { window: window(line)? }),
        "no" if line.take_all(&["other", "alarm"]) => return Ok(Claim::NoOther),
        "rhythm" => return rhythm(line, setup),
        _ => {}
    }
    if let Some(alarms) = number(&word) {
        if !line.take_if("alarms") {
            line.need("alarm")?;
        }
        let in_all = line.take_all(&["in", "all"]);
        return Ok(Claim::Count { alarms, in_all });
    }
    let unknown = |line: &Line| line.unknown("expectation", &word, &EXPECTABLE);
    let sight = sight(&word);
    if line.take_if("at") {
        let Some(sight) = sight else {
            line.back();
            return Err(unknown(line));
        };
        return Ok(Claim::StateAt {
            sight,
            at: when(line, setup)?,
            because: None,
        });
    }
    if let Some(becomes) = telling(&word) {
        return Ok(Claim::Alarm {
            becomes,
            window: window(line)?,
            details: Vec::new(),
        });
    }
    let Some(sight) = sight else { return Err(unknown(line)) };
    Ok(Claim::Becomes {
        sight,
        window: window(line)?,
        because: None,
    })
}

fn number(word: &str) -> Option<usize> {
    Some(match word {
        "no" => 0,
        "one" => 1,
        "two" => 2,
        "three" => 3,
        _ => return word.parse().ok(),
    })
}

fn rhythm(line: &mut Line, setup: &Setup) -> Read<Claim> {
    line.need("within")?;
    let within = line.percent(0.0001, 10.0)?;
    line.need("at")?;
    let at = when(line, setup)?;
    let for_s = if line.take_if("for") {
        line.span("a span, such as 10m")?
    } else {
        (10 * setup.step_s()).max(600)
    };
    Ok(Claim::Rhythm { within, at, for_s })
}

fn window(line: &mut Line) -> Read<Window> {
    let (from_s, until_s) = if line.take_if("between") {
        let from_s = line.span("a span, such as 20s")?;
        line.need("and")?;
        (from_s, line.span("a span, such as 30s")?)
    } else {
        line.need("within")?;
        (0, line.span("a span, such as 30s")?)
    };
    if until_s < from_s {
        return Err(line.fault_back("the window ends before it begins", "write the shorter span first"));
    }
    Ok(Window {
        from_s,
        until_s,
        of_end: line.take_all(&["of", "the", "end"]),
    })
}

fn detail(line: &mut Line) -> Read<Detail> {
    let word = line.take("a detail, such as depth 40..60 %")?;
    Ok(match word.as_str() {
        "depth" => {
            let (low, high) = line.percents()?;
            Detail::Depth(low, high)
        }
        "onset" => {
            line.need("within")?;
            Detail::Onset {
                within_s: line.span("a span, such as 10s")?,
            }
        }
        "loss" if line.take_all(&["in", "its", "interval"]) => Detail::LossInInterval,
        "loss" => {
            line.need("within")?;
            Detail::Loss {
                within: line.percent(0.0001, 10.0)?,
            }
        }
        "expected" => {
            line.need("within")?;
            Detail::Expected {
                within: line.percent(0.0001, 10.0)?,
            }
        }
        "scale" => {
            line.need("at")?;
            line.need("most")?;
            Detail::Scale {
                at_most_s: line.span("a span, such as 60s")?,
            }
        }
        "because" => {
            let text = line.take("a text in quotes")?;
            match text.strip_prefix('"') {
                Some(text) => Detail::Because(text.to_lowercase()),
                None => return Err(line.fault_back("a text without quotes", "write because \"...\"")),
            }
        }
        _ => {
            let known = ["depth", "onset", "loss", "expected", "scale", "because", "never"];
            return Err(line.unknown("detail", &word, &known));
        }
    })
}
