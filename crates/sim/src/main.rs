//! Makes heartbeats from a seed, and scores the detector on a suite of them.

use clap::{Args, Parser, Subcommand};
use pulsecheck_sim::chance::Chance;
use pulsecheck_sim::event::Event;
use pulsecheck_sim::place::Place;
use pulsecheck_sim::score::{Figures, Score};
use pulsecheck_sim::traffic::Traffic;
use pulsecheck_sim::week::Week;
use pulsecheck_sim::{export, scoreboard, span, suite, trial};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Makes heartbeats from a seed, and scores the detector on a suite of them.
#[derive(Debug, Parser)]
#[command(name = "pulsecheck-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a generated heartbeat and its labels.
    Generate(Generate),
    /// Replays a generated suite through the detector and prints how good it was.
    Score(ScoreSuite),
}

#[derive(Debug, Args)]
struct Generate {
    /// Seed of all randomness.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Weeks in all.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(i64).range(1..=520))]
    weeks: i64,
    /// Weeks at the beginning that are for learning.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(i64).range(0..=520))]
    train_weeks: i64,
    /// Outcomes per second at the highest point of the week.
    #[arg(long, default_value_t = 100.0)]
    peak: f64,
    /// Length of a step, 1s to 1h; a divisor or a multiple of a minute.
    #[arg(long, default_value = "1s", value_parser = step)]
    step: u32,
    /// Time zone by name.
    #[arg(long, default_value = "Europe/Dublin", value_parser = Place::named)]
    timezone: Place,
    /// First local day.
    #[arg(long, default_value = "2026-09-28")]
    start: jiff::civil::Date,
    /// Lowest over highest rate of a day; without it and --weekend, the week is drawn from the seed.
    #[arg(long)]
    night: Option<f64>,
    /// Rate of Saturday and Sunday over that of other days.
    #[arg(long)]
    weekend: Option<f64>,
    /// Variance over mean of the counts; 1 is Poisson.
    #[arg(long, default_value_t = 1.2)]
    noise: f64,
    /// Factor on the usual slow noise; 0 is none.
    #[arg(long, default_value_t = 1.0)]
    drift: f64,
    /// Something that happens: KIND@OFFSET[/LENGTH], such as outage@4w2d10h/12m. May be given again.
    #[arg(long = "event")]
    events: Vec<String>,
    /// Fills the weeks after the learning with incidents and everyday events.
    #[arg(long)]
    suite_events: bool,
    /// The file of counts.
    #[arg(long)]
    out: PathBuf,
    /// The file of labels.
    #[arg(long)]
    labels: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ScoreSuite {
    /// Seed of the suite.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Length of a step.
    #[arg(long, default_value = "1s", value_parser = step)]
    step: u32,
    /// Number of series.
    #[arg(long, default_value_t = suite::USUAL_SERIES)]
    series: usize,
    /// Only the series whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Threads to run on.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Lists each alarm without cause.
    #[arg(long)]
    strays: bool,
    /// Prints JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// A length of step that the detector takes.
fn step(text: &str) -> Result<u32, String> {
    let seconds = span::parse(text).map_err(|error| error.to_string())?;
    match u32::try_from(seconds) {
        Ok(step @ 1..=3600) if 60 % step == 0 || step % 60 == 0 => Ok(step),
        _ => Err(format!(
            "a step is 1s to 1h and divides a minute or is whole minutes, not {text}"
        )),
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Generate(options) => generate(&options),
        Command::Score(options) => score(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("pulsecheck-sim: {message}");
            ExitCode::FAILURE
        }
    }
}

fn generate(options: &Generate) -> Result<(), String> {
    let traffic = recipe(options)?;
    let rows = to_file(&options.out, |out| export::counts(&traffic, out))?;
    if let Some(path) = &options.labels {
        to_file(path, |out| export::labels(&traffic, out))?;
    }
    eprintln!("{rows} rows written to {}", options.out.display());
    Ok(())
}

fn to_file<T>(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<T>) -> Result<T, String> {
    let name = |error| format!("cannot write {}: {error}", path.display());
    let file = File::create(path).map_err(name)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let written = write(&mut out).map_err(name)?;
    out.flush().map_err(name)?;
    Ok(written)
}

fn recipe(options: &Generate) -> Result<Traffic, String> {
    positive("peak", options.peak)?;
    positive("night", options.night.unwrap_or(1.0))?;
    positive("weekend", options.weekend.unwrap_or(1.0))?;
    let week_s = 604_800;
    let start = options.timezone.unix(options.start.at(0, 0, 0, 0));
    let mut chance = Chance::new(options.seed, "generate");
    let week = match (options.night, options.weekend) {
        (None, None) => Week::drawn(&mut chance),
        (night, weekend) => Week::plain(night.unwrap_or(0.15), weekend.unwrap_or(0.5)),
    };
    let mut traffic = Traffic {
        name: options
            .out
            .file_stem()
            .map_or_else(|| "generated".into(), |stem| stem.to_string_lossy().into_owned()),
        seed: options.seed,
        start,
        train_until: start + options.train_weeks.min(options.weeks) * week_s,
        end: start + options.weeks * week_s,
        step_s: options.step,
        place: options.timezone.clone(),
        week,
        peak_per_s: options.peak,
        trend_per_week: 0.0,
        dispersion: options.noise,
        drifts: Traffic::usual_drifts(options.drift),
        freedom: 5.0,
        events: Vec::new(),
        given: Vec::new(),
    };
    for text in &options.events {
        traffic
            .events
            .extend(Event::parse(text, start).map_err(|error| error.to_string())?);
    }
    if options.suite_events {
        suite::add_events(&mut traffic, true, &mut chance);
    }
    Ok(traffic)
}

fn positive(name: &str, value: f64) -> Result<(), String> {
    if value > 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(format!("--{name} must be above 0, not {value}"))
    }
}

fn score(options: &ScoreSuite) -> Result<(), String> {
    let mut suite = suite::series(options.seed, options.step, options.series);
    suite.retain(|traffic| traffic.name.contains(&options.only));
    if suite.is_empty() {
        return Err(format!("no series of the suite has \"{}\" in its name", options.only));
    }
    let told = |score: &Score| eprintln!("scored {}", score.series);
    let scores = trial::run(&suite, options.threads, told);
    let figures = Figures::of(&scores);
    if options.json {
        let all = serde_json::json!({ "seed": options.seed, "step": options.step, "figures": figures, "series": scores });
        println!("{all:#}");
    } else {
        print!(
            "seed {}, steps of {}: {}",
            options.seed,
            span::show(options.step.into()),
            scoreboard::text(&figures)
        );
        if options.strays {
            print!("{}", scoreboard::strays(&scores));
        }
    }
    Ok(())
}
