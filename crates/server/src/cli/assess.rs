//! `pulsecheck assess`.

use super::flags::{InputFlags, ROWS_HELP, say_decisions, special_days};
use crate::assess::{Answer, write_json, write_text};
use crate::backtest::{Progress, Witness, replay};
use crate::zone;
use clap::{Args, ValueEnum};
use pulsecheck_core::Watch;
use std::io::{self, BufWriter};

#[derive(Debug, Args)]
#[command(after_long_help = ROWS_HELP)]
pub(super) struct AssessFlags {
    #[command(flatten)]
    input: InputFlags,
    /// For people, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(flags: &AssessFlags) -> anyhow::Result<()> {
    let holidays = flags.input.holidays()?;
    let mut steps = flags.input.input().open()?;
    say_decisions(&steps.facts);
    let settings = flags.input.settings(steps.facts.step_s);
    let mut watch = Watch::new(settings, zone::table(&flags.input.timezone), special_days(holidays.as_ref()));
    let mut witness = Witness {
        progress: Progress::start(&steps.position),
        ..Witness::default()
    };
    replay(&mut steps, &mut watch, &mut witness)?;
    let answer = Answer::of(&watch.assess());
    let mut out = BufWriter::new(io::stdout().lock());
    match flags.format {
        Format::Text => write_text(&mut out, &answer, steps.facts.scale)?,
        Format::Json => write_json(&mut out, &answer, steps.facts.scale)?,
    }
    Ok(())
}
