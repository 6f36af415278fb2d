//! Charts as inline SVG, drawn by hand. Colours come from classes, so that they follow the page's.

use super::document::{Chart, Point, Shape};
use super::html::escaped;
use crate::display;

const WIDTH: u64 = 720;
const ROW: u64 = 24;
const BAR_HEIGHT: u64 = 12;
const LABEL_WIDTH: u64 = 168;
const VALUE_WIDTH: u64 = 132;
/// Characters that fit into a label at 12 px.
const LABEL_LETTERS: usize = 25;
const COLUMNS_HEIGHT: u64 = 160;
const AXIS_WIDTH: u64 = 48;
const TOP: u64 = 12;

/// `number` makes the ids of the chart's title and description differ from those of other charts.
pub(crate) fn draw(chart: &Chart, number: usize) -> String {
    let (height, body) = match chart.shape {
        Shape::Bars => (chart.points.len() as u64 * ROW, bars(&chart.points)),
        Shape::Columns => (TOP + COLUMNS_HEIGHT + 24, columns(&chart.points)),
    };
    let legend = chart.series.1.map_or_else(String::new, |second| {
        format!(
            "<p class=\"legend\"><span class=\"key first\"></span>{} <span class=\"key second\"></span>{second}</p>\n",
            chart.series.0
        )
    });
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"chart-{number}-title chart-{number}-desc\">\n\
         <title id=\"chart-{number}-title\">{}</title>\n<desc id=\"chart-{number}-desc\">{}</desc>\n{body}</svg>\n{legend}",
        escaped(&chart.title),
        escaped(&chart.description),
    )
}

fn bars(points: &[Point]) -> String {
    let greatest = points.iter().map(|point| point.value + point.second).max().unwrap_or(0).max(1);
    let space = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
    let mut drawn = String::new();
    for (index, point) in points.iter().enumerate() {
        let top = index as u64 * ROW;
        let middle = top + ROW / 2 + 4;
        let bar_top = top + (ROW - BAR_HEIGHT) / 2;
        let first = scaled(point.value, greatest, space);
        let second = scaled(point.second, greatest, space);
        let label = escaped(&shortened(&point.label));
        drawn.push_str(&format!("<text class=\"label\" x=\"0\" y=\"{middle}\">{label}</text>\n"));
        drawn.push_str(&rectangle("first", LABEL_WIDTH, bar_top, first, BAR_HEIGHT));
        drawn.push_str(&rectangle("second", LABEL_WIDTH + first, bar_top, second, BAR_HEIGHT));
        let after = LABEL_WIDTH + first + second + 8;
        let shown = escaped(&point.shown);
        drawn.push_str(&format!("<text class=\"value\" x=\"{after}\" y=\"{middle}\">{shown}</text>\n"));
    }
    drawn
}

/// Cut by letters, not bytes: it is the width that is scarce here.
fn shortened(label: &str) -> String {
    if label.chars().count() <= LABEL_LETTERS {
        return label.to_owned();
    }
    label.chars().take(LABEL_LETTERS - 1).chain(['…']).collect()
}

fn rectangle(class: &str, x: u64, y: u64, width: u64, height: u64) -> String {
    if width == 0 || height == 0 {
        return String::new();
    }
    format!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n")
}

/// A value above zero is never drawn as nothing.
fn scaled(value: u64, greatest: u64, space: u64) -> u64 {
    if value == 0 {
        return 0;
    }
    // Through u128: values come from inputs and may be anything.
    let length = u128::from(value) * u128::from(space) / u128::from(greatest);
    (length as u64).clamp(1, space)
}

fn columns(points: &[Point]) -> String {
    let greatest = points.iter().map(|point| point.value).max().unwrap_or(0);
    let ceiling = round_up(greatest);
    let mut drawn = String::new();
    for step in 0..=2_u64 {
        let y = TOP + COLUMNS_HEIGHT - COLUMNS_HEIGHT * step / 2;
        let value = display::count(ceiling / 2 * step);
        drawn.push_str(&format!(
            "<line class=\"grid\" x1=\"{AXIS_WIDTH}\" y1=\"{y}\" x2=\"{WIDTH}\" y2=\"{y}\"/>\n"
        ));
        drawn.push_str(&format!(
            "<text class=\"axis\" x=\"{}\" y=\"{}\">{value}</text>\n",
            AXIS_WIDTH - 8,
            y + 4
        ));
    }
    let number = points.len().max(1) as f64;
    let space = (WIDTH - AXIS_WIDTH) as f64 / number;
    let width = (space * 0.72).clamp(1.0, 40.0);
    let next_year = points.iter().skip(1).position(begins_a_year).map_or(points.len(), |index| index + 1);
    for (index, point) in points.iter().enumerate() {
        let x = AXIS_WIDTH as f64 + space * (index as f64 + 0.5) - width / 2.0;
        let height = scaled(point.value, ceiling, COLUMNS_HEIGHT);
        let y = TOP + COLUMNS_HEIGHT - height;
        if height > 0 {
            drawn.push_str(&format!(
                "<rect class=\"first\" x=\"{x:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\"/>\n"
            ));
        }
        // The first month says its year too, unless the next year's label would touch it.
        let has_room = next_year as f64 * space > 56.0;
        if begins_a_year(point) || (index == 0 && has_room) {
            let is_short = points.len() <= 12 && index == 0;
            let text =
                if is_short { &point.label } else { point.label.split('-').next().unwrap_or_default() };
            let y = TOP + COLUMNS_HEIGHT + 18;
            drawn
                .push_str(&format!("<text class=\"tick\" x=\"{x:.1}\" y=\"{y}\">{}</text>\n", escaped(text)));
        }
    }
    drawn
}

fn begins_a_year(month: &Point) -> bool {
    month.label.ends_with("-01")
}

/// The next even number that reads well on an axis.
fn round_up(greatest: u64) -> u64 {
    let mut magnitude = 1_u64;
    loop {
        for step in [2, 4, 6, 8, 10] {
            let ceiling = magnitude.saturating_mul(step);
            if ceiling >= greatest {
                return ceiling;
            }
        }
        magnitude = magnitude.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_an_even_number_above_every_value() {
        for (greatest, expected) in
            [(0, 2), (1, 2), (3, 4), (7, 8), (11, 20), (41, 60), (1_000, 1_000), (1_001, 2_000)]
        {
            assert_eq!(round_up(greatest), expected, "{greatest}");
        }
        assert_eq!(round_up(u64::MAX), u64::MAX, "an absurd value must not loop for ever");
    }
}
