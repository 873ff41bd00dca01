//! A world in a box: seeded heartbeats, what goes wrong with them, how a detector does on them, and tests written as text.
//!
//! Everything here follows from a seed, and gives the same numbers on every machine.

pub mod chance;
pub mod drift;
pub mod elementary;
pub mod event;
pub mod export;
pub mod label;
pub mod place;
mod rate;
pub mod replay;
pub mod scenario;
pub mod score;
pub mod scoreboard;
pub mod span;
pub mod suite;
pub mod traffic;
pub mod trial;
pub mod week;
