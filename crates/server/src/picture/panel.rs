//! One plot: band, expected, actual, what was lost, and the axes.

use super::axis;
use super::columns::{Column, Columns};
use crate::wording;
use jiff::tz::TimeZone;
use pulsecheck_core::{Alarm, AlarmKind};
use std::fmt::Write;

/// Where a plot stands on the sheet, in pixels; the axes are written outside of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A plot and what it shows.
pub(super) struct Panel<'a> {
    pub(super) frame: Frame,
    /// Distinguishes the clip paths of one sheet.
    pub(super) number: usize,
    pub(super) columns: &'a Columns,
    pub(super) alarms: &'a [&'a Alarm],
    /// The last second that is known, where an alarm still lasts.
    pub(super) ended_at: i64,
    /// From the mean count of a step to the figure on the axis.
    pub(super) per_step: f64,
    pub(super) unit: &'a str,
    pub(super) zone: &'a TimeZone,
    pub(super) times_most: i64,
}

impl Panel<'_> {
    /// Draws the plot into `svg`.
    pub(super) fn draw(&self, svg: &mut String) {
        let Some((from, end)) = self.columns.span() else { return };
        let plot = Plot {
            panel: self,
            from,
            end,
            top: self.top(),
        };
        let Frame {
            left,
            top,
            width,
            height,
        } = self.frame;
        let clip = format!("clip{}", self.number);
        let _ = write!(
            svg,
            "<clipPath id=\"{clip}\"><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/></clipPath>"
        );
        plot.axes(svg);
        let _ = write!(svg, "<g clip-path=\"url(#{clip})\">");
        plot.band(svg);
        plot.silence(svg);
        plot.lost(svg);
        plot.lines(svg);
        svg.push_str("</g>");
        plot.bars(svg);
    }

    /// The value at the top of the plot: what the band and the line need, and a seventh more.
    fn top(&self) -> f64 {
        let (mut band, mut line) = (0.0_f64, 0.0_f64);
        for (_, column) in self.columns.iter() {
            band = band.max(
                column
                    .expected()
                    .map_or(0.0, |(expected, half)| (expected + half).min(expected * 2.0)),
            );
            line = line.max(column.actual().unwrap_or(0.0));
        }
        // A spike may be cut off: what counts is how far the line is below.
        let needed = if band > 0.0 { band.max(line.min(band * 1.5)) } else { line };
        let top = needed * 1.15 * self.per_step;
        if top > 0.0 { top } else { 1.0 }
    }

    fn end_of(&self, alarm: &Alarm) -> i64 {
        alarm.recovered_at.unwrap_or(self.ended_at)
    }
}

/// The class that colours an alarm.
pub(super) fn class(alarm: &Alarm) -> &'static str {
    match (alarm.kind, alarm.lost_at) {
        (AlarmKind::NoData, _) => "silent",
        (AlarmKind::Drop, Some(_)) => "lost",
        (AlarmKind::Drop, None) => "weak",
    }
}

struct Plot<'a> {
    panel: &'a Panel<'a>,
    from: i64,
    end: i64,
    top: f64,
}

impl Plot<'_> {
    fn x(&self, at: i64) -> f64 {
        let frame = self.panel.frame;
        frame.left + frame.width * ((at - self.from) as f64 / (self.end - self.from).max(1) as f64).clamp(0.0, 1.0)
    }

    fn middle(&self, at: i64) -> f64 {
        self.x(at) + self.panel.frame.width * self.panel.columns.width_s() as f64 / (self.end - self.from).max(1) as f64 / 2.0
    }

    fn y(&self, mean: f64) -> f64 {
        let frame = self.panel.frame;
        frame.top + frame.height * (1.0 - mean * self.panel.per_step / self.top)
    }

    fn axes(&self, svg: &mut String) {
        let Frame {
            left,
            top,
            width,
            height,
        } = self.panel.frame;
        let right = left + width;
        for value in axis::values(self.top) {
            let y = top + height * (1.0 - value / self.top);
            let class = if value == 0.0 { "zero" } else { "grid" };
            let _ = write!(svg, "<path class=\"{class}\" d=\"M{left:.1} {y:.1}H{right:.1}\"/>");
            let _ = write!(
                svg,
                "<text class=\"axis\" text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                left - 8.0,
                y + 4.0,
                wording::figure(value)
            );
        }
        let _ = write!(
            svg,
            "<text class=\"axis\" text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            left - 8.0,
            top - 14.0,
            self.panel.unit
        );
        self.times(svg);
    }

    fn times(&self, svg: &mut String) {
        // Type of 12 px is at most this wide, a letter.
        const LETTER: f64 = 6.6;
        const APART: f64 = 10.0;
        let Frame {
            left,
            top,
            width,
            height,
        } = self.panel.frame;
        let (right, bottom) = (left + width, top + height);
        let mut free_until = f64::MAX;
        let times = axis::times(self.from, self.end, self.panel.times_most, self.panel.zone);
        // From the last one back: it names the zone, so it is the one to keep where two would touch.
        for (place, (at, text)) in times.iter().enumerate().rev() {
            let zone = if place + 1 == times.len() {
                wording::local(*at, self.panel.zone, " %Z")
            } else {
                String::new()
            };
            let length = LETTER * (text.len() + zone.len()) as f64;
            let x = self.x(*at);
            let starts = (x - length / 2.0).min(right - length).max(left - 20.0);
            if starts + length + APART > free_until {
                continue;
            }
            free_until = starts;
            let _ = write!(svg, "<path class=\"zero\" d=\"M{x:.1} {:.1}v4\"/>", bottom + 5.0);
            let _ = write!(
                svg,
                "<text class=\"axis\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{text}{zone}</text>",
                starts + length / 2.0,
                bottom + 21.0
            );
        }
    }

    /// Hatches what is not known: columns without a count, and stretches declared silent.
    fn silence(&self, svg: &mut String) {
        let Frame { top, height, .. } = self.panel.frame;
        let mut hatch = |from: f64, to: f64| {
            // A hatch narrower than its lines would look like dots.
            let class = if to - from < 6.0 { "gap" } else { "hatch" };
            let _ = write!(
                svg,
                "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"{height}\"/>",
                (to - from).max(2.0)
            );
            if to - from > 64.0 {
                let _ = write!(
                    svg,
                    "<text class=\"unknown\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">no data</text>",
                    (from + to) / 2.0,
                    top + height - 12.0
                );
            }
        };
        for alarm in self.shown().filter(|alarm| alarm.kind == AlarmKind::NoData) {
            hatch(self.x(alarm.onset), self.x(self.panel.end_of(alarm)));
        }
        let width_s = self.panel.columns.width_s();
        for run in runs(self.panel.columns, |column| column.actual().is_none()) {
            if let (Some((first, _)), Some((last, _))) = (run.first(), run.last()) {
                hatch(self.x(*first), self.x(last + width_s));
            }
        }
    }

    fn band(&self, svg: &mut String) {
        for run in runs(self.panel.columns, |column| column.expected().is_some()) {
            let edge = |sign: f64| {
                let points = run.iter().filter_map(|(at, column)| {
                    column
                        .expected()
                        .map(|(expected, half)| (self.middle(*at), self.y((expected + sign * half).max(0.0))))
                });
                points.collect::<Vec<_>>()
            };
            let (upper, lower) = (edge(1.0), edge(-1.0));
            let around: Vec<_> = upper.iter().chain(lower.iter().rev()).copied().collect();
            let _ = write!(svg, "<path class=\"band\" d=\"{}Z\"/>", line(&around));
            let _ = write!(svg, "<path class=\"edge\" d=\"{}{}\"/>", line(&upper), line(&lower));
        }
    }

    /// Fills what lies between expected and actual while an alarm lasts: the area is the number lost.
    fn lost(&self, svg: &mut String) {
        for alarm in self.shown().filter(|alarm| alarm.kind == AlarmKind::Drop) {
            let stretch = self.within(alarm);
            let known: Vec<_> = stretch
                .iter()
                .filter_map(|(at, column)| Some((*at, column.expected()?.0, column.actual()?)))
                .collect();
            let width_s = self.panel.columns.width_s();
            let mut around = Vec::new();
            // Columns are drawn as steps here, so that an alarm within a single one has an area as well.
            for (at, expected, _) in &known {
                around.extend([(self.x(*at), self.y(*expected)), (self.x(at + width_s), self.y(*expected))]);
            }
            for (at, expected, actual) in known.iter().rev() {
                let actual = actual.min(*expected);
                around.extend([(self.x(at + width_s), self.y(actual)), (self.x(*at), self.y(actual))]);
            }
            if !around.is_empty() {
                let _ = write!(svg, "<path class=\"area {}\" d=\"{}Z\"/>", class(alarm), line(&around));
            }
        }
    }

    fn lines(&self, svg: &mut String) {
        for run in runs(self.panel.columns, |column| column.expected().is_some()) {
            let points: Vec<_> = run
                .iter()
                .filter_map(|(at, column)| column.expected().map(|(expected, _)| (self.middle(*at), self.y(expected))))
                .collect();
            let _ = write!(svg, "<path class=\"expected\" d=\"{}\"/>", line(&points));
        }
        for run in runs(self.panel.columns, |column| column.actual().is_some()) {
            let bound = |pick: fn((f64, f64)) -> f64| {
                run.iter()
                    .filter_map(move |(at, column)| column.extremes().map(|extremes| (self.middle(*at), self.y(pick(extremes)))))
            };
            let around: Vec<_> = bound(|extremes| extremes.1)
                .chain(bound(|extremes| extremes.0).collect::<Vec<_>>().into_iter().rev())
                .collect();
            let _ = write!(svg, "<path class=\"range\" d=\"{}Z\"/>", line(&around));
            let _ = write!(svg, "<path class=\"actual\" d=\"{}\"/>", line(&self.actual(&run)));
        }
        for alarm in self.shown().filter(|alarm| alarm.kind == AlarmKind::Drop) {
            let stretch = self.within(alarm);
            let _ = write!(
                svg,
                "<path class=\"worst {}\" d=\"{}\"/>",
                class(alarm),
                line(&self.actual(&stretch))
            );
            for (at, column) in &stretch {
                if let (Some(mean), Some((low, _))) = (column.actual(), column.extremes()) {
                    let _ = write!(
                        svg,
                        "<path class=\"worst {}\" d=\"M{:.1} {:.1}V{:.1}\"/>",
                        class(alarm),
                        self.middle(*at),
                        self.y(mean),
                        self.y(low)
                    );
                }
            }
        }
    }

    /// Bars on the time axis over the span of each alarm.
    fn bars(&self, svg: &mut String) {
        let bottom = self.panel.frame.top + self.panel.frame.height;
        for alarm in self.shown() {
            let (from, to) = (self.x(alarm.onset), self.x(self.panel.end_of(alarm)));
            let _ = write!(
                svg,
                "<rect class=\"bar {}\" x=\"{from:.1}\" y=\"{bottom:.1}\" width=\"{:.1}\" height=\"5\"/>",
                class(alarm),
                (to - from).max(2.0)
            );
        }
    }

    fn actual(&self, run: &[(i64, &Column)]) -> Vec<(f64, f64)> {
        run.iter()
            .filter_map(|(at, column)| column.actual().map(|actual| (self.middle(*at), self.y(actual))))
            .collect()
    }

    fn shown(&self) -> impl Iterator<Item = &&Alarm> {
        self.panel
            .alarms
            .iter()
            .filter(|alarm| self.panel.end_of(alarm) > self.from && alarm.onset < self.end)
    }

    fn within(&self, alarm: &Alarm) -> Vec<(i64, &Column)> {
        let (width_s, end) = (self.panel.columns.width_s(), self.panel.end_of(alarm));
        self.panel
            .columns
            .iter()
            .filter(|(at, _)| at + width_s > alarm.onset && *at < end)
            .collect()
    }
}

/// Stretches of neighbouring columns of which `is` holds.
fn runs(columns: &Columns, is: fn(&Column) -> bool) -> Vec<Vec<(i64, &Column)>> {
    let mut runs = vec![Vec::new()];
    for (at, column) in columns.iter() {
        match (is(column), runs.last_mut()) {
            (true, Some(run)) => run.push((at, column)),
            (false, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// A path through points, with a tenth of a pixel.
fn line(points: &[(f64, f64)]) -> String {
    let mut path = String::with_capacity(points.len() * 12);
    for (place, (x, y)) in points.iter().enumerate() {
        let _ = write!(path, "{}{x:.1} {y:.1}", if place == 0 { 'M' } else { 'L' });
    }
    path
}
