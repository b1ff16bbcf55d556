//! The last report, and all stored reports as charts, each with a table of the same numbers.

use maud::{Markup, html};

use super::attempts::facts;
use super::charts::{Axis, bars, shades};
use super::parts::{closed, grouped, name, number, table, time, wide_table};
use crate::cli::render::plural;
use crate::cli::render::report::{capitalized, sections};
use crate::clock::Hour;
use crate::contract::{ApprovedReport, Contract, Instrument, Number};
use crate::model::Catalog;

/// Reports, oldest first, each with its number.
type Reports<'a> = [(i64, &'a ApprovedReport)];

/// The last report, with what each number counts.
pub(super) fn last(reports: &Reports<'_>) -> Markup {
    let Some((last, report)) = reports.last() else { return html! { p class="none" { "No report is stored." } } };
    let totals = &report.contents().totals;
    html! {
        p { "Report " (last) ", as it was stored for sending." }
        (facts(report))
        @for (title, instruments) in sections(report.contents().contract) {
            @let rows = instruments.iter().map(|instrument| {
                let value = number(instrument.number.of(totals));
                [name(instrument.name), value, html! { (instrument.counts) }]
            });
            (table(&title, ["Metric", "Number", "What it counts"], rows))
        }
    }
}

/// All reports: a chart for each number, and one for the ranges of sizes, over the hours of the reports.
pub(super) fn all(contract: &'static Contract, reports: &Reports<'_>) -> Markup {
    let hours: Vec<_> = reports.iter().map(|(_, report)| report.contents().time).collect();
    let Some(axis) = Axis::of(&hours) else { return html! { p class="none" { "No report is stored." } } };
    html! {
        p {
            (plural(reports.len(), "report")) ", from " (time(axis.first())) " to " (time(axis.last()))
            ". A report is a bar, and a thin line if its number is 0. Where no bar is, there is no report."
        }
        @for (title, instruments) in sections(contract) {
            h3 { (title) }
            @if instruments.iter().any(|instrument| matches!(instrument.number, Number::Sized(..))) {
                (ranges(&axis, contract, &title, &instruments, reports))
            } @else {
                div class="charts" {
                    @for instrument in &instruments { (chart(&axis, contract, &title, instrument, reports)) }
                }
            }
            (closed("The same numbers as a table", &numbers(&title, &instruments, reports)))
        }
    }
}

/// The chart of one number.
fn chart(
    axis: &Axis,
    contract: &'static Contract,
    title: &str,
    instrument: &'static Instrument,
    reports: &Reports<'_>,
) -> Markup {
    let points = points(instrument, reports);
    let label = label(&contract.catalog, instrument.number);
    html! {
        figure {
            figcaption {
                strong { (label) }
                @if let Some((_, value)) = points.last() { span class="value" { (number(*value)) } }
                (name(instrument.name))
            }
            (bars(axis, &format!("Bar chart: {title}: {label}. The table below has the numbers."), &points))
        }
    }
}

/// The chart of the ranges of one distribution.
fn ranges(
    axis: &Axis,
    contract: &'static Contract,
    title: &str,
    instruments: &[&'static Instrument],
    reports: &Reports<'_>,
) -> Markup {
    let row =
        |instrument: &&'static Instrument| (label(&contract.catalog, instrument.number), points(instrument, reports));
    let rows: Vec<_> = instruments.iter().map(row).collect();
    html! {
        figure class="wide" {
            figcaption { "A row is a range, a column a report. The stronger the color, the larger the number. On the right: the last report." }
            (shades(axis, &format!("Histogram over time: {title}. The table below has the numbers."), &rows))
        }
    }
}

/// The numbers of the reports, the newest first.
fn numbers(title: &str, instruments: &[&'static Instrument], reports: &Reports<'_>) -> Markup {
    let headings = ["Report", "Hour"].map(|heading| html! { (heading) }).into_iter();
    let headings: Vec<_> = headings.chain(instruments.iter().map(|instrument| name(instrument.name))).collect();
    let rows = reports.iter().rev().map(|(report, approved)| {
        let values = instruments.iter().map(|instrument| match value(instrument, approved) {
            Some(value) => number(value),
            None => html! { "not in this contract" },
        });
        [html! { (report) }, time(approved.contents().time)].into_iter().chain(values).collect()
    });
    wide_table(&format!("All reports: {title}"), &headings, rows)
}

/// The values of an instrument, where a report has it.
fn points(instrument: &'static Instrument, reports: &Reports<'_>) -> Vec<(Hour, u64)> {
    let point = |(_, report): &(i64, &ApprovedReport)| Some((report.contents().time, value(instrument, report)?));
    reports.iter().filter_map(point).collect()
}

/// The value of an instrument in a report. One that was made under an earlier contract may not have it.
fn value(instrument: &Instrument, report: &ApprovedReport) -> Option<u64> {
    let mut numbers = report.contents().numbers();
    numbers.find(|(found, _)| found.name == instrument.name).map(|(_, value)| value)
}

/// What a number is called within its section.
fn label(catalog: &Catalog, number: Number) -> String {
    match number {
        Number::Creations(kind) | Number::Current(kind) | Number::Active(kind) => {
            catalog.kinds.get(kind.index()).map(|term| capitalized(term.noun)).unwrap_or_default()
        }
        Number::Sized(distribution, range) => {
            let Some(term) = catalog.distributions.get(distribution.index()) else { return String::new() };
            match (grouped(term.least(range)), term.greatest(range).map(grouped)) {
                (least, Some(greatest)) if least == greatest => least,
                (least, Some(greatest)) => format!("{least} to {greatest}"),
                (least, None) => format!("{least} or more"),
            }
        }
    }
}
