//! Bodies that are made while they are sent, so that a list of a million costs the simulation nothing.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

const PIECE: usize = 8 * 1024;

/// Text in parts, put together to pieces of some kilobytes.
pub struct Written {
    parts: Box<dyn Iterator<Item = String> + Send>,
    piece: usize,
    every: Option<Duration>,
    wait: Option<Pin<Box<Sleep>>>,
    /// Breaks the connection when the parts are at an end.
    breaks: bool,
}

impl Written {
    pub fn new(parts: impl Iterator<Item = String> + Send + 'static) -> Self {
        Self { parts: Box::new(parts), piece: PIECE, every: None, wait: None, breaks: false }
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

    /// Half of it, then a broken connection.
    pub fn cut_off(self) -> Self {
        let text: String = self.parts.collect();
        let half = (0..=text.len() / 2).rev().find(|end| text.is_char_boundary(*end)).unwrap();
        Self { breaks: true, ..Self::text(&text[..half]) }
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
            return Poll::Ready(broken.then(|| Err(io::Error::other("cut off as told"))));
        }
        self.wait = self.every.map(|every| Box::pin(tokio::time::sleep(every)));
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
