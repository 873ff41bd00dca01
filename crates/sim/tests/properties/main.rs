//! What holds for every heartbeat, not only for those of the scenarios.
//!
//! The cases are drawn from a fixed seed, so that a run is the same everywhere; `PROPTEST_CASES` asks for more of them.

mod clocks;
mod counts;
mod heartbeat;
mod stream;
