//! The whole contract as one value: what `disclose` prints, and what the hash that an operator approves is made of.
//!
//! Explanations (what a number counts, why a request is made, what is stored) are printed but not hashed: fixing one must
//! not turn every operator off. The facts behind them are hashed, each on a line of its own.

use serde::Serialize;

use super::{ATTRIBUTE_NAME, Contract, Instrument, MAX_VALUE, RequestTemplate};
use crate::model::Catalog;

/// The one attribute that every data point has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AttributeTerm {
    /// Its key.
    pub key: &'static str,
    /// What values it may have.
    pub value: &'static str,
}

/// A header that a request may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HeaderTerm {
    /// Its name.
    pub name: &'static str,
    /// Its value, with `{...}` where it varies.
    pub value: &'static str,
    /// When it is there.
    pub when: &'static str,
}

/// What goes around a report's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Carrier {
    /// The protocol.
    pub protocol: &'static str,
    /// Method and target.
    pub request: &'static str,
    /// All headers that may be there.
    pub headers: Vec<HeaderTerm>,
}

/// Something that is stored on the installation's own disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StoredItem {
    /// What it is.
    pub what: &'static str,
    /// What it is for.
    pub why: &'static str,
    /// How long it is there.
    pub until: &'static str,
}

/// Everything that the contract fixes, in the order in which it is disclosed.
#[derive(Debug, Clone, Serialize)]
pub struct Terms<'a> {
    /// The contract's version, which is also the scope's.
    #[serde(skip)]
    pub version: &'a str,
    /// The scope's name.
    pub scope: &'a str,
    /// What holds for every report.
    pub frame: &'a [&'a str],
    /// What holds for every time in it.
    pub times: &'a [&'a str],
    /// The one attribute.
    pub attribute: AttributeTerm,
    /// The least value.
    pub min_value: u64,
    /// The greatest value.
    pub max_value: u64,
    /// All that is counted, in the order of the wire.
    #[serde(rename = "metrics")]
    pub instruments: &'a [Instrument],
    /// What is counted, in words.
    #[serde(skip)]
    pub catalog: &'a Catalog,
    /// What goes around the bytes.
    pub carriers: Vec<Carrier>,
    /// What no table of headers shows, since it is below them.
    pub connection: &'static str,
    /// What goes elsewhere, and is no part of the contract.
    pub self_metrics: &'static str,
    /// All requests that can be made to the service.
    pub requests: &'a [RequestTemplate],
    /// What is stored on the installation's own disk; none of it but the reports ever leaves.
    pub kept: &'static [StoredItem],
}

const FRAME: &[&str] = &[
    "one OTLP metrics request (protobuf) with one resource, which is present and empty",
    "one scope without attributes, and no schema URLs",
    "all of the metrics below, always, in this order, with one data point each",
    "every data point is one integer with one attribute; no exemplars and no flags",
    "no descriptions and no metadata",
    "sums are cumulative and monotonic",
    "current counts are rounded down to 0, or to 1, 2 or 5 times a power of ten",
    "or, only for `headcount check --endpoint`, a request without a body",
];

const TIMES: &[&str] = &[
    "time_unix_nano: the whole hour (UTC) of the complete scrape that the report is made from",
    "start_time_unix_nano, in sums alone: the whole hour (UTC) of the first complete scrape, not later than time_unix_nano",
    "at most one report an hour, oldest first",
];

const ATTRIBUTE: AttributeTerm =
    AttributeTerm { key: ATTRIBUTE_NAME, value: "a random (version 4) UUID in lower case" };

const fn header(name: &'static str, value: &'static str, when: &'static str) -> HeaderTerm {
    HeaderTerm { name, value, when }
}

const fn always(name: &'static str, value: &'static str) -> HeaderTerm {
    header(name, value, "always")
}

const CONFIGURED: HeaderTerm = header("{name}", "{value}", "for each header that the operator configured");
const PROXY_AUTHORIZATION: HeaderTerm =
    header("proxy-authorization", "{credentials}", "if the proxy's setting has credentials");

/// What goes around a report's bytes, for each way they can travel. No cookies and no tracing headers.
fn carriers(user_agent: &'static str) -> Vec<Carrier> {
    let zipped = |name| header(name, "gzip", "if gzip compression is set");
    let http = || {
        vec![
            always("host", "{host of the endpoint}"),
            always("content-type", "application/x-protobuf"),
            always("content-length", "{bytes}"),
            zipped("content-encoding"),
            always("user-agent", user_agent),
            CONFIGURED,
        ]
    };
    let grpc = vec![
        always("te", "trailers"),
        always("content-type", "application/grpc"),
        always("grpc-timeout", "{time limit of the attempt}"),
        zipped("grpc-encoding"),
        always("user-agent", user_agent),
        CONFIGURED,
    ];
    let mut forwarded = http();
    forwarded.push(PROXY_AUTHORIZATION);
    let tunnel = vec![always("host", "{host of the endpoint}:{port}"), PROXY_AUTHORIZATION];
    let carrier = |protocol, request, headers| Carrier { protocol, request, headers };
    vec![
        carrier("http/protobuf", "POST {path of the endpoint}/v1/metrics", http()),
        carrier("grpc", "POST /opentelemetry.proto.collector.metrics.v1.MetricsService/Export", grpc),
        carrier(
            "through a proxy, before either, unless it is http/protobuf without TLS",
            "CONNECT {host of the endpoint}:{port}",
            tunnel,
        ),
        carrier(
            "http/protobuf without TLS, to a proxy",
            "POST http://{host of the endpoint}{path of the endpoint}/v1/metrics",
            forwarded,
        ),
    ]
}

/// What no table of headers shows, since it is below them.
const CONNECTION: &str = "A connection shows the address it comes from. The DNS query and the TLS handshake show the \
                          name of the endpoint, and the handshake shows a client certificate if one is configured.";

/// What goes elsewhere, and is no part of the contract: its recipient is the operator.
const SELF_METRICS: &str = "Apart from the report, and only if the operator's own OTEL_* variables name a collector, \
                            `run` sends self-metrics to that collector: the scrapes, deliveries, outbox, store and memory \
                            of the sidecar, without install_guid and without counts of the service. Opting out stops \
                            them, too.";

/// What is kept on the installation's own disk, for the operator to see; none of it but the reports ever leaves.
const KEPT: &[StoredItem] = &[
    StoredItem {
        what: "a random key, and 64-bit keyed hashes of the ids of counted objects",
        why: "to recognize what is new; without the key no id can be matched with a hash",
        until: "opting out, or `headcount erase`",
    },
    StoredItem {
        what: "the hour of the first complete scrape, creations since then, and the counts of the latest scrape",
        why: "a report is made from them",
        until: "opting out, or `headcount erase`",
    },
    StoredItem {
        what: "the install_guid",
        why: "so that a restart continues the same series",
        until: "opting out, or `headcount erase`",
    },
    StoredItem {
        what: "pending reports, as the exact bytes",
        why: "an endpoint may be unreachable for days",
        until: "delivery, `--keep` (30 days at most), opting out, or `headcount erase`",
    },
    StoredItem {
        what: "the audit log: time, outcome, reason and SHA-256 of every attempt, and the bytes",
        why: "so that the operator can check what was sent",
        until: "`--keep` (30 days at most) or `headcount erase`; opting out deletes the bytes",
    },
    StoredItem {
        what: "the decision of `run` with its reasons, the contract last in force, the name of the service, the last failure, \
               the times of the last scrape, the last report and the next one, for how long scrapes found no object of a kind that had some, \
               and when they found that last, and when the store's file was created",
        why: "for `status`, so that a restart neither repeats nor skips a report, and to recognize a copy of the store",
        until: "`headcount erase`",
    },
    StoredItem {
        what: "receipts: install_guid, recipient, first and last delivery, number of reports",
        why: "to request deletion from the recipient, also after opting out",
        until: "`headcount erase`",
    },
];

impl Contract {
    /// The contract as it is disclosed.
    #[must_use]
    pub fn terms(&self) -> Terms<'_> {
        Terms {
            version: self.version,
            scope: self.scope,
            frame: FRAME,
            times: TIMES,
            attribute: ATTRIBUTE,
            min_value: 0,
            max_value: MAX_VALUE,
            instruments: self.instruments,
            catalog: &self.catalog,
            carriers: carriers(self.user_agent),
            connection: CONNECTION,
            self_metrics: SELF_METRICS,
            requests: self.requests,
            kept: KEPT,
        }
    }
}

impl Terms<'_> {
    /// The canonical text: one line for each fact, each a JSON array of strings, so that no part can run into the next.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        let mut lines = vec![vec!["contract", self.version], vec!["scope", self.scope, self.version]];
        let limits = [self.min_value, self.max_value].map(|limit| limit.to_string());
        lines.push(vec!["value", "integer", &limits[0], &limits[1]]);
        lines.push(vec!["attribute", self.attribute.key, self.attribute.value]);
        lines.extend(self.frame.iter().map(|frame| vec!["frame", frame]));
        lines.extend(self.times.iter().map(|time| vec!["time", time]));
        let numbers: Vec<_> = self.instruments.iter().map(|metric| metric.number.words(self.catalog)).collect();
        for (instrument, number) in self.instruments.iter().zip(&numbers) {
            lines.push(vec!["metric", instrument.name, instrument.kind.name(), instrument.unit, number]);
        }
        for carrier in &self.carriers {
            lines.push(vec!["carrier", carrier.protocol, carrier.request]);
            let headers = carrier.headers.iter();
            lines
                .extend(headers.map(|header| vec!["header", carrier.protocol, header.name, header.value, header.when]));
        }
        lines.extend(self.requests.iter().map(|request| vec!["request", request.method, request.path]));
        lines.into_iter().map(|line| format!("{}\n", serde_json::Value::from(line))).collect()
    }

    /// The hash that an operator's consent may name: SHA-256 of [`Self::canonical_text`], in lower-case hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        super::diff::hash(&self.canonical_text())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contract::{InstrumentKind, Number};
    use crate::model::Range;
    use crate::source::compreface::{CONTRACT, FACES, kinds};

    #[test]
    fn the_hash_is_sha_256_in_lower_case_hexadecimal() {
        let hash = CONTRACT.terms().hash();
        assert_eq!(hash.len(), 64);
        assert!(hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
        assert_eq!(hash, CONTRACT.terms().hash());
    }

    /// One line for each fact, and each line different.
    #[test]
    fn the_canonical_text_has_a_line_for_every_fact() {
        let terms = CONTRACT.terms();
        let text = terms.canonical_text();
        let lines: BTreeSet<_> = text.lines().collect();
        let headers: usize = terms.carriers.iter().map(|carrier| carrier.headers.len()).sum();
        let facts = 4
            + FRAME.len()
            + TIMES.len()
            + terms.instruments.len()
            + terms.carriers.len()
            + headers
            + terms.requests.len();
        assert_eq!((lines.len(), text.lines().count()), (facts, facts));
        assert!(text.contains(r#"["metric","face_recognition.user.creations","sum","{user}","creations of user"]"#));
        assert!(text.contains("[\"request\",\"GET\",\"/admin/apps\"]\n"));
    }

    /// A header term with another word in each of its parts.
    fn changed_headers(header: HeaderTerm) -> [HeaderTerm; 3] {
        [HeaderTerm { name: "x", ..header }, HeaderTerm { value: "x", ..header }, HeaderTerm { when: "x", ..header }]
    }

    fn changed_instruments(instrument: Instrument) -> [Instrument; 5] {
        let kind = match instrument.kind {
            InstrumentKind::Sum => InstrumentKind::Gauge,
            InstrumentKind::Gauge => InstrumentKind::Sum,
        };
        let number = match instrument.number {
            Number::Sized(..) => Number::Creations(kinds::RECOGNITION),
            Number::Creations(kind) => Number::Current(kind),
            Number::Current(_) => Number::Sized(FACES, Range::ALL[1]),
            Number::Active(kind) => Number::Current(kind),
        };
        [
            Instrument { name: "x", ..instrument },
            Instrument { kind, ..instrument },
            Instrument { unit: "x", ..instrument },
            Instrument { number, ..instrument },
            Instrument { name: "face_recognition.user.creations ", ..instrument },
        ]
    }

    /// Each slice that comes of dropping one item, or of putting one of `changes` in its place.
    fn edits<T: Clone>(items: &[T], changes: impl Fn(T) -> Vec<T>) -> Vec<Vec<T>> {
        let mut all = Vec::new();
        for index in 0..items.len() {
            let mut shorter = items.to_vec();
            shorter.remove(index);
            all.push(shorter);
            for change in changes(items[index].clone()) {
                let mut changed = items.to_vec();
                changed[index] = change;
                all.push(changed);
            }
        }
        all
    }

    fn changed_carriers(carriers: &[Carrier]) -> Vec<Vec<Carrier>> {
        edits(carriers, |carrier| {
            let headers = edits(&carrier.headers, |header| changed_headers(header).to_vec());
            let headers = headers.into_iter().map(|headers| Carrier { headers, ..carrier });
            [Carrier { protocol: "x", ..carrier.clone() }, Carrier { request: "x", ..carrier.clone() }]
                .into_iter()
                .chain(headers)
                .collect()
        })
    }

    #[test]
    fn any_change_of_a_fact_changes_the_hash() {
        let terms = CONTRACT.terms();
        let mut hashes = vec![terms.hash()];
        let mut add = |change: &dyn Fn(&mut Terms<'_>)| {
            let mut changed = terms.clone();
            change(&mut changed);
            hashes.push(changed.hash());
        };
        add(&|terms| terms.version = "3");
        add(&|terms| terms.scope = "x");
        add(&|terms| terms.min_value = 1);
        add(&|terms| terms.max_value = MAX_VALUE - 1);
        add(&|terms| terms.attribute.key = "x");
        add(&|terms| terms.attribute.value = "x");
        for frame in edits(FRAME, |_| vec!["x"]) {
            add(&|terms| terms.frame = frame.clone().leak());
        }
        for times in edits(TIMES, |_| vec!["x"]) {
            add(&|terms| terms.times = times.clone().leak());
        }
        for instruments in edits(CONTRACT.instruments, |instrument| changed_instruments(instrument).to_vec()) {
            add(&|terms| terms.instruments = instruments.clone().leak());
        }
        for changed in changed_carriers(&terms.carriers) {
            add(&|terms| terms.carriers.clone_from(&changed));
        }
        let changed_requests = |request| {
            vec![RequestTemplate { method: "PUT", ..request }, RequestTemplate { path: "/admin/users", ..request }]
        };
        for requests in edits(CONTRACT.requests, changed_requests) {
            add(&|terms| terms.requests = requests.clone().leak());
        }
        let mut swapped = CONTRACT.instruments.to_vec();
        swapped.swap(0, 1);
        add(&|terms| terms.instruments = swapped.clone().leak());
        let different: BTreeSet<_> = hashes.iter().collect();
        assert_eq!(different.len(), hashes.len());
    }

    #[test]
    fn change_of_an_explanation_keeps_the_hash() {
        let (mut instruments, mut requests) = (CONTRACT.instruments.to_vec(), CONTRACT.requests.to_vec());
        instruments[0].counts = "people";
        requests[0].why = "the account's role";
        let reworded = Terms { instruments: &instruments, requests: &requests, ..CONTRACT.terms() };
        assert_eq!(reworded.hash(), CONTRACT.terms().hash());
    }
}
