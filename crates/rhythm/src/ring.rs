//! Rings of the recent past, in constant memory: sums of counts over any window, and the level as it was held some time ago.

/// Running sums of counts and of the profile over the last steps (or blocks), kept so that a window costs two look-ups.
///
/// The profile is summed over known steps only, so a window with missing steps compares like with like.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Sums {
    count: Box<[f64]>,
    profile: Box<[f64]>,
    mask: usize,
    next: usize,
}

impl Sums {
    /// A ring for windows of up to `longest` entries.
    pub fn for_windows(longest: usize) -> Self {
        let capacity = (longest + 1).next_power_of_two();
        Self {
            count: vec![0.0; capacity].into(),
            profile: vec![0.0; capacity].into(),
            mask: capacity - 1,
            next: 1,
        }
    }

    /// Adds the newest entry.
    #[inline]
    pub fn push(&mut self, count: f64, profile: f64) {
        let (last, here) = ((self.next - 1) & self.mask, self.next & self.mask);
        self.count[here] = self.count[last] + count;
        self.profile[here] = self.profile[last] + profile;
        self.next += 1;
        if here == 0 {
            self.rebase();
        }
    }

    /// Counts and profile over the last `n` entries.
    #[inline]
    pub fn last(&self, n: usize) -> (f64, f64) {
        self.span(0, n)
    }

    /// Counts and profile over `n` entries that end `skip` entries before the newest.
    #[inline]
    pub fn span(&self, skip: usize, n: usize) -> (f64, f64) {
        let end = self.next.wrapping_sub(1 + skip) & self.mask;
        let start = self.next.wrapping_sub(1 + skip + n) & self.mask;
        (self.count[end] - self.count[start], self.profile[end] - self.profile[start])
    }

    /// The most entries a window may have.
    pub fn longest(&self) -> usize {
        self.mask
    }

    /// Adds to the entry `back` before the newest, as a late row does.
    pub fn amend(&mut self, back: usize, count: f64, profile: f64) {
        for age in 0..=back {
            let slot = (self.next - 1 - age) & self.mask;
            self.count[slot] += count;
            self.profile[slot] += profile;
        }
    }

    /// Keeps the running sums small, so that counts stay exact and the profile keeps its digits for ever.
    fn rebase(&mut self) {
        let oldest = self.next & self.mask;
        let (count, profile) = (self.count[oldest], self.profile[oldest]);
        self.count.iter_mut().for_each(|sum| *sum -= count);
        self.profile.iter_mut().for_each(|sum| *sum -= profile);
    }
}

/// The recent past at three resolutions: the last steps, the last blocks of steps, and the last minutes.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Recent {
    steps: Sums,
    blocks: Sums,
    minutes: Sums,
    block_steps: usize,
    minute_steps: usize,
    into_minute: usize,
}

impl Recent {
    /// For windows of up to `longest` steps that begin and end with blocks of `block_steps`, and shorter ones of any length.
    pub fn new(longest: usize, block_steps: usize) -> Self {
        let by_steps = if block_steps == 1 { longest } else { longest.min(STEPS_KEPT) };
        let by_blocks = if block_steps == 1 { 1 } else { longest.div_ceil(block_steps) };
        let minute_steps = (MINUTE_BLOCKS * block_steps).max(1);
        Self {
            steps: Sums::for_windows(by_steps),
            blocks: Sums::for_windows(by_blocks),
            minutes: Sums::for_windows(if block_steps == 1 { 1 } else { MINUTES_KEPT }),
            block_steps,
            minute_steps,
            into_minute: 0,
        }
    }

    /// Adds the newest step.
    #[inline]
    pub fn push_step(&mut self, count: f64, profile: f64) {
        self.steps.push(count, profile);
    }

    /// Adds the newest block, whose steps were added before.
    pub fn push_block(&mut self) {
        if self.block_steps > 1 {
            let (count, profile) = self.steps.last(self.block_steps);
            self.blocks.push(count, profile);
            self.into_minute += self.block_steps;
            if self.into_minute == self.minute_steps {
                self.into_minute = 0;
                let (count, profile) = self.blocks.last(MINUTE_BLOCKS);
                self.minutes.push(count, profile);
            }
        }
    }

    /// Counts and profile over the last `n` steps; longer windows are exact at block ends and rounded up to blocks.
    #[inline]
    pub fn last(&self, n: usize) -> (f64, f64) {
        self.span(0, n)
    }

    /// Counts and profile over `n` steps that end `skip` steps before the newest, both rounded up to blocks where they reach far back.
    #[inline]
    pub fn span(&self, skip: usize, n: usize) -> (f64, f64) {
        if skip + n <= self.steps.longest() {
            return self.steps.span(skip, n);
        }
        self.far_span(skip, n)
    }

    fn far_span(&self, skip: usize, n: usize) -> (f64, f64) {
        if skip + n <= self.blocks.longest() * self.block_steps {
            self.blocks
                .span(skip.div_ceil(self.block_steps), n.div_ceil(self.block_steps))
        } else {
            let skip = skip.saturating_sub(self.into_minute).div_ceil(self.minute_steps);
            self.minutes.span(
                skip,
                n.div_ceil(self.minute_steps)
                    .min(self.minutes.longest() - skip.min(self.minutes.longest())),
            )
        }
    }

    /// The most steps a span may reach back.
    pub fn longest(&self) -> usize {
        let by_blocks = if self.block_steps == 1 {
            0
        } else {
            (self.minutes.longest() - 1) * self.minute_steps
        };
        self.steps.longest().max(by_blocks)
    }

    /// Adds a late row to the step `back` before the newest, `into_block` steps into the block that runs.
    pub fn amend(&mut self, back: usize, into_block: usize, count: f64, profile: f64) {
        if back < self.steps.longest() {
            self.steps.amend(back, count, profile);
        }
        if self.block_steps > 1 && back >= into_block {
            let blocks_back = (back - into_block) / self.block_steps;
            if blocks_back < self.blocks.longest() {
                self.blocks.amend(blocks_back, count, profile);
            }
            if blocks_back * self.block_steps >= self.into_minute {
                let minutes_back = (blocks_back * self.block_steps - self.into_minute) / self.minute_steps;
                if minutes_back < self.minutes.longest() {
                    self.minutes.amend(minutes_back, count, profile);
                }
            }
        }
    }

    /// Bytes held on the heap.
    pub fn bytes(&self) -> usize {
        (self.steps.longest() + self.blocks.longest() + self.minutes.longest() + 3) * 16
    }
}

/// Blocks to a "minute", and minutes kept.
const MINUTE_BLOCKS: usize = 12;
const MINUTES_KEPT: usize = 63;

/// Steps kept one by one where blocks are longer than a step.
const STEPS_KEPT: usize = 127;

/// A ring of values, the newest last.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "save", derive(serde::Serialize, serde::Deserialize))]
pub struct Past<T> {
    values: Box<[T]>,
    len: usize,
    next: usize,
}

impl<T: Copy + Default> Past<T> {
    /// A ring that remembers `capacity` values.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            values: vec![T::default(); capacity].into(),
            len: 0,
            next: 0,
        }
    }

    /// Adds the newest value.
    #[inline]
    pub fn push(&mut self, value: T) {
        self.values[self.next] = value;
        self.next = if self.next + 1 == self.values.len() {
            0
        } else {
            self.next + 1
        };
        self.len = (self.len + 1).min(self.values.len());
    }

    /// The value `back` before the newest (0 is the newest), if it is remembered.
    #[inline]
    pub fn back(&self, back: usize) -> Option<&T> {
        (back < self.len).then(|| &self.values[self.slot(back)])
    }

    /// The value `back` before the newest, to change it.
    pub fn back_mut(&mut self, back: usize) -> Option<&mut T> {
        let slot = self.slot(back.min(self.values.len() - 1));
        (back < self.len).then(|| &mut self.values[slot])
    }

    /// Forgets all but the `keep` newest values.
    pub fn keep(&mut self, keep: usize) {
        self.len = self.len.min(keep);
    }

    /// Bytes held on the heap.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.values)
    }

    /// How many values are remembered.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    fn slot(&self, back: usize) -> usize {
        let capacity = self.values.len();
        let slot = self.next + capacity - 1 - back;
        if slot >= capacity { slot - capacity } else { slot }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_stay_exact_after_many_turns() {
        let mut sums = Sums::for_windows(7);
        for i in 0..1_000_u64 {
            sums.push(i as f64, 0.5);
        }
        assert_eq!(sums.last(3), (999.0 + 998.0 + 997.0, 1.5));
        assert_eq!(sums.span(2, 2), (997.0 + 996.0, 1.0));
    }

    #[test]
    fn a_late_row_is_in_the_windows_that_cover_it_and_in_no_other() {
        let mut sums = Sums::for_windows(7);
        for _ in 0..20 {
            sums.push(10.0, 1.0);
        }
        sums.amend(2, 5.0, 0.0);
        assert_eq!(sums.last(2).0, 20.0);
        assert_eq!(sums.last(3).0, 35.0);
        assert_eq!(sums.last(4).0, 45.0);
    }

    #[test]
    fn the_past_forgets_what_does_not_fit() {
        let mut past = Past::with_capacity(3);
        for value in 1..=5 {
            past.push(value);
        }
        assert_eq!((past.back(0), past.back(2), past.back(3)), (Some(&5), Some(&3), None));
    }
}
