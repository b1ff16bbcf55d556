//! The whole contract as one value: what `disclose` prints, and what the hash that an operator approves is made of.
//!
//! Explanations (what a number counts, why a request is made, what is kept) are printed but not hashed: mending one must
//! not switch every operator off. The facts behind them are hashed, each on a line of its own.

use super::{
    ATTRIBUTE_NAME, INSTRUMENTS, Instrument, InstrumentKind, MAX_VALUE, Number, SCOPE_NAME, USER_AGENT, VERSION,
};
use crate::inventory::Kind;
use crate::source::RequestTemplate;

/// The one attribute that every data point has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeTerm {
    /// Its key.
    pub key: &'static str,
    /// What values it may have.
    pub value: &'static str,
}

/// A header that a request may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderTerm {
    /// Its name.
    pub name: &'static str,
    /// Its value, with `{...}` where it varies.
    pub value: &'static str,
    /// When it is there.
    pub when: &'static str,
}

/// What goes around a report's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carrier {
    /// The protocol.
    pub protocol: &'static str,
    /// Method and target.
    pub request: &'static str,
    /// All headers that may be there.
    pub headers: &'static [HeaderTerm],
}

/// Something that is kept on the installation's own disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// What it is.
    pub what: &'static str,
    /// What it is for.
    pub why: &'static str,
    /// How long it is there.
    pub until: &'static str,
}

/// Everything that the contract fixes.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The contract's version, which is also the scope's.
    pub version: &'a str,
    /// The scope's name.
    pub scope: &'a str,
    /// What holds for every report.
    pub frame: &'a [&'a str],
    /// What holds for every time in it.
    pub times: &'a [&'a str],
    /// The one attribute.
    pub attribute: AttributeTerm,
    /// The greatest value.
    pub max_value: u64,
    /// All that is counted, in the order of the wire.
    pub instruments: &'a [Instrument],
    /// What goes around the bytes.
    pub carriers: &'a [Carrier],
    /// All that can be asked of the service.
    pub requests: &'a [RequestTemplate],
}

const FRAME: &[&str] = &[
    "one OTLP metrics request (protobuf) with one resource, which is present and empty",
    "one scope without attributes, and no schema URLs",
    "all of the metrics below, always, in this order, with one data point each",
    "every data point is one integer with one attribute; no exemplars and no flags",
    "no descriptions and no metadata",
    "sums are cumulative and monotonic",
    "current counts are rounded down to 0, or to 1, 2 or 5 times a power of ten",
    "or, only when a person runs `check --endpoint`, a request without a body",
];

const TIMES: &[&str] = &[
    "time_unix_nano: the hour (UTC, whole) in which the scrape that the report rests on was complete",
    "start_time_unix_nano, in sums alone: the hour (UTC, whole) of the first complete scrape, not later than the time",
    "at most one report an hour, strictly the oldest first",
];

const ATTRIBUTE: AttributeTerm =
    AttributeTerm { key: ATTRIBUTE_NAME, value: "a random (version 4) UUID in lower case" };

const fn always(name: &'static str, value: &'static str) -> HeaderTerm {
    HeaderTerm { name, value, when: "always" }
}

const CONFIGURED: HeaderTerm =
    HeaderTerm { name: "{name}", value: "{value}", when: "for each header that the operator configured" };

const PROXY_AUTHORIZATION: HeaderTerm =
    HeaderTerm { name: "proxy-authorization", value: "{credentials}", when: "if the proxy's setting has them" };

/// What goes around a report's bytes, for each way they can travel. No cookies and no tracing headers.
pub const CARRIERS: [Carrier; 4] = [
    Carrier {
        protocol: "http/protobuf",
        request: "POST {path of the endpoint}/v1/metrics",
        headers: &[
            always("host", "{host of the endpoint}"),
            always("content-type", "application/x-protobuf"),
            always("content-length", "{bytes}"),
            HeaderTerm { name: "content-encoding", value: "gzip", when: "if gzip was asked for" },
            always("user-agent", USER_AGENT),
            CONFIGURED,
        ],
    },
    Carrier {
        protocol: "grpc",
        request: "POST /opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        headers: &[
            always("te", "trailers"),
            always("content-type", "application/grpc"),
            always("grpc-timeout", "{time limit of the attempt}"),
            HeaderTerm { name: "grpc-encoding", value: "gzip", when: "if gzip was asked for" },
            always("user-agent", USER_AGENT),
            CONFIGURED,
        ],
    },
    Carrier {
        protocol: "through a proxy, before either, unless it is http/protobuf without TLS",
        request: "CONNECT {host of the endpoint}:{port}",
        headers: &[always("host", "{host of the endpoint}:{port}"), PROXY_AUTHORIZATION],
    },
    Carrier {
        protocol: "http/protobuf without TLS, to a proxy",
        request: "POST http://{host of the endpoint}{path of the endpoint}/v1/metrics",
        headers: &[
            always("host", "{host of the endpoint}"),
            always("content-type", "application/x-protobuf"),
            always("content-length", "{bytes}"),
            HeaderTerm { name: "content-encoding", value: "gzip", when: "if gzip was asked for" },
            always("user-agent", USER_AGENT),
            CONFIGURED,
            PROXY_AUTHORIZATION,
        ],
    },
];

/// What no table of headers shows, since it is below them.
pub const CONNECTION: &str = "A connection shows the address it comes from; the look-up of the endpoint's name and the \
                              TLS handshake show that name, and the handshake a client certificate if one is configured.";

/// What goes elsewhere, and is no part of the contract: its recipient is the operator.
pub const SELF_METRICS: &str = "Apart from the report, and only if the operator's own OTEL_* variables name a collector, \
                                `run` tells that collector how the sidecar itself fares: scrapes, deliveries, outbox, \
                                store, memory; no install_guid and no count of the service. A no ends that, too.";

/// What is kept on the installation's own disk, for the operator to see; none of it but the reports ever leaves.
pub const KEPT: [Kept; 7] = [
    Kept {
        what: "a random key, and with it 64-bit keyed hashes of the ids of users, applications and services",
        why: "to tell what is new; without the key no id can be tied to a hash",
        until: "a no, or `erase`",
    },
    Kept {
        what: "the hour of the first complete scrape, creations since then, and the counts of the latest scrape",
        why: "what a report is made of",
        until: "a no, or `erase`",
    },
    Kept { what: "the install_guid", why: "so that a restart goes on with the same series", until: "a no, or `erase`" },
    Kept {
        what: "reports that wait to be delivered, as the exact bytes",
        why: "an endpoint may be away for days",
        until: "delivery, `--keep` (30 days at most), a no, or `erase`",
    },
    Kept {
        what: "the audit: time, outcome, reason and SHA-256 of every attempt, and the bytes",
        why: "so that the operator can check what was sent",
        until: "`--keep` (30 days at most) or `erase`; a no deletes the bytes",
    },
    Kept {
        what: "the decision that `run` made and why, the contract last in force, the last failure in words, when it last \
               scraped and reported and will report next, and when the store's file was made",
        why: "for `status`, so that a restart neither repeats nor skips a report, and to notice a copy of the store",
        until: "`erase`",
    },
    Kept {
        what: "receipts: install_guid, recipient, first and last delivery, number of reports",
        why: "to be able to ask the recipient for deletion, even after a no",
        until: "`erase`",
    },
];

impl<'a> Terms<'a> {
    /// The contract as this program keeps it, with the requests that it can make to the service.
    #[must_use]
    pub fn new(requests: &'a [RequestTemplate]) -> Self {
        Self {
            version: VERSION,
            scope: SCOPE_NAME,
            frame: FRAME,
            times: TIMES,
            attribute: ATTRIBUTE,
            max_value: MAX_VALUE,
            instruments: const { &INSTRUMENTS },
            carriers: const { &CARRIERS },
            requests,
        }
    }

    /// The canonical text: one line for each fact, each a JSON array of strings, so that no part can run into the next.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        let mut lines = vec![vec!["contract", self.version], vec!["scope", self.scope, self.version]];
        let max_value = self.max_value.to_string();
        lines.push(vec!["value", "integer", "0", &max_value]);
        lines.push(vec!["attribute", self.attribute.key, self.attribute.value]);
        lines.extend(self.frame.iter().map(|frame| vec!["frame", frame]));
        lines.extend(self.times.iter().map(|time| vec!["time", time]));
        let numbers: Vec<_> = self.instruments.iter().map(|instrument| number(instrument.number)).collect();
        for (instrument, number) in self.instruments.iter().zip(&numbers) {
            lines.push(vec!["metric", instrument.name, kind(instrument.kind), instrument.unit, number]);
        }
        for carrier in self.carriers {
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
        super::news::hash(&self.canonical_text())
    }
}

/// The word for a kind of metric.
const fn kind(kind: InstrumentKind) -> &'static str {
    match kind {
        InstrumentKind::Sum => "sum",
        InstrumentKind::Gauge => "gauge",
    }
}

/// Where a number comes from, in words that stay when its description is mended.
fn number(number: Number) -> String {
    match number {
        Number::Creations(kind) => format!("creations of {}", object(kind)),
        Number::Current(kind) => format!("current {}, rounded down", object(kind)),
        Number::Collections(range) => match range.greatest() {
            Some(greatest) => format!("collections of {} to {greatest} faces", range.least()),
            None => format!("collections of {} faces or more", range.least()),
        },
    }
}

const fn object(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "user",
        Kind::Application => "application",
        Kind::Detection => "detection service",
        Kind::Verification => "verification service",
        Kind::Recognition => "recognition service",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::inventory::FacesRange;

    const REQUESTS: [RequestTemplate; 2] = [
        RequestTemplate { method: "GET", path: "/admin/user/me", why: "its own role" },
        RequestTemplate { method: "GET", path: "/admin/apps", why: "ids of applications" },
    ];

    #[test]
    fn the_user_agent_names_the_contract() {
        assert_eq!(USER_AGENT, format!("{SCOPE_NAME}/{VERSION}"));
    }

    #[test]
    fn the_hash_is_sha_256_in_lower_case_hexadecimal() {
        let hash = Terms::new(&REQUESTS).hash();
        assert_eq!(hash.len(), 64);
        assert!(hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
        assert_eq!(hash, Terms::new(&REQUESTS).hash());
    }

    /// One line for each fact, and each line different.
    #[test]
    fn the_canonical_text_has_a_line_for_every_fact() {
        let terms = Terms::new(&REQUESTS);
        let text = terms.canonical_text();
        let lines: BTreeSet<_> = text.lines().collect();
        let headers: usize = CARRIERS.iter().map(|carrier| carrier.headers.len()).sum();
        let facts = 4 + FRAME.len() + TIMES.len() + INSTRUMENTS.len() + CARRIERS.len() + headers + REQUESTS.len();
        assert_eq!((lines.len(), text.lines().count()), (facts, facts));
        assert!(text.contains(r#"["metric","face_recognition.user.creations","sum","{user}","creations of user"]"#));
        assert!(text.ends_with("[\"request\",\"GET\",\"/admin/apps\"]\n"));
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
            Number::Collections(_) => Number::Creations(Kind::Recognition),
            Number::Creations(kind) => Number::Current(kind),
            Number::Current(_) => Number::Collections(FacesRange::of(7)),
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
    fn edits<T: Copy>(items: &[T], changes: impl Fn(T) -> Vec<T>) -> Vec<Vec<T>> {
        let mut all = Vec::new();
        for index in 0..items.len() {
            let mut shorter = items.to_vec();
            shorter.remove(index);
            all.push(shorter);
            for change in changes(items[index]) {
                let mut changed = items.to_vec();
                changed[index] = change;
                all.push(changed);
            }
        }
        all
    }

    fn changed_carriers() -> Vec<Vec<Carrier>> {
        edits(&CARRIERS, |carrier| {
            let headers = edits(carrier.headers, |header| changed_headers(header).to_vec());
            let headers = headers.into_iter().map(|headers| Carrier { headers: headers.leak(), ..carrier });
            [Carrier { protocol: "x", ..carrier }, Carrier { request: "x", ..carrier }]
                .into_iter()
                .chain(headers)
                .collect()
        })
    }

    #[test]
    fn any_change_of_any_part_is_another_hash() {
        let terms = Terms::new(&REQUESTS);
        let mut hashes = vec![terms.hash()];
        let mut add = |changed: Terms<'_>| hashes.push(changed.hash());
        add(Terms { version: "2", ..terms });
        add(Terms { scope: "x", ..terms });
        add(Terms { max_value: MAX_VALUE - 1, ..terms });
        add(Terms { attribute: AttributeTerm { key: "x", ..ATTRIBUTE }, ..terms });
        add(Terms { attribute: AttributeTerm { value: "x", ..ATTRIBUTE }, ..terms });
        edits(FRAME, |_| vec!["x"]).iter().for_each(|frame| add(Terms { frame, ..terms }));
        edits(TIMES, |_| vec!["x"]).iter().for_each(|times| add(Terms { times, ..terms }));
        for instruments in &edits(&INSTRUMENTS, |instrument| changed_instruments(instrument).to_vec()) {
            add(Terms { instruments, ..terms });
        }
        changed_carriers().iter().for_each(|carriers| add(Terms { carriers, ..terms }));
        let requests = |request| {
            vec![RequestTemplate { method: "PUT", ..request }, RequestTemplate { path: "/admin/users", ..request }]
        };
        edits(&REQUESTS, requests).iter().for_each(|requests| add(Terms { requests, ..terms }));
        let mut swapped = INSTRUMENTS;
        swapped.swap(0, 1);
        add(Terms { instruments: &swapped, ..terms });
        let different: BTreeSet<_> = hashes.iter().collect();
        assert_eq!(different.len(), hashes.len());
    }

    #[test]
    fn mending_prose_keeps_the_hash() {
        let mut instruments = INSTRUMENTS;
        instruments[0].counts = "people";
        let mut requests = REQUESTS;
        requests[0].why = "the account's role";
        let mended = Terms { instruments: &instruments, ..Terms::new(&requests) };
        assert_eq!(mended.hash(), Terms::new(&REQUESTS).hash());
    }
}
