//! The scale table as a drawing: CPU time and peak memory over the number of users, both axes logarithmic.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::scale::{Row, USERS};

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 40.0;
const COLOURS: [&str; 3] = ["#0072b2", "#d55e00", "#009e73"];

/// One of the two drawings.
struct Panel {
    title: &'static str,
    unit: &'static str,
    /// Powers of ten at the lower and the upper end.
    powers: (i32, i32),
    x: f64,
    of: fn(&Row, bool) -> f64,
}

/// The drawing.
pub fn svg(rows: &[Row]) -> String {
    let panels = [
        Panel { title: "CPU time of one scrape", unit: "s", powers: (-3, 1), x: LEFT, of: cpu },
        Panel { title: "peak memory", unit: "MiB", powers: (0, 2), x: LEFT * 2.0 + WIDTH, of: memory },
    ];
    let (width, height) = (LEFT * 2.0 + WIDTH * 2.0 + 44.0, TOP + HEIGHT + 92.0);
    let mut text = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
"##
    );
    for panel in &panels {
        panel.frame(&mut text);
        for (services, colour) in services(rows).into_iter().zip(COLOURS) {
            let rows: Vec<_> = rows.iter().filter(|row| row.services == services).collect();
            panel.line(&mut text, &rows, colour, false);
            panel.line(&mut text, &rows, colour, true);
        }
    }
    legend(&mut text, &services(rows));
    text.push_str("</svg>\n");
    text
}

fn services(rows: &[Row]) -> BTreeSet<usize> {
    rows.iter().map(|row| row.services).collect()
}

fn cpu(row: &Row, is_bare: bool) -> f64 {
    if is_bare { row.bare.cpu_seconds } else { row.headcount.cpu_seconds }
}

fn memory(row: &Row, is_bare: bool) -> f64 {
    if is_bare { row.bare.peak_mib } else { row.headcount.peak_mib }
}

impl Panel {
    fn across(&self, users: u64) -> f64 {
        let [first, .., last] = USERS.map(|users| (users as f64).log10());
        self.x + ((users as f64).log10() - first) / (last - first) * WIDTH
    }

    fn up(&self, value: f64) -> f64 {
        let (least, most) = (f64::from(self.powers.0), f64::from(self.powers.1));
        TOP + HEIGHT - (value.log10() - least) / (most - least) * HEIGHT
    }

    fn frame(&self, text: &mut String) {
        let (x, unit) = (self.x, self.unit);
        let (right, bottom) = (x + WIDTH, TOP + HEIGHT);
        writeln!(text, r#"<text x="{x}" y="{}" font-size="14">{}</text>"#, TOP - 16.0, self.title).unwrap();
        for power in self.powers.0..=self.powers.1 {
            let value = 10_f64.powi(power);
            let y = self.up(value);
            writeln!(text, r##"<path d="M{x} {y:.1}H{right}" stroke="#ddd"/>"##).unwrap();
            let (label, y) = (x - 6.0, y + 4.0);
            writeln!(text, r#"<text x="{label}" y="{y:.1}" text-anchor="end">{value} {unit}</text>"#).unwrap();
        }
        for users in USERS {
            let x = self.across(users);
            writeln!(text, r##"<path d="M{x:.1} {TOP}V{bottom}" stroke="#eee"/>"##).unwrap();
            let y = bottom + 16.0;
            writeln!(text, r#"<text x="{x:.1}" y="{y}" text-anchor="middle">{users}</text>"#).unwrap();
        }
        let (middle, y) = (x + WIDTH / 2.0, bottom + 34.0);
        writeln!(text, r#"<text x="{middle}" y="{y}" text-anchor="middle">users</text>"#).unwrap();
    }

    fn line(&self, text: &mut String, rows: &[&Row], colour: &str, is_bare: bool) {
        let points: Vec<_> = rows
            .iter()
            .map(|row| format!("{:.1},{:.1}", self.across(row.users), self.up((self.of)(row, is_bare))))
            .collect();
        let dashes = if is_bare { r#" stroke-dasharray="4 3""# } else { "" };
        let points = points.join(" ");
        writeln!(text, r#"<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>"#)
            .unwrap();
    }
}

fn legend(text: &mut String, services: &BTreeSet<usize>) {
    let y = TOP + HEIGHT + 62.0;
    for (index, (services, colour)) in services.iter().zip(COLOURS).enumerate() {
        let x = LEFT + index as f64 * 190.0;
        let (end, label, below) = (x + 24.0, x + 30.0, y + 4.0);
        writeln!(text, r#"<path d="M{x} {y}H{end}" stroke="{colour}" stroke-width="2"/>"#).unwrap();
        writeln!(text, r#"<text x="{label}" y="{below}">{services} services</text>"#).unwrap();
    }
    let y = y + 20.0;
    writeln!(
        text,
        r#"<text x="{LEFT}" y="{y}">whole lines: headcount once, all of it; dashed: the bare transfer and parse of the same bytes</text>"#
    )
    .unwrap();
}
