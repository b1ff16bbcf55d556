//! What the sections of the page are made of.

use std::fmt::Display;

use maud::{Markup, html};

/// A section with its heading.
pub(super) fn section(id: &str, title: &str, body: &Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (title) }
            (body)
        }
    }
}

/// A table whose first cells are the headings of their rows. A table that is wider than the screen is scrolled by itself, also
/// with the keyboard.
pub(super) fn table<const N: usize>(
    caption: &str,
    headings: [&str; N],
    rows: impl Iterator<Item = [Markup; N]>,
) -> Markup {
    let headings = headings.map(|heading| html! { (heading) });
    wide_table(caption, &headings, rows.map(Vec::from))
}

/// The same with any number of columns.
pub(super) fn wide_table(caption: &str, headings: &[Markup], rows: impl Iterator<Item = Vec<Markup>>) -> Markup {
    html! {
        div class="table" role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { @for heading in headings { th scope="col" { (heading) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (column, cell) in row.iter().enumerate() {
                                @if column == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A part that is closed at first.
pub(super) fn closed(summary: &str, body: &Markup) -> Markup {
    html! { details { summary { (summary) } (body) } }
}

/// A moment or an hour, as text and for programs.
pub(super) fn time(moment: impl Display) -> Markup {
    let moment = moment.to_string();
    html! { time datetime=(moment) { (moment) } }
}

/// A number for people and for programs.
pub(super) fn number(value: u64) -> Markup {
    html! { data value=(value) { (grouped(value)) } }
}

/// The name of a metric, which may be broken after its dots.
pub(super) fn name(name: &str) -> Markup {
    html! { code { @for part in name.split_inclusive('.') { (part) wbr; } } }
}

/// A sentence of the program, with what stands between back quotes as code.
pub(super) fn marked(sentence: &str) -> Markup {
    html! {
        @for (index, part) in sentence.split('`').enumerate() {
            @if index % 2 == 0 { (part) } @else { code { (part) } }
        }
    }
}

/// The digits of a number in groups of three.
pub(super) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_groups_of_three() {
        let all = [0, 7, 999, 1000, 12_345, 123_456, 1_000_000_000].map(grouped);
        assert_eq!(all, ["0", "7", "999", "1,000", "12,345", "123,456", "1,000,000,000"]);
    }

    #[test]
    fn back_quotes_mark_code() {
        assert_eq!(marked("run `a <b>`; then c").into_string(), "run <code>a &lt;b&gt;</code>; then c");
        assert_eq!(marked("plain").into_string(), "plain");
    }

    #[test]
    fn text_is_escaped_in_content_and_attributes() {
        let hostile = r#"<script>x</script>"'&"#;
        let markup = table(hostile, ["a"], [[html! { (hostile) }]].into_iter()).into_string();
        assert!(!markup.contains("<script>") && !markup.contains(r#"""'"#), "{markup}");
        assert_eq!(markup.matches("&lt;script&gt;x&lt;/script&gt;&quot;'&amp;").count(), 3, "{markup}");
    }
}
