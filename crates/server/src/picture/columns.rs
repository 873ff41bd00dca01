//! Steps added up into columns wide enough to be drawn, however long the series is.

use pulsecheck_core::Verdict;

/// Highs and lows are those of stretches of this many seconds: those of single seconds would be noise.
const EXTREME_S: i64 = 60;

/// Widths of columns that a person can name, each a multiple of the one before; wider ones double.
const WIDTHS_S: [i64; 13] = [1, 2, 10, 30, 60, 120, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/// What is drawn of one judged step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) at: i64,
    actual: Option<f64>,
    expected: Option<f64>,
    variance: f64,
    error: f64,
}

impl Step {
    /// What is drawn of `verdict`; `error` is the relative error of what was expected.
    pub(super) fn of(verdict: &Verdict, error: f64) -> Self {
        let expected = verdict.expected.filter(|expected| expected.is_finite());
        let about = expected.unwrap_or(0.0);
        Self {
            at: verdict.at,
            actual: verdict.actual.map(|count| count as f64),
            expected,
            variance: verdict.dispersion * about,
            error: error * about,
        }
    }
}

/// One column: sums over its steps, so that columns can be joined.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Column {
    counted: f64,
    actual: f64,
    judged: f64,
    expected: f64,
    variance: f64,
    error: f64,
    extremes: Option<(f64, f64)>,
}

impl Column {
    /// Mean count of a step, if any was counted.
    pub(super) fn actual(&self) -> Option<f64> {
        (self.counted > 0.0).then(|| self.actual / self.counted)
    }

    /// Mean of what was expected of a step, and half the width of the band: three standard deviations, in which 997 of 1,000 columns
    /// fall. Errors of steps are added as if they all went the same way, so that more of the wide columns do.
    pub(super) fn expected(&self) -> Option<(f64, f64)> {
        let half = 3.0 * (self.variance + self.error * self.error).sqrt();
        (self.judged > 0.0).then(|| (self.expected / self.judged, half / self.judged))
    }

    /// Lowest and highest mean of a minute in it.
    pub(super) fn extremes(&self) -> Option<(f64, f64)> {
        self.extremes.or_else(|| self.actual().map(|mean| (mean, mean)))
    }

    fn add(&mut self, step: &Step) {
        if let Some(actual) = step.actual {
            self.counted += 1.0;
            self.actual += actual;
        }
        if let Some(expected) = step.expected {
            self.judged += 1.0;
            self.expected += expected;
            self.variance += step.variance;
            self.error += step.error;
        }
    }

    fn stretch(&mut self, mean: f64) {
        let (low, high) = self.extremes.unwrap_or((mean, mean));
        self.extremes = Some((low.min(mean), high.max(mean)));
    }

    fn join(&self, next: &Self, keeps_extremes: bool) -> Self {
        let extremes = match (self.extremes(), next.extremes()) {
            (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
            (one, other) => one.or(other),
        };
        Self {
            counted: self.counted + next.counted,
            actual: self.actual + next.actual,
            judged: self.judged + next.judged,
            expected: self.expected + next.expected,
            variance: self.variance + next.variance,
            error: self.error + next.error,
            extremes: extremes.filter(|_| keeps_extremes),
        }
    }
}

/// Columns of equal width, from the first step on.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    step_s: i64,
    width_s: i64,
    most: usize,
    start: Option<i64>,
    columns: Vec<Column>,
    /// The minute that is being added up for highs and lows: its number, sum and steps.
    minute: (i64, f64, f64),
}

impl Columns {
    pub(super) fn new(step_s: i64, most: usize) -> Self {
        Self {
            step_s,
            width_s: step_s,
            most,
            start: None,
            columns: Vec::new(),
            minute: (i64::MIN, 0.0, 0.0),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    pub(super) fn width_s(&self) -> i64 {
        self.width_s
    }

    /// The seconds covered.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        self.start
            .map(|start| (start, start + self.width_s * self.columns.len() as i64))
    }

    /// Each column with its first second.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &Column)> {
        let (start, width_s) = (self.start.unwrap_or(0), self.width_s);
        self.columns
            .iter()
            .enumerate()
            .map(move |(place, column)| (start + place as i64 * width_s, column))
    }

    pub(super) fn add(&mut self, step: &Step) {
        let start = *self.start.get_or_insert(step.at);
        if step.at < start {
            return;
        }
        let mut place = (step.at - start) / self.width_s;
        while place >= self.most as i64 {
            self.coarsen();
            place = (step.at - start) / self.width_s;
        }
        let place = place as usize;
        if place >= self.columns.len() {
            self.columns.resize(place + 1, Column::default());
        }
        self.columns[place].add(step);
        if self.width_s > EXTREME_S
            && let Some(actual) = step.actual
        {
            self.add_to_minute(place, (step.at - start) / EXTREME_S, actual);
        }
    }

    fn add_to_minute(&mut self, place: usize, minute: i64, actual: f64) {
        let (of, sum, steps) = self.minute;
        self.minute = if of == minute {
            (of, sum + actual, steps + 1.0)
        } else {
            (minute, actual, 1.0)
        };
        let (_, sum, steps) = self.minute;
        if steps as i64 * self.step_s >= EXTREME_S {
            self.columns[place].stretch(sum / steps);
        }
    }

    /// Joins neighbours, so that columns are as wide as the next of [`WIDTHS_S`].
    fn coarsen(&mut self) {
        let keeps_extremes = self.width_s >= EXTREME_S;
        let wider = WIDTHS_S
            .into_iter()
            .find(|width_s| *width_s > self.width_s && width_s % self.width_s == 0)
            .unwrap_or(self.width_s * 2);
        let joined = (wider / self.width_s) as usize;
        self.columns = self
            .columns
            .chunks(joined)
            .map(|run| run.iter().skip(1).fold(run[0], |sum, next| sum.join(next, keeps_extremes)))
            .collect();
        self.width_s = wider;
    }

    /// The same, at most `most` columns, and fewer where the band would otherwise be wider than a quarter of what is expected.
    pub(super) fn for_drawing(&self, most: usize, fewest: usize) -> Self {
        const BAND_MAX: f64 = 0.25;
        let mut drawn = self.clone();
        while drawn.columns.len() > most || (drawn.columns.len() >= 2 * fewest && drawn.band() > BAND_MAX) {
            drawn.coarsen();
        }
        // A last column of a few steps would show their noise as if it were that of a whole one.
        let steps = drawn.columns.last().map_or(0.0, |last| last.counted.max(last.judged));
        if drawn.columns.len() > 1 && steps * 2.0 < (drawn.width_s / drawn.step_s) as f64 {
            drawn.columns.pop();
        }
        drawn
    }

    /// Half the width of the band, as a share of what is expected, on average.
    fn band(&self) -> f64 {
        let bands = self.columns.iter().filter_map(Column::expected);
        let (expected, half) = bands.fold((0.0, 0.0), |sum, (expected, half)| (sum.0 + expected, sum.1 + half));
        if expected > 0.0 { half / expected } else { 0.0 }
    }
}
