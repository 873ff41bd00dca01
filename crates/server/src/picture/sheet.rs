//! The sheet: the answer, the legend, the whole span, and below it each drop close up.

use super::panel::{Frame, Panel, class};
use super::{Picture, Zoom};
use crate::backtest::Report;
use crate::wording;
use pulsecheck_core::{Alarm, AlarmKind};
use std::fmt::Write;

const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 32.0;
/// Room left of a plot for the figures of its axis.
const AXIS: f64 = 60.0;
const OVERVIEW_TOP: f64 = 164.0;
const OVERVIEW_HEIGHT: f64 = 244.0;
const ZOOM_HEIGHT: f64 = 170.0;
/// From the top of one close-up to the next: two lines of text, the unit, the plot, the axis.
const ZOOM_PITCH: f64 = 310.0;
const ZOOM_TEXT: f64 = 88.0;
const STYLE: &str = include_str!("sheet.css");

pub(super) fn draw(picture: &Picture, name: &str, report: &Report<'_>) -> String {
    let rows = picture.zooms.len().div_ceil(2) as f64;
    let overview_bottom = OVERVIEW_TOP + OVERVIEW_HEIGHT + 40.0;
    let height = overview_bottom + rows * ZOOM_PITCH + MARGIN;
    let answer = report.answer();
    let mut svg = String::with_capacity(1 << 17);
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pulsecheck\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\
         <title id=\"title\">{}: {}</title><desc id=\"desc\">{}</desc><style>{STYLE}</style>\
         <defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path class=\"hatching\" d=\"M0 0V7\"/></pattern></defs>\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>",
        escaped(name),
        escaped(&answer),
        escaped(&description(report)),
    );
    let sheet = Sheet {
        report,
        ended_at: report.replay.ended_at.unwrap_or(0),
        step_s: i64::from(picture.step_s),
    };
    sheet.head(&mut svg, name, &answer, picture);
    sheet.overview(&mut svg, picture);
    for (place, zoom) in picture.zooms.iter().enumerate() {
        let top = overview_bottom + (place / 2) as f64 * ZOOM_PITCH;
        let alone = picture.zooms.len() == 1;
        let half = (WIDTH - 2.0 * MARGIN - 40.0) / 2.0;
        let width = if alone { WIDTH - 2.0 * MARGIN } else { half };
        let left = if place % 2 == 0 { MARGIN } else { MARGIN + half + 40.0 };
        sheet.zoom(
            &mut svg,
            zoom,
            place + 1,
            Frame {
                left,
                top,
                width,
                height: ZOOM_HEIGHT,
            },
        );
    }
    svg.push_str("</svg>\n");
    svg
}

struct Sheet<'a> {
    report: &'a Report<'a>,
    ended_at: i64,
    step_s: i64,
}

impl Sheet<'_> {
    fn head(&self, svg: &mut String, name: &str, answer: &str, picture: &Picture) {
        let span = picture.overview.span().map(|(from, end)| {
            let day = |at| wording::local(at, self.report.zone, "%a %-d %b %Y %H:%M");
            format!(
                ", {} to {}",
                day(from),
                wording::local(end, self.report.zone, "%a %-d %b %Y %H:%M %Z")
            )
        });
        let question = format!("{name}{}", span.unwrap_or_default());
        let _ = write!(
            svg,
            "<text class=\"soft\" x=\"{MARGIN}\" y=\"44\">{}</text>",
            escaped(&question)
        );
        let _ = write!(
            svg,
            "<text class=\"answer\" style=\"font-size:{:.0}px\" x=\"{MARGIN}\" y=\"76\">{}</text>",
            answer_size(answer),
            escaped(answer)
        );
        let drawn = picture.overview.for_drawing(OVERVIEW_POINTS, OVERVIEW_POINTS / 4);
        let width = wording::duration(drawn.width_s() as f64);
        let has = |class_wanted: &str| self.report.alarms.iter().any(|alarm| class(alarm) == class_wanted);
        let mut at = MARGIN;
        let mut entry = |sample: &str, text: &str| {
            let _ = write!(
                svg,
                "<g transform=\"translate({at:.0} 108)\">{sample}<text class=\"legend\" x=\"24\" y=\"4\">{text}</text></g>"
            );
            // Six pixels a letter is what a line of 13 px type needs at most.
            at += 24.0 + 6.0 * text.chars().count() as f64 + 24.0;
        };
        entry(
            "<path class=\"actual\" d=\"M0 0H16\"/>",
            &format!("Counted, means of {width}"),
        );
        if drawn.width_s() > 60 {
            entry(
                "<rect class=\"range\" y=\"-6\" width=\"16\" height=\"12\"/>",
                "Lowest to highest minute",
            );
        }
        entry(
            "<rect class=\"band swatch\" y=\"-6\" width=\"16\" height=\"12\"/>",
            "Expected, 3 standard deviations: at least 997 of 1,000 inside",
        );
        for (class, text) in [("lost", "Lost"), ("weak", "Depressed")] {
            if has(class) {
                entry(
                    &format!("<rect class=\"area {class}\" y=\"-6\" width=\"16\" height=\"12\"/>"),
                    text,
                );
            }
        }
        if has("silent") {
            entry("<rect class=\"hatch\" y=\"-6\" width=\"16\" height=\"12\"/>", "No data");
        }
    }

    fn overview(&self, svg: &mut String, picture: &Picture) {
        let frame = Frame {
            left: MARGIN + AXIS,
            top: OVERVIEW_TOP,
            width: WIDTH - 2.0 * MARGIN - AXIS,
            height: OVERVIEW_HEIGHT,
        };
        let columns = picture.overview.for_drawing(OVERVIEW_POINTS, OVERVIEW_POINTS / 4);
        let Some((from, end)) = columns.span() else {
            let _ = write!(
                svg,
                "<text class=\"soft\" x=\"{}\" y=\"{}\">Too little history to judge.</text>",
                frame.left,
                frame.top + 40.0
            );
            return;
        };
        let alarms: Vec<&Alarm> = self.report.alarms.iter().collect();
        self.panel(frame, 0, &columns, &alarms, 8).draw(svg);
        let mut last = f64::MIN;
        for (place, zoom) in picture.zooms.iter().enumerate() {
            let Some(first) = zoom.alarms.first() else { continue };
            let x = frame.left + frame.width * ((first.onset - from) as f64 / (end - from).max(1) as f64).clamp(0.0, 1.0);
            let lane = if x - last < 14.0 { 14.0 } else { 0.0 };
            last = x;
            let y = frame.top - 6.0 - lane;
            let _ = write!(
                svg,
                "<path class=\"mark\" d=\"M{x:.1} {:.1}V{:.1}\"/>",
                y + 3.0,
                frame.top + frame.height
            );
            let _ = write!(
                svg,
                "<text class=\"number\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
                place + 1
            );
        }
        let drops = self
            .report
            .alarms
            .iter()
            .filter(|alarm| alarm.kind == AlarmKind::Drop)
            .count();
        let shown: usize = picture.zooms.iter().map(|zoom| zoom.alarms.len()).sum();
        if drops > shown {
            let text = format!("Below: the first {} drops of {drops}", wording::count(shown as f64));
            let _ = write!(
                svg,
                "<text class=\"axis\" text-anchor=\"end\" x=\"{:.1}\" y=\"44\">{text}</text>",
                WIDTH - MARGIN
            );
        }
    }

    fn zoom(&self, svg: &mut String, zoom: &Zoom, number: usize, room: Frame) {
        let Some(worst) = zoom.alarms.iter().max_by(|one, other| one.lost.total_cmp(&other.lost)) else {
            return;
        };
        let (title, detail) = self.words(zoom, worst);
        let word = crate::backtest::word(worst);
        let word = word[..1].to_uppercase() + &word[1..];
        let _ = write!(
            svg,
            "<path class=\"rule\" d=\"M{} {:.1}h{}\"/>",
            room.left, room.top, room.width
        );
        let _ = write!(
            svg,
            "<text class=\"heading\" x=\"{}\" y=\"{:.1}\"><tspan class=\"faint\">{number}</tspan> <tspan class=\"word {}\" dx=\"4\">{word}.</tspan> {}</text>",
            room.left,
            room.top + 26.0,
            class(worst),
            escaped(&title),
        );
        let _ = write!(
            svg,
            "<text class=\"soft\" x=\"{}\" y=\"{:.1}\">{}</text>",
            room.left,
            room.top + 46.0,
            escaped(&detail)
        );
        let frame = Frame {
            left: room.left + AXIS,
            top: room.top + ZOOM_TEXT,
            width: room.width - AXIS,
            height: room.height,
        };
        let points = (frame.width / 2.0) as usize;
        let columns = zoom.columns.for_drawing(points, 90);
        // All alarms, so that a neighbour or a gap in the data is not drawn as if nothing had been said.
        let alarms: Vec<&Alarm> = self.report.alarms.iter().collect();
        self.panel(frame, number, &columns, &alarms, if points > 400 { 8 } else { 5 })
            .draw(svg);
    }

    fn words(&self, zoom: &Zoom, worst: &Alarm) -> (String, String) {
        let figure = |judged: f64| wording::estimate(self.report.facts.scale.back(judged));
        let (low, high) = worst.lost_interval;
        let title = format!(
            "{} below expected, {} fewer ({} to {})",
            wording::percent(worst.depth),
            figure(worst.lost),
            figure(low),
            figure(high)
        );
        let onset = wording::local(worst.onset, self.report.zone, "%a %-d %b %H:%M:%S");
        let told = wording::duration((worst.fired_at - worst.onset) as f64);
        let end = match worst.recovered_at {
            Some(end) => format!("back after {}", wording::duration((end - worst.onset) as f64)),
            None => "still so at the end of the file".into(),
        };
        let others = zoom.alarms.len() - 1;
        let more = if others > 0 {
            format!("; {others} more")
        } else {
            String::new()
        };
        (title, format!("From {onset}, told after {told}, {end}{more}"))
    }

    fn panel<'a>(
        &'a self,
        frame: Frame,
        number: usize,
        columns: &'a super::Columns,
        alarms: &'a [&'a Alarm],
        times_most: i64,
    ) -> Panel<'a> {
        let (unit_s, unit) = match self.step_s {
            1..=60 => (60, "a minute"),
            61..=3599 if self.step_s == 300 => (300, "in 5 minutes"),
            _ => (3600, "an hour"),
        };
        let per_step = self.report.facts.scale.back(unit_s as f64 / self.step_s.max(1) as f64);
        Panel {
            frame,
            number,
            columns,
            alarms,
            ended_at: self.ended_at,
            per_step,
            unit,
            zone: self.report.zone,
            times_most,
        }
    }
}

/// The type size at which the answer fits on one line: 24 px, or less where it is long.
fn answer_size(answer: &str) -> f64 {
    // A bold letter is about half as wide as its size.
    const WIDTH_OF_SIZE: f64 = 0.54;
    let letters = answer.chars().count().max(1) as f64;
    ((WIDTH - 2.0 * MARGIN) / (WIDTH_OF_SIZE * letters)).clamp(13.0, 24.0).floor()
}

/// At least two pixels for each point.
const OVERVIEW_POINTS: usize = 530;

fn description(report: &Report<'_>) -> String {
    let lines: Vec<String> = report
        .alarms
        .iter()
        .take(20)
        .map(|alarm| {
            let depth = if alarm.kind == AlarmKind::Drop {
                format!(", {} below expected", wording::percent(alarm.depth))
            } else {
                String::new()
            };
            format!(
                "{} from {}{depth}.",
                crate::backtest::word(alarm),
                wording::instant(alarm.onset, report.zone)
            )
        })
        .collect();
    if lines.is_empty() {
        "No alarms.".into()
    } else {
        lines.join(" ")
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Control characters cannot be written in XML at all.
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
