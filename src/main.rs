//! headcount: a table of contents. Parse, build, dispatch; how anything works is the library's.

fn main() {}
