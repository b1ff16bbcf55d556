//! What comes with a status: OTLP's own message, that of something else, or nothing.

use headcount::config::Transport;

use crate::support::endpoint::Answer;
use crate::support::world::Seeded;

/// Content types and bodies that are neither OTLP's nor a page's; a type may be missing, and so may a body.
const OTHERS: [(&str, &str); 6] = [
    ("", "Grace Hopper\n"),
    ("", ""),
    ("text/plain", ""),
    ("text/plain; charset=utf-8", "out of bounds: Grace Hopper\n"),
    ("application/json", "{\"message\":\"Grace Hopper\"}"),
    ("application/xml", "<Error><Code>AccessDenied</Code></Error>"),
];
/// Content types and bodies of pages.
const PAGES: [(&str, &str); 4] = [
    ("text/html", "<!doctype html><title>Grace Hopper</title>"),
    ("text/html; charset=utf-8", "<html><body>Please sign in</body></html>"),
    ("application/xhtml+xml", "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"></html>"),
    ("", "<!DOCTYPE html>\n<html><head><title>Portal</title></head></html>"),
];

/// A status with any content, OTLP's own included.
pub(super) fn any(status: u16, random: &Seeded) -> Answer {
    let is_otlp = random.percent(25);
    if is_otlp { Answer::refusal(Transport::HttpProtobuf, status, "Grace Hopper") } else { not_otlp(status, random) }
}

/// A status with a content that no OTLP receiver gives, or with none.
pub(super) fn not_otlp(status: u16, random: &Seeded) -> Answer {
    if random.percent(30) { page(status, random) } else { with(status, random.pick(&OTHERS)) }
}

/// A status with a page.
pub(super) fn page(status: u16, random: &Seeded) -> Answer {
    with(status, random.pick(&PAGES))
}

/// A success that says nothing of what became of the report.
pub(super) fn success(random: &Seeded) -> Answer {
    match random.pick(&[200, 201, 202, 203, 204]) {
        204 => Answer::status(204),
        status => with(status, random.pick(&OTHERS)),
    }
}

fn with(status: u16, (kind, body): (&str, &str)) -> Answer {
    let answer = Answer::http(status, body.to_owned());
    if kind.is_empty() { answer } else { answer.header("content-type", kind) }
}
