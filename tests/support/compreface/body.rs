//! Bodies that are made while they are sent, so that a list of a million costs the simulation nothing.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::support::world::pass;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

const PIECE: usize = 8 * 1024;

/// Text in parts, put together to pieces of some kilobytes.
pub struct Written {
    parts: Box<dyn Iterator<Item = String> + Send>,
    piece: usize,
    every: Option<Duration>,
    wait: Option<Wait>,
    /// Whether time is paused, and passes by being told to.
    is_paused: bool,
    /// Breaks the connection when the parts are at an end.
    breaks: bool,
    /// Told when all of it was handed on; dropped with the body.
    ending: Option<Ending>,
}

/// What follows when a body was handed on to its end.
pub type Ending = Box<dyn FnOnce() + Send>;

impl Written {
    pub fn new(parts: impl Iterator<Item = String> + Send + 'static) -> Self {
        Self {
            parts: Box::new(parts),
            piece: PIECE,
            every: None,
            wait: None,
            is_paused: false,
            breaks: false,
            ending: None,
        }
    }

    /// The elements of a JSON array.
    pub fn array(elements: impl Iterator<Item = String> + Send + 'static) -> Self {
        let mut first = true;
        let elements = elements.map(move |element| {
            let comma = if std::mem::take(&mut first) { "" } else { "," };
            format!("{comma}{element}")
        });
        Self::new(std::iter::once("[".to_owned()).chain(elements).chain(std::iter::once("]".to_owned())))
    }

    pub fn text(text: impl Into<String>) -> Self {
        Self::new(std::iter::once(text.into()))
    }

    pub fn append(self, text: &'static str) -> Self {
        Self { parts: Box::new(self.parts.chain(std::iter::once(text.to_owned()))), ..self }
    }

    pub fn trickle(self, every: Duration) -> Self {
        Self { every: Some(every), piece: 1, ..self }
    }

    /// The same on paused time, where a decoder's thread that waits for more would stop the clock.
    pub fn on_paused_time(self) -> Self {
        Self { is_paused: true, ..self }
    }

    /// What is done when all of it was handed on.
    pub fn then(self, ending: impl FnOnce() + Send + 'static) -> Self {
        Self { ending: Some(Box::new(ending)), ..self }
    }

    /// Half of it, then a broken connection.
    pub fn cut_off(self) -> Self {
        Self { breaks: true, ..self.half() }
    }

    /// Half of it, and then a proper end.
    pub fn half(self) -> Self {
        let text: String = self.parts.collect();
        let half = (0..=text.len() / 2).rev().find(|end| text.is_char_boundary(*end)).unwrap();
        Self::text(&text[..half])
    }

    pub fn endless(start: &'static str) -> Self {
        Self::new(std::iter::once(start.to_owned()).chain(std::iter::repeat_with(|| " ".repeat(PIECE))))
    }
}

impl Body for Written {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
        let mut piece = String::new();
        while piece.len() < self.piece {
            let Some(part) = self.parts.next() else { break };
            piece.push_str(&part);
        }
        if piece.is_empty() {
            let broken = std::mem::take(&mut self.breaks);
            if let Some(ending) = self.ending.take().filter(|_| !broken) {
                ending();
            }
            return Poll::Ready(broken.then(|| Err(io::Error::other("cut off as told"))));
        }
        let is_paused = self.is_paused;
        self.wait = self.every.map(|every| -> Wait {
            if is_paused { Box::pin(pass(every)) } else { Box::pin(tokio::time::sleep(every)) }
        });
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
