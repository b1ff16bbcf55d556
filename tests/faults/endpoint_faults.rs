//! The faults of the endpoint: each is a way in which it, or the way there, may be, and what OTLP makes of it.

mod contents;

use std::time::{Duration, UNIX_EPOCH};

use headcount::clock::Timestamp;
use headcount::config::Transport;
use sha2::{Digest as _, Sha256};
use tonic::Code;

use crate::journal::Answered;
use crate::proxy::Hop;
use crate::support::endpoint::{Answer, Line};
use crate::support::world::Seeded;

/// A fault of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum EndpointFault {
    None,
    Refused,
    Unreachable,
    NeverConnects,
    AcceptsAndHangs,
    AcceptsAndCuts,
    Rubbish,
    Hangs,
    ArrivesAndCuts,
    CutsTheAnswer,
    GoesAway,
    SlowSuccess,
    SometimesCuts,
    Partial,
    RubbishSuccess,
    Oversized,
    Unauthorized,
    RefusedForGood,
    RefusesSome,
    WrongAddress,
    MayPass,
    LaterPlain,
    LaterAsked,
    // Of a proxy on the way alone.
    ProxyDown,
    ProxyNeverConnects,
    ProxyHangs,
    ProxyCuts,
    ProxyForbids,
    ProxyFindsNoWay,
    TunnelBreaks,
    // OTLP/HTTP alone.
    OtherSuccess,
    Html,
    Redirects,
    Misconfigured,
    LaterByDate,
    // OTLP/gRPC alone.
    HttpStatus,
    PageNotGrpc,
    Exhausted,
    TrailersOnly,
    RetryInfoForDays,
}

const EITHER: [EndpointFault; 23] = [
    EndpointFault::None,
    EndpointFault::Refused,
    EndpointFault::Unreachable,
    EndpointFault::NeverConnects,
    EndpointFault::AcceptsAndHangs,
    EndpointFault::AcceptsAndCuts,
    EndpointFault::Rubbish,
    EndpointFault::Hangs,
    EndpointFault::ArrivesAndCuts,
    EndpointFault::CutsTheAnswer,
    EndpointFault::GoesAway,
    EndpointFault::SlowSuccess,
    EndpointFault::SometimesCuts,
    EndpointFault::Partial,
    EndpointFault::RubbishSuccess,
    EndpointFault::Oversized,
    EndpointFault::Unauthorized,
    EndpointFault::RefusedForGood,
    EndpointFault::RefusesSome,
    EndpointFault::WrongAddress,
    EndpointFault::MayPass,
    EndpointFault::LaterPlain,
    EndpointFault::LaterAsked,
];

const OF_PROXY: [EndpointFault; 7] = [
    EndpointFault::ProxyDown,
    EndpointFault::ProxyNeverConnects,
    EndpointFault::ProxyHangs,
    EndpointFault::ProxyCuts,
    EndpointFault::ProxyForbids,
    EndpointFault::ProxyFindsNoWay,
    EndpointFault::TunnelBreaks,
];

/// What an answer is larger than that nobody should read to its end.
const OVERSIZED: usize = 4 * 1024 * 1024 + 1000;

impl EndpointFault {
    /// All that can be met over this transport, with a proxy on the way or without.
    pub(crate) fn all(transport: Transport, is_proxied: bool) -> Vec<Self> {
        let alone: &[Self] = match transport {
            Transport::HttpProtobuf => {
                &[Self::OtherSuccess, Self::Html, Self::Redirects, Self::Misconfigured, Self::LaterByDate]
            }
            Transport::Grpc => {
                &[Self::HttpStatus, Self::PageNotGrpc, Self::Exhausted, Self::TrailersOnly, Self::RetryInfoForDays]
            }
        };
        let of_proxy: &[Self] = if is_proxied { &OF_PROXY } else { &[] };
        [&EITHER, alone, of_proxy].concat()
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Refused => "connection refused",
            Self::Unreachable => "unreachable",
            Self::NeverConnects => "never connects",
            Self::AcceptsAndHangs => "accepts and hangs",
            Self::AcceptsAndCuts => "cuts before the request",
            Self::Rubbish => "speaks another protocol",
            Self::Hangs => "takes the report and hangs",
            Self::ArrivesAndCuts => "takes the report and cuts",
            Self::CutsTheAnswer => "cuts in the answer",
            Self::GoesAway => "goes away (GOAWAY)",
            Self::SlowSuccess => "slow success",
            Self::SometimesCuts => "answers now and then",
            Self::Partial => "partial success",
            Self::RubbishSuccess => "rubbish with success",
            Self::Oversized => "oversized success",
            Self::Unauthorized => "401",
            Self::RefusedForGood => "refused for good",
            Self::RefusesSome => "refuses some reports, in text or as forbidden",
            Self::WrongAddress => "400, 403, 409, 413, 422 not in OTLP's form",
            Self::MayPass => "500, 408, UNKNOWN, INTERNAL",
            Self::LaterPlain => "429, 502, 503, 504, UNAVAILABLE",
            Self::LaterAsked => "Retry-After in seconds, RetryInfo",
            Self::ProxyDown => "no proxy: connection refused",
            Self::ProxyNeverConnects => "no proxy: never connects",
            Self::ProxyHangs => "proxy hangs",
            Self::ProxyCuts => "proxy cuts",
            Self::ProxyForbids => "403, 407 of the proxy",
            Self::ProxyFindsNoWay => "502, 503, 504 of the proxy",
            Self::TunnelBreaks => "proxy goes away meanwhile",
            Self::OtherSuccess => "2xx in text, in JSON, without content",
            Self::Html => "2xx with a page",
            Self::Redirects => "redirects",
            Self::Misconfigured => "404, 405, 406, 407, 410, 415",
            Self::LaterByDate => "Retry-After with a date",
            Self::HttpStatus => "an HTTP status instead of gRPC",
            Self::PageNotGrpc => "a page instead of gRPC",
            Self::Exhausted => "RESOURCE_EXHAUSTED without RetryInfo",
            Self::TrailersOnly => "trailers only",
            Self::RetryInfoForDays => "RetryInfo of days",
        }
    }

    /// What becomes of those who connect, and what that means to them.
    pub(crate) const fn line(self) -> (Line, Answered) {
        match self {
            Self::Refused => (Line::Refused, Answered::Retry(None)),
            Self::Unreachable => (Line::Unreachable, Answered::Retry(None)),
            Self::NeverConnects => (Line::Lost, Answered::Retry(None)),
            Self::AcceptsAndHangs => (Line::Silent, Answered::Retry(None)),
            Self::AcceptsAndCuts => (Line::Cut, Answered::Retry(None)),
            Self::Rubbish => (Line::Raw(b"220 mail.example.com ESMTP\r\n"), Answered::Kept),
            Self::ProxyForbids => (Line::Up, Answered::Held),
            Self::ProxyDown
            | Self::ProxyNeverConnects
            | Self::ProxyHangs
            | Self::ProxyCuts
            | Self::ProxyFindsNoWay
            | Self::TunnelBreaks => (Line::Up, Answered::Retry(None)),
            _ => (Line::Up, Answered::Served),
        }
    }

    /// What the proxy does, where there is one.
    pub(crate) fn hop(self, random: &Seeded) -> Hop {
        match self {
            Self::ProxyDown => Hop::Refused,
            Self::ProxyNeverConnects => Hop::Lost,
            Self::ProxyHangs => Hop::Hangs,
            Self::ProxyCuts => Hop::Cuts,
            Self::ProxyForbids => Hop::Answers(random.pick(&[403, 407])),
            Self::ProxyFindsNoWay => Hop::Answers(random.pick(&[502, 503, 504])),
            Self::TunnelBreaks => Hop::Breaks,
            _ => Hop::Passes,
        }
    }

    /// The answer to a request that arrives now.
    pub(crate) fn answer(
        self,
        transport: Transport,
        random: &Seeded,
        now: Timestamp,
        message: &[u8],
    ) -> (Answer, Answered) {
        let is_http = transport == Transport::HttpProtobuf;
        let coded = |status: &[u16], code: &[Code]| {
            if is_http {
                contents::any(random.pick(status), random)
            } else {
                Answer::grpc(random.pick(code), "Grace Hopper")
            }
        };
        let not_otlp = || match random.pick(&[400, 403, 409, 413, 422]) {
            403 if !is_http => Answer::grpc(Code::PermissionDenied, "Grace Hopper"),
            status => contents::not_otlp(status, random),
        };
        match self {
            Self::Hangs => (Answer::hang(), Answered::Retry(None)),
            Self::ArrivesAndCuts => (Answer::drop_connection(), Answered::Broken),
            Self::CutsTheAnswer => (Answer::cut_off(), Answered::Broken),
            Self::GoesAway if random.percent(50) => (Answer::ok().then_close(), Answered::Delivered),
            Self::GoesAway => (Answer::go_away(), Answered::Broken),
            Self::SlowSuccess => (Answer::ok().after(Duration::from_secs(7)), Answered::Delivered),
            Self::SometimesCuts if random.percent(60) => (Answer::drop_connection(), Answered::Broken),
            Self::Partial => (Answer::partial(3, "of grace.hopper@example.com"), Answered::Partial),
            Self::RubbishSuccess => (Answer::message(&b"\xff\xff\xff\xffGrace"[..]), Answered::Delivered),
            // Over gRPC, the status comes after the message.
            Self::Oversized => {
                let answered = if is_http { Answered::Delivered } else { Answered::Held };
                (Answer::message(vec![0x0a; OVERSIZED]), answered)
            }
            Self::Unauthorized => (coded(&[401], &[Code::Unauthenticated]), Answered::Held),
            Self::RefusedForGood => {
                (Answer::refusal(transport, random.pick(&[400, 413, 422]), "Grace Hopper"), Answered::Refused)
            }
            // The same ones, whenever they are sent.
            Self::RefusesSome if Sha256::digest(message)[0] % 3 == 0 => (not_otlp(), Answered::Ambiguous),
            Self::WrongAddress => (not_otlp(), Answered::Ambiguous),
            Self::MayPass => {
                (coded(&[408, 500, 501], &[Code::Unknown, Code::Internal, Code::NotFound]), Answered::Held)
            }
            Self::LaterPlain => (coded(&[429, 502, 503, 504], &LATER), Answered::Retry(None)),
            Self::LaterAsked => later(is_http, random.pick(&[5, 600, 3000, 100_000])),
            _ => self.answer_of_one(random, now),
        }
    }

    /// The same, for what is met over one transport alone.
    fn answer_of_one(self, random: &Seeded, now: Timestamp) -> (Answer, Answered) {
        match self {
            Self::OtherSuccess => (contents::success(random), Answered::Delivered),
            Self::Html => (contents::page(random.pick(&[200, 201, 202, 203]), random), Answered::Ambiguous),
            Self::Redirects => {
                let answer = contents::any(random.pick(&[301, 302, 303, 307, 308]), random);
                (answer.header("location", "https://elsewhere.example.com/"), Answered::Held)
            }
            Self::Misconfigured => {
                (contents::any(random.pick(&[404, 405, 406, 407, 410, 415]), random), Answered::Held)
            }
            Self::LaterByDate => by_date(now, random.pick(&[30, 1800, 86_400])),
            Self::HttpStatus if random.percent(50) => {
                (contents::not_otlp(random.pick(&[429, 502, 503, 504]), random), Answered::Retry(None))
            }
            Self::HttpStatus => (contents::not_otlp(random.pick(&[302, 401, 404, 500]), random), Answered::Held),
            Self::PageNotGrpc => (contents::page(200, random), Answered::Ambiguous),
            Self::Exhausted => (Answer::grpc(Code::ResourceExhausted, "quota"), Answered::Held),
            Self::TrailersOnly => (Answer::grpc(Code::Unavailable, "later").trailers_only(), Answered::Retry(None)),
            Self::RetryInfoForDays => later(false, 400_000),
            _ => (Answer::ok(), Answered::Delivered),
        }
    }
}

/// The codes that are worth another try.
const LATER: [Code; 6] =
    [Code::Cancelled, Code::DeadlineExceeded, Code::Aborted, Code::OutOfRange, Code::Unavailable, Code::DataLoss];

fn later(is_http: bool, seconds: u64) -> (Answer, Answered) {
    let answer = if is_http {
        Answer::status(503).header("retry-after", &seconds.to_string())
    } else {
        Answer::grpc_retry(Code::ResourceExhausted, Duration::from_secs(seconds))
    };
    (answer, Answered::Retry(Some(Duration::from_secs(seconds))))
}

fn by_date(now: Timestamp, seconds: u64) -> (Answer, Answered) {
    let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(now.unix_seconds()).unwrap() + seconds);
    let answer = Answer::status(429).header("retry-after", &httpdate::fmt_http_date(at));
    (answer, Answered::Retry(Some(Duration::from_secs(seconds))))
}
