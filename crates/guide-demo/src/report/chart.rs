//! Charts as inline SVG.

use std::fmt::Write;

use super::escape;

const WIDTH: f64 = 500.0;
const LABELS: f64 = 110.0;
const ACCENT: &str = "#2f6fdb";
const PALE: &str = "#a9c4f2";

/// Horizontal bars with their values behind them; the first one stands out.
pub(super) fn bars(title: &str, rows: &[(String, f64)], digits: usize) -> String {
    let most = rows
        .iter()
        .map(|row| row.1)
        .fold(0.0, f64::max)
        .max(f64::MIN_POSITIVE);
    let room = WIDTH - LABELS - 60.0;
    let mut body = String::new();
    for (number, (name, value)) in rows.iter().enumerate() {
        let y = 34.0 + 28.0 * number as f64;
        let width = (value / most * room).max(1.0);
        let colour = if number == 0 { ACCENT } else { PALE };
        let _ = write!(
            body,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABELS}\" y=\"{y}\" width=\"{width:.1}\" height=\"20\" rx=\"3\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{value:.digits$}</text>",
            LABELS - 8.0,
            y + 15.0,
            escape(name),
            LABELS + width + 6.0,
            y + 15.0,
        );
    }
    frame(title, 34.0 + 28.0 * rows.len() as f64, &body)
}

/// How many of `values` fall into each of 24 bands, the dearest hundredth in the last one.
pub(super) fn histogram(title: &str, values: &[f32]) -> String {
    const BANDS: usize = 24;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let Some(&high) = sorted
        .get(sorted.len() * 99 / 100)
        .filter(|&&high| high > 0.0)
    else {
        return String::new();
    };
    let mut counts = [0_usize; BANDS];
    for value in sorted {
        let band = (value / high * BANDS as f32).max(0.0) as usize;
        counts[band.min(BANDS - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let step = (WIDTH - 20.0) / BANDS as f64;
    let mut body = String::new();
    for (band, &count) in counts.iter().enumerate() {
        let height = count as f64 / most * 130.0;
        let _ = write!(
            body,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{ACCENT}\"/>",
            10.0 + step * band as f64,
            170.0 - height,
            step - 2.0,
        );
    }
    let _ = write!(
        body,
        "<text class=\"soft\" x=\"10\" y=\"188\">0</text>\
         <text class=\"soft\" x=\"{}\" y=\"188\" text-anchor=\"end\">{high:.0} and more</text>\
         <text class=\"soft\" x=\"{}\" y=\"40\" text-anchor=\"end\">up to {most} products</text>",
        WIDTH - 10.0,
        WIDTH - 10.0,
    );
    frame(title, 190.0, &body)
}

/// Counts from the largest to the smallest, as an area.
pub(super) fn long_tail(title: &str, counts: &[u32]) -> String {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let Some(&most) = sorted.first().filter(|&&most| most > 0) else {
        return String::new();
    };
    let points = 200.min(sorted.len());
    let mut path = "M10,170".to_owned();
    for point in 0..points {
        let share = point as f64 / (points - 1).max(1) as f64;
        let count = sorted[(share * (sorted.len() - 1) as f64) as usize];
        let (x, y) = (
            10.0 + share * (WIDTH - 20.0),
            170.0 - f64::from(count) / f64::from(most) * 130.0,
        );
        let _ = write!(path, " L{x:.1},{y:.1}");
    }
    let right = WIDTH - 10.0;
    let body = format!(
        "<path d=\"{path} L{right},170 Z\" fill=\"{PALE}\" stroke=\"{ACCENT}\"/>\
         <text class=\"soft\" x=\"10\" y=\"188\">most taken</text>\
         <text class=\"soft\" x=\"{right}\" y=\"188\" text-anchor=\"end\">product {}</text>\
         <text class=\"soft\" x=\"{right}\" y=\"40\" text-anchor=\"end\">up to {most} shoppers</text>",
        sorted.len(),
    );
    frame(title, 190.0, &body)
}

fn frame(title: &str, height: f64, body: &str) -> String {
    let height = height + 8.0;
    let title = escape(title);
    format!(
        "<svg class=\"chart\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">\
         <text x=\"10\" y=\"18\" font-weight=\"600\">{title}</text>{body}</svg>"
    )
}
