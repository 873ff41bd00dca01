//! The command line: what may be asked, and how an answer or a refusal leaves the program.

mod assess;
mod backtest;
mod flags;

use clap::{Parser, Subcommand};
use std::io;
use std::process::ExitCode;

/// Answers, all day and in seconds: can our customers do the job they hired us for?
#[derive(Debug, Parser)]
#[command(name = "pulsecheck", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a file of counts and show what would have been said, when, and why
    Backtest(Box<backtest::BacktestFlags>),
    /// Say whether a count is fit to be a heartbeat, and how fast a drop of it is seen
    Assess(Box<assess::AssessFlags>),
}

/// Runs the program on the arguments of this process.
///
/// Exit codes: 0 done, 1 the input is refused or cannot be read, 2 the command line is wrong.
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Backtest(flags) => backtest::run(&flags),
        Command::Assess(flags) => assess::run(&flags),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output has seen enough, as `head` does.
        Err(error)
            if error
                .chain()
                .filter_map(|cause| cause.downcast_ref::<io::Error>())
                .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe) =>
        {
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(if error.is::<flags::UsageError>() { 2 } else { 1 })
        }
    }
}
