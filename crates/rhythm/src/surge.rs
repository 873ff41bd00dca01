//! Surges: while a series runs well above its level the level is held, so that the end of a spike is no drop.

use crate::profile::Quality;
use crate::special::scaled_exp;

/// Windows that show a surge, in seconds.
const WINDOWS_S: [u32; 4] = [15, 60, 180, 600];

/// A surge is above this share of the level and this many deviations.
const START_SHARE: f64 = 0.13;
const START_SHARE_COLD: f64 = 0.40;
const START_DEVIATIONS: f64 = 5.5;

/// It is over within this share or this many deviations of the level.
const END_SHARE: f64 = 0.07;
const END_DEVIATIONS: f64 = 2.0;

/// A surge that lasts this long is the new normal.
const ACCEPT_S: f64 = 4_500.0;

/// For so long after a recovery the level held during the loss stays the reference.
const REFERENCE_S: f64 = 600.0;

/// What follows a loss above this share and so many deviations is a catch-up, and is over only as near as this.
const CATCH_UP_SHARE: f64 = 0.03;
const CATCH_UP_DEVIATIONS: f64 = 1.5;

/// What happened to the level at the end of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Surging {
    /// Nothing: the level is free to learn.
    No,
    /// A surge began; the level goes back to where it was `back_steps` ago.
    Began {
        /// Steps between the newest and the state to go back to.
        back_steps: usize,
        /// Steps that are not to be learned from.
        doubtful_steps: usize,
    },
    /// The level is held.
    Held,
    /// It lasted: the level of the last minutes is the new normal.
    Accepted,
}

/// The state of the watch for surges.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Surge {
    windows: [usize; 4],
    /// The step it began at, and the window that showed it.
    hold: Option<(u64, usize)>,
    /// Whether it follows a loss.
    catch_up: bool,
    /// The step the last one ended at.
    pub ended_at: Option<u64>,
    /// The level held during the last loss, as a bound while the windows are young.
    pub reference: Option<f64>,
}

/// What the watch looks at.
pub struct Sight<'a> {
    /// Step number.
    pub step: u64,
    /// Length of a step.
    pub step_s: f64,
    /// Steps since windows were started anew.
    pub young_steps: u64,
    /// Dispersion of counts.
    pub dispersion: f64,
    /// Variance of the level's noises in a short window.
    pub noise: f64,
    /// Volatility factor.
    pub volatility: f64,
    /// Quality of the profile.
    pub quality: Quality,
    /// Level now, and its factor on the profile.
    pub level: f64,
    /// See `level`.
    pub factor: f64,
    /// Level `n` steps ago, if the past reaches so far.
    pub level_ago: &'a dyn Fn(usize) -> Option<f64>,
    /// Counts and profile over the last `n` steps.
    pub window: &'a dyn Fn(usize) -> (f64, f64),
}

impl Surge {
    /// For steps of `step_s` seconds.
    pub fn new(step_s: u32) -> Self {
        Self {
            windows: WINDOWS_S.map(|w| (w / step_s).max(1) as usize),
            hold: None,
            catch_up: false,
            ended_at: None,
            reference: None,
        }
    }

    /// Whether a surge holds the level.
    pub fn holds(&self) -> bool {
        self.hold.is_some()
    }

    /// Lets go of the level.
    pub fn clear(&mut self) {
        self.hold = None;
        self.catch_up = false;
    }

    /// A loss has ended and `share` of the expectation came since, known to `deviation`: outcomes held back may be catching up.
    pub fn follow_loss(&mut self, step: u64, share: f64, deviation: f64) {
        if share > 1.0 + CATCH_UP_SHARE.max(CATCH_UP_DEVIATIONS * deviation) {
            self.hold = Some((step, self.windows[2]));
            self.catch_up = true;
        }
    }

    /// Looks at the end of a block.
    pub fn look(&mut self, sight: &Sight<'_>) -> Surging {
        let rising = self.windows.iter().enumerate().find_map(|(k, &n)| {
            let level = match self.hold {
                Some(_) if k == 0 => return None,
                Some(_) => sight.level,
                None => self.reference_level(sight, n)?,
            };
            self.excess(sight, n, level, START_DEVIATIONS, self.start_share(sight))
                .then_some(n)
        });
        match (self.hold, rising) {
            (None, None) => Surging::No,
            (None, Some(n)) => {
                self.hold = Some((sight.step, n));
                Surging::Began {
                    back_steps: 2 * n,
                    doubtful_steps: n.max(self.windows[1]),
                }
            }
            (Some((since, window)), rising) => {
                let n = window.max(self.windows[1]);
                let (deviations, share) = if self.catch_up {
                    (CATCH_UP_DEVIATIONS, CATCH_UP_SHARE)
                } else {
                    (END_DEVIATIONS, END_SHARE)
                };
                if rising.is_none() && !self.excess(sight, n, sight.level, deviations, share) {
                    self.clear();
                    self.ended_at = Some(sight.step);
                    Surging::Held
                } else if (sight.step - since) as f64 * sight.step_s > ACCEPT_S {
                    self.clear();
                    self.ended_at = Some(sight.step);
                    Surging::Accepted
                } else {
                    Surging::Held
                }
            }
        }
    }

    /// Whether the windows are so young that the level held before is still the reference.
    pub fn leans_on_reference(&self, young_s: f64) -> Option<f64> {
        self.reference.filter(|_| young_s < REFERENCE_S)
    }

    fn reference_level(&self, sight: &Sight<'_>, n: usize) -> Option<f64> {
        if n as u64 > sight.young_steps {
            return None;
        }
        let then = (sight.level_ago)(n).or(self.reference)?;
        let bound = self.leans_on_reference(sight.young_steps as f64 * sight.step_s);
        Some(bound.map_or(then, |reference| then.min(reference)))
    }

    fn start_share(&self, sight: &Sight<'_>) -> f64 {
        if sight.quality >= Quality::Week {
            START_SHARE
        } else {
            START_SHARE_COLD
        }
    }

    fn excess(&self, sight: &Sight<'_>, n: usize, level: f64, deviations: f64, share: f64) -> bool {
        let (count, profile) = (sight.window)(n);
        let expected = scaled_exp(sight.factor, level - sight.level) * profile;
        if count <= expected * (1.0 + share) {
            return false;
        }
        let volatility = if deviations == START_DEVIATIONS {
            sight.volatility.sqrt()
        } else {
            1.0
        };
        let deviation = (sight.dispersion / expected.max(1e-9) + sight.noise).sqrt() * volatility;
        count > expected * (1.0 + share.max(deviations * deviation))
    }
}
