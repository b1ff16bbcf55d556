//! How badly the simulated service can behave: all of it, or one of its answers.

use std::io;
use std::time::Duration;

use headcount::net::Stream;
use tokio::io::DuplexStream;

use super::answers::Answer;
use super::body::Written;

/// How the service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Up,
    /// It runs without its database.
    NotReady,
    /// The front end runs without it.
    BadGateway,
    /// Nothing listens.
    Down,
    /// No way leads there. In memory alone, as the next two.
    Unreachable,
    /// Connections are taken, and nothing is ever said on them.
    Silent,
    /// Connections are taken and closed.
    Cuts,
}

impl Health {
    /// Whether requests arrive.
    pub fn is_reached(self) -> bool {
        matches!(self, Self::Up | Self::NotReady | Self::BadGateway)
    }

    /// A connection in memory: the client's end, and the service's end if it answers there. `silent` keeps the ends of connections on
    /// which nothing is ever said.
    pub fn connect(self, silent: &mut Vec<DuplexStream>) -> io::Result<(Stream, Option<DuplexStream>)> {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let theirs = match self {
            Self::Up | Self::NotReady | Self::BadGateway => Some(theirs),
            Self::Down => return Err(io::ErrorKind::ConnectionRefused.into()),
            Self::Unreachable => return Err(io::ErrorKind::HostUnreachable.into()),
            Self::Cuts => None,
            Self::Silent => {
                silent.push(theirs);
                None
            }
        };
        Ok((Stream::new(ours), theirs))
    }
}

/// Which of a door's requests meet trouble; they are counted from 1, from the moment the trouble was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Every one.
    Always,
    /// This one alone.
    Nth(u64),
    /// This one and all that follow.
    From(u64),
    /// The second, the fourth and so on.
    EverySecond,
}

impl When {
    pub fn holds(self, number: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Nth(nth) => number == nth,
            Self::From(first) => number >= first,
            Self::EverySecond => number.is_multiple_of(2),
        }
    }
}

/// What may be wrong with an answer.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// Another answer altogether.
    Answer(Answer),
    /// The usual one, late.
    Late(Duration),
    /// Another answer altogether, late.
    LateAnswer(Duration, Answer),
    /// The service does as usual, and this answer arrives: a front end gave up waiting.
    GivenUp(Answer),
    /// None, ever.
    Never,
    /// Half of it, then the connection breaks.
    CutOff,
    /// Half of it, as if that were all.
    Half,
    /// A content-length that promises more than there is.
    WrongLength,
    /// All of it, in pieces with so much time between them.
    Trickle(Duration),
    /// Another body.
    Body(Vec<u8>),
    /// Another content type.
    ContentType(&'static str),
    /// A content encoding.
    Encoding(&'static str),
    /// Something after the usual body.
    Append(&'static str),
    /// A body that says it has so many bytes.
    Length(u64),
    /// A start, and then blanks without end.
    Endless(&'static str),
    /// Another body, made while it is sent.
    Made(fn() -> Written),
    /// The usual one, without the cookies of these names, as a proxy would remove them.
    WithoutCookies(&'static [&'static str]),
    /// So many headers more.
    Headers(usize),
}

impl Trouble {
    /// Whether the usual answer, which has this status, arrives all the same.
    pub fn is_harmless(&self, status: u16) -> bool {
        matches!(self, Self::Late(_) | Self::Trickle(_)) || (matches!(self, Self::WithoutCookies(_)) && status != 200)
    }
}
