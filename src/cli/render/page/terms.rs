//! The contract, and how to turn telemetry off.

use maud::{Markup, html};

use super::parts::{closed, name, table};
use crate::cli::render::plural;
use crate::config::{CONSENT_FILE, DISABLED, OTLP_ENDPOINT};
use crate::contract::Terms;

/// The whole disclosure.
pub(super) fn all(terms: &Terms<'_>) -> Markup {
    let requests = plural(terms.requests.len(), "request");
    html! {
        p {
            "The contract, version " (terms.version) ", as " code { "headcount disclose" } " prints it. Its hash is "
            code { (terms.hash()) } "."
        }
        (closed("The form of a report", &frame(terms)))
        (closed(&format!("The metrics of a report ({})", terms.instruments.len()), &instruments(terms)))
        (closed("What goes around a report's bytes", &carriers(terms)))
        (closed(&format!("All that may be requested from the service ({requests})"), &self::requests(terms)))
        (closed("What is stored on this installation's disk", &kept(terms)))
    }
}

fn frame(terms: &Terms<'_>) -> Markup {
    html! {
        ul {
            @for item in terms.frame.iter().chain(terms.times) { li { (item) } }
            li { code { (terms.attribute.key) } ", the one attribute: " (terms.attribute.value) }
            li { "every value is from " (terms.min_value) " to " (terms.max_value) }
            li { "the scope is named " code { (terms.scope) } ", version " (terms.version) }
        }
    }
}

fn instruments(terms: &Terms<'_>) -> Markup {
    let rows = terms.instruments.iter().map(|instrument| {
        let kind = html! { (instrument.kind.name()) };
        [name(instrument.name), kind, html! { code { (instrument.unit) } }, html! { (instrument.counts) }]
    });
    table("All metrics of a report", ["Metric", "Kind", "Unit", "What it counts"], rows)
}

fn carriers(terms: &Terms<'_>) -> Markup {
    html! {
        @for carrier in &terms.carriers {
            @let rows = carrier.headers.iter().map(|header| {
                [html! { code { (header.name) } }, html! { code { (header.value) } }, html! { (header.when) }]
            });
            p { (carrier.protocol) ": " code { (carrier.request) } }
            (table(&format!("Headers of {}", carrier.protocol), ["Header", "Value", "When"], rows))
        }
        p { (terms.connection) }
        p { (terms.self_metrics) }
    }
}

fn requests(terms: &Terms<'_>) -> Markup {
    let rows = terms
        .requests
        .iter()
        .map(|request| [html! { code { (request.method) " " (request.path) } }, html! { (request.why) }]);
    table("All requests to the service", ["Request", "Why"], rows)
}

fn kept(terms: &Terms<'_>) -> Markup {
    let rows = terms.kept.iter().map(|kept| [kept.what, kept.why, kept.until].map(|text| html! { (text) }));
    table("What is stored; only the reports are ever sent", ["What", "Why", "Until"], rows)
}

/// Each way to turn telemetry off.
pub(super) fn ways_off() -> Markup {
    let disabled = html! { code { (DISABLED.variable) "=true" } };
    let denied = html! { code { "denied" } " in the file that " code { (CONSENT_FILE.variable) } " names" };
    let tracking = html! { code { "DO_NOT_TRACK=1" } " or " code { "OTEL_SDK_DISABLED=true" } };
    let endpoint = html! { "unset " code { (OTLP_ENDPOINT.variable) } };
    let rows = [
        (disabled, "at the next start", "deleted, except the receipts"),
        (denied, "within two seconds, without a restart", "deleted, except the receipts"),
        (tracking, "at the next start", "stays"),
        (endpoint, "at the next start", "stays"),
    ];
    let rows = rows.into_iter().map(|(what, acts, data)| [what, html! { (acts) }, html! { (data) }]);
    html! {
        p { "Any one of these is enough, and no other setting overrides it." }
        (table("Ways to turn telemetry off", ["What", "Acts", "Stored data"], rows))
        p { code { "headcount erase" } " deletes all stored data, also the receipts." }
    }
}
