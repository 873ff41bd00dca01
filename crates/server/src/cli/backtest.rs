//! `pulsecheck backtest`.

use super::flags::{InputFlags, ROWS_HELP, UsageError, say_decisions, special_days};
use crate::backtest::{Progress, Replay, Report, StateLog, Witness, alarm_lines, read_labels, replay, score, write_text};
use crate::input::{Steps, instant};
use crate::picture::Picture;
use crate::zone;
use anyhow::Context;
use clap::{Args, ValueEnum};
use pulsecheck_core::Watch;
use std::io::{self, BufWriter};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = ROWS_HELP)]
pub(super) struct BacktestFlags {
    #[command(flatten)]
    input: InputFlags,
    /// Alarms before this time are learned from but not shown; Unix or ISO 8601
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Known incidents to score against: JSON, or CSV with start,end,kind and, if known, depth,expect
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Draw what happened into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Write each change of state into this file, as lines of JSON
    #[arg(long, value_name = "FILE")]
    states: Option<PathBuf>,
    /// For people, or one line of JSON for each alarm
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Jsonl,
}

pub(super) fn run(flags: &BacktestFlags) -> anyhow::Result<()> {
    let time_zone = &flags.input.timezone;
    let from = flags.from.as_deref().map(|text| from_second(text, flags)).transpose()?;
    let holidays = flags.input.holidays()?;
    let labels = flags.labels.as_deref().map(|path| read_labels(path, time_zone)).transpose()?;
    let mut steps = flags.input.input().open()?;
    say_decisions(&steps.facts);
    let settings = flags.input.settings(steps.facts.step_s);
    let mut watch = Watch::new(settings, zone::table(time_zone), special_days(holidays.as_ref()));
    let mut witness = Witness {
        states: flags.states.as_deref().map(StateLog::create).transpose()?,
        picture: flags.svg.as_ref().map(|_| Picture::new(steps.facts.step_s, from)),
        progress: Progress::start(&steps.position),
    };
    let replay = replay(&mut steps, &mut watch, &mut witness)?;
    let not_shown = replay
        .alarms
        .iter()
        .take_while(|alarm| from.is_some_and(|from| alarm.fired_at < from))
        .count();
    let alarms = &replay.alarms[not_shown..];
    let scored = labels.as_ref().map(|labels| {
        let (first, end) = span(&steps, &replay);
        score::score(labels, &replay.alarms, from.unwrap_or(first), end)
    });
    let report = Report {
        alarms,
        not_shown,
        replay: &replay,
        facts: &steps.facts,
        zone: time_zone,
        from,
        budget: &flags.input.false_alarms.words,
        holidays: holidays.as_ref(),
        score: scored.as_ref(),
    };
    if let (Some(path), Some(picture)) = (&flags.svg, &witness.picture) {
        let drawn = picture.draw(&flags.input.name(), &report);
        std::fs::write(path, drawn).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match flags.format {
        Format::Text => write_text(&mut out, &report)?,
        Format::Jsonl => alarm_lines::write(&mut out, alarms, steps.facts.scale)?,
    }
    Ok(())
}

/// From the first verdict to the end of the file: what is scored where neither `--from` nor the labels say otherwise.
fn span(steps: &Steps, replay: &Replay) -> (i64, i64) {
    let (first, end) = steps.facts.span.unwrap_or_default();
    (replay.judged_from.unwrap_or(first), end)
}

fn from_second(text: &str, flags: &BacktestFlags) -> Result<i64, UsageError> {
    let read = instant::read(text.trim().as_bytes(), &flags.input.timezone, None);
    let (at_ms, _) = read.map_err(|what| UsageError(format!("--from: {}", what.replace(" and the column (--time-column)", ""))))?;
    Ok(at_ms.div_euclid(1000))
}
