//! Charts as SVG. Lengths are whole tenths of a pixel, so that no text of a fraction is needed.
//!
//! A chart is one image for a screen reader; the table under it has the numbers. Must not know what is counted.

use maud::{Markup, html};

use super::parts::grouped;
use crate::clock::Hour;

/// Seconds of two days are shown with the hour, more with the day alone.
const DAYS_ALONE: u64 = 48;
/// What a number of zero is drawn as, and the least width of a column.
const THIN: u64 = 12;

/// The horizontal axis: slots of equal length, each for one report or none.
pub(super) struct Axis {
    first: Hour,
    last: Hour,
    /// Hours of one slot: the shortest time between two reports.
    slot: u64,
}

impl Axis {
    /// The axis for reports of these hours, if there are any.
    pub(super) fn of(hours: &[Hour]) -> Option<Self> {
        let mut sorted = hours.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let gaps = sorted.windows(2).map(|pair| u64::from(pair[1].unix_hours() - pair[0].unix_hours()));
        Some(Self { first: *sorted.first()?, last: *sorted.last()?, slot: gaps.min().unwrap_or(1) })
    }

    pub(super) const fn first(&self) -> Hour {
        self.first
    }

    pub(super) const fn last(&self) -> Hour {
        self.last
    }

    fn hours(&self) -> u64 {
        u64::from(self.last.unix_hours() - self.first.unix_hours())
    }

    /// Where the column of an hour starts and how wide it is, on a plot of this width.
    fn column(&self, hour: Hour, width: u64) -> (u64, u64) {
        let hours = self.hours() + self.slot;
        let after = u64::from(hour.unix_hours().saturating_sub(self.first.unix_hours()));
        let (start, end) = (after * width / hours, (after + self.slot) * width / hours);
        // A gap between two columns, where there is room for one.
        let wide = (end - start).min(width / 8);
        (start, if wide > 4 * THIN { wide - THIN } else { wide.max(THIN) })
    }

    /// The first and the last hour under the plot.
    fn marks(&self, left: u64, right: u64, baseline: u64) -> Markup {
        let mark = |hour: Hour| {
            let text = hour.to_string();
            if self.hours() < DAYS_ALONE { text } else { text.split('T').next().unwrap_or_default().to_owned() }
        };
        html! {
            text x=(left) y=(baseline) { (mark(self.first)) }
            @if self.first != self.last { text x=(right) y=(baseline) text-anchor="end" { (mark(self.last)) } }
        }
    }
}

/// A bar for each report, as high as its number.
pub(super) fn bars(axis: &Axis, label: &str, points: &[(Hour, u64)]) -> Markup {
    const WIDTH: u64 = 2400;
    const TOP: u64 = 150;
    const BASE: u64 = 620;
    let most = points.iter().map(|(_, value)| *value).max().unwrap_or(0);
    html! {
        svg viewBox={ "0 0 " (WIDTH) " 790" } role="img" aria-label=(label) {
            line class="grid" x1="0" x2=(WIDTH) y1=(TOP) y2=(TOP) {}
            line class="grid" x1="0" x2=(WIDTH) y1=(BASE) y2=(BASE) {}
            text x="0" y="120" { (grouped(most)) }
            @for (hour, value) in points {
                @let (x, width) = axis.column(*hour, WIDTH);
                @let height = (value * (BASE - TOP) / most.max(1)).max(THIN);
                rect class="bar" x=(x) y=(BASE - height) width=(width) height=(height) { (tip(*hour, *value)) }
            }
            (axis.marks(0, WIDTH, 765))
        }
    }
}

/// A row for each range and a cell for each report. The larger its number, the stronger its color.
pub(super) fn shades(axis: &Axis, label: &str, rows: &[(String, Vec<(Hour, u64)>)]) -> Markup {
    const LEFT: u64 = 1320;
    const WIDTH: u64 = 1800;
    const RIGHT: u64 = 3600;
    const ROW: u64 = 180;
    let most = rows.iter().flat_map(|(_, points)| points).map(|(_, value)| *value).max().unwrap_or(0).max(1);
    let height = ROW * rows.len() as u64;
    html! {
        svg viewBox={ "0 0 " (RIGHT) " " (height + ROW) } role="img" aria-label=(label) {
            rect class="plot" x=(LEFT) y="0" width=(WIDTH) height=(height) {}
            @for (index, (name, points)) in rows.iter().enumerate() {
                @let top = ROW * index as u64;
                text x=(LEFT - 60) y=(top + 130) text-anchor="end" { (name) }
                @for (hour, value) in points.iter().filter(|(_, value)| *value > 0) {
                    @let (x, width) = axis.column(*hour, WIDTH);
                    rect class="bar" fill-opacity=(opacity(*value, most)) x=(LEFT + x) y=(top + 6) width=(width)
                        height=(ROW - 12) { (tip(*hour, *value)) }
                }
                @if let Some((_, value)) = points.last() {
                    text x=(RIGHT) y=(top + 130) text-anchor="end" { (grouped(*value)) }
                }
            }
            (axis.marks(LEFT, LEFT + WIDTH, height + 140))
        }
    }
}

/// What is shown where the pointer is.
fn tip(hour: Hour, value: u64) -> Markup {
    html! { title { (hour) ": " (grouped(value)) } }
}

/// From 0.25 to 1, so that the smallest number is seen too.
fn opacity(value: u64, most: u64) -> String {
    let percent = 25 + 75 * value / most;
    format!("{}.{:02}", percent / 100, percent % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: &[u32]) -> Vec<Hour> {
        hours.iter().copied().map(Hour::from_unix_hours).collect()
    }

    #[test]
    fn columns_are_in_order_and_within_the_plot() {
        let all = hours(&[1000, 1024, 1048, 1120]);
        let axis = Axis::of(&all).unwrap();
        let columns: Vec<_> = all.iter().map(|hour| axis.column(*hour, 2400)).collect();
        for pair in columns.windows(2) {
            assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{columns:?}");
        }
        let (start, width) = columns[3];
        assert!(columns[0].0 == 0 && start + width <= 2400, "{columns:?}");
        assert_eq!(columns[3].0 - columns[2].0, 3 * (columns[1].0 - columns[0].0), "missing reports leave a gap");
    }

    #[test]
    fn any_hours_have_columns() {
        assert!(Axis::of(&[]).is_none());
        for all in [hours(&[7]), hours(&[7, 7]), hours(&[0, u32::MAX]), hours(&[9, 3, 5])] {
            let axis = Axis::of(&all).unwrap();
            for hour in all {
                let (start, width) = axis.column(hour, 2400);
                assert!(start + width <= 2400 && width > 0, "{start} {width}");
            }
        }
        let long: Vec<_> = (0..720).map(Hour::from_unix_hours).collect();
        let axis = Axis::of(&long).unwrap();
        assert!(long.iter().all(|hour| axis.column(*hour, 1800).1 == THIN));
    }

    #[test]
    fn shade_grows_with_the_number() {
        assert_eq!(
            [(0, 1), (1, 100), (50, 100), (100, 100)].map(|(value, most)| opacity(value, most)),
            ["0.25", "0.25", "0.62", "1.00"]
        );
    }
}
