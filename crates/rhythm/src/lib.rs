//! Numbers in time: learns what is normal for a count of customer outcomes and says how unlikely what it sees is.
//!
//! Nothing in this crate knows a clock, a name, a file or a random number: time comes in with every call, and the same calls give
//! the same answers. Zones are tables of offsets handed in from outside.

mod blocks;
pub mod calibrate;
pub mod civil;
pub mod detectability;
mod drops;
pub mod episode;
pub mod forecast;
pub mod history;
pub mod level;
mod midnight;
pub mod noise;
pub mod onset;
pub mod pause;
pub mod profile;
pub mod ring;
pub mod scan;
pub mod series;
pub mod settings;
pub mod slow;
pub mod special;
pub mod stalls;
pub mod surge;
pub mod window;

pub use civil::{SpecialDays, Zone};
pub use episode::{Cause, Episode, Totals, Turn};
pub use profile::Quality;
pub use series::{Outlook, Series, Standing};
pub use settings::{Budget, Reading, Settings};
