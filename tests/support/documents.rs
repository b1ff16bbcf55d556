//! What the documents say of the contract, made from the contract's own tables: the part between each pair of markers,
//! `<!-- name:begin -->` and `<!-- name:end -->`.

#![allow(dead_code, unreachable_pub, reason = "each of those who share this uses a part")]

use headcount::cli::render::terms_markdown as markdown;
use headcount::contract::Terms;
use headcount::source::compreface::REQUESTS;

/// The documents that have such parts.
pub const DOCUMENTS: [&str; 2] = ["README.md", "PRIVACY.md"];

/// A document with its parts made anew.
pub fn fill(document: &str) -> String {
    let terms = Terms::new(&REQUESTS);
    let parts = [
        ("contract", format!("{}\n{}", markdown::frame(&terms), markdown::instruments(&terms))),
        ("carriers", markdown::carriers(&terms)),
        ("requests", markdown::requests(&terms)),
        ("kept", markdown::kept()),
        ("version", markdown::version(&terms)),
    ];
    parts.iter().fold(document.to_owned(), |document, (name, part)| replace(&document, name, part))
}

fn replace(document: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let Some((before, rest)) = document.split_once(&begin) else { return document.to_owned() };
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{begin} has no end"));
    format!("{before}{begin}\n\n{}\n\n{end}{after}", part.trim_end())
}
