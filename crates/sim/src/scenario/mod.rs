//! Tests of a heartbeat written as text, one in each file.
//!
//! ```text
//! # A deploy breaks half the traffic; it must be seen in seconds.
//! step 1s, zone Europe/Dublin, seed 7
//! rhythm 100/s at peak, night 15 %, weekend 50 %, noise 1.2
//! history 3 weeks
//!
//! at Wed 10:00 drop 50 % for 15m
//! expect lost within 5s, depth 40..60 %, onset within 10s
//! expect recovering within 40s of the end
//! expect no other alarm
//! ```
//!
//! A file has three parts: the heartbeat, what happens to it, and what ought to be said. `#` begins a comment, a comma or a new
//! line ends a clause. The README beside the scenarios describes every word.
//!
//! [`run()`] reads a scenario, makes its rows, feeds them to a watch as they would arrive, and compares. The same text gives the same
//! rows on every machine.

mod check;
mod expectation;
mod fault;
mod happening;
mod line;
mod outcome;
mod run;
mod script;
mod setup;

pub use fault::Fault;
pub use outcome::{Failure, Outcome};
pub use script::Script;

/// Runs the scenario in `text`.
///
/// # Errors
/// The first thing in the text that is wrong.
pub fn run(text: &str) -> Result<Outcome, Fault> {
    let script = Script::read(text)?;
    let run = run::run(&script);
    let checks = check::Checker::new(&script, &run).check();
    Ok(Outcome::new(&script, &run, &checks))
}
