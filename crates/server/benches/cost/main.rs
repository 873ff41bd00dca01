//! What a heartbeat costs: nanoseconds for a second of a series, learning from nothing, a file of six weeks, and bytes.
//!
//! Each figure is printed beside its limit as a ratio. None of them fails: machines differ, and a bench is no test.

mod file;
mod processor;
mod traffic;
mod watch;

use criterion::{criterion_group, criterion_main};

/// A figure beside its limit.
fn against(figure: f64, limit: f64, unit: &str) -> String {
    let digits = if limit < 10.0 { 2 } else { 0 };
    format!("{figure:.digits$} {unit}, limit {limit}: {:.2} of it", figure / limit)
}

/// The figure in the middle, which a disturbed sample does not move.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

criterion_group!(benches, watch::second, watch::learning, watch::memory, file::six_weeks);
criterion_main!(benches);
