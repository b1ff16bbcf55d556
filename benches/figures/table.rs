//! Figures and what they should be, as text.

use std::fmt;

const MISSED: &str = "NO";

/// One figure, measured a few times.
pub struct Figure {
    name: String,
    unit: &'static str,
    samples: Vec<f64>,
    limit: Limit,
}

/// What a figure should be.
#[derive(Clone, Copy)]
pub enum Limit {
    /// So much, or less.
    AtMost(f64),
    /// Nothing was asked for; it explains another figure.
    None,
}

impl Figure {
    /// A figure of these samples, of which there is at least one.
    pub fn new(
        name: impl Into<String>,
        unit: &'static str,
        samples: impl IntoIterator<Item = f64>,
        limit: Limit,
    ) -> Self {
        let mut samples: Vec<_> = samples.into_iter().collect();
        assert!(!samples.is_empty());
        samples.sort_by(f64::total_cmp);
        Self { name: name.into(), unit, samples, limit }
    }

    fn least(&self) -> f64 {
        self.samples[0]
    }

    /// The middle one; of an even number, the greater of the two.
    pub fn median(&self) -> f64 {
        self.samples[self.samples.len() / 2]
    }

    fn greatest(&self) -> f64 {
        self.samples[self.samples.len() - 1]
    }

    fn measured(&self) -> String {
        let (least, median, greatest) = (self.least(), self.median(), self.greatest());
        let unit = self.unit;
        if self.samples.len() == 1 {
            return format!("{} {unit}", Short(median)).trim_end().to_owned();
        }
        format!("{} {unit} ({} to {}, {} times)", Short(median), Short(least), Short(greatest), self.samples.len())
    }

    fn wanted(&self) -> String {
        match self.limit {
            Limit::AtMost(most) => format!("≤ {} {}", Short(most), self.unit).trim_end().to_owned(),
            Limit::None => String::new(),
        }
    }

    /// Whether it is what it should be, or nothing was asked for.
    pub fn is_reached(&self) -> bool {
        self.reached() != MISSED
    }

    fn reached(&self) -> &'static str {
        match self.limit {
            Limit::None => "",
            Limit::AtMost(most) if self.greatest() <= most => "yes",
            Limit::AtMost(most) if self.median() <= most => "by the median",
            Limit::AtMost(_) => MISSED,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:72} {:38} {:9} {}", self.name, self.measured(), self.wanted(), self.reached())
    }
}

/// A number with three digits that mean something.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = if self.0.fract() == 0.0 || self.0 >= 100.0 { 0 } else { 2 };
        write!(f, "{:.decimals$}", self.0)
    }
}

/// All of them, as docs/proof.md has them.
pub fn markdown(figures: &[Figure]) -> String {
    let mut text = "| figure | measured | wanted | reached |\n|---|---|---|---|\n".to_owned();
    for figure in figures {
        let row = [figure.name.clone(), figure.measured(), figure.wanted(), figure.reached().to_owned()];
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}
