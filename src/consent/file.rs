//! The consent file, read exactly or not at all. Must not know what a decision leads to.
//!
//! No part of the file's text is kept or repeated except the contract's hash and the recipient: it may be another file, such
//! as a secret, whose path was set by mistake.

use std::io;
use std::path::Path;

use http::uri::Authority;
use zeroize::Zeroizing;

use crate::error_chain::problems;
use crate::net::secret_file;

/// The largest file that is read, in bytes.
const LARGEST: usize = 4096;

/// Some editors write it before a text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A contract's hash is a SHA-256 in hexadecimal digits.
const HASH_DIGITS: usize = 64;

/// What the consent file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentFile {
    /// `granted`, and what follows is valid.
    Granted(Approval),
    /// The first word is `denied`, in whatever case, quotes or Unicode encoding an editor or a shell left it.
    Denied,
    /// Anything else: not enabled.
    Unclear(FileProblem),
}

/// What `granted` is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approval {
    /// The hash of the only contract that is approved, in lower case.
    pub contract: Option<String>,
    /// The only recipient that is approved: `host` or `host:port`, in lower case.
    pub recipient: Option<String>,
}

problems! {
    /// Why the file neither grants nor denies.
    pub enum FileProblem () {
        /// It has not been read.
        NotRead: "has not been read yet", "not_read", "`headcount run` and `headcount once` read it";
        /// There is no such file.
        Absent: "does not exist", "file_missing",
            "create it with `granted` or `denied` as its first word, or mount it";
        /// It is not a file.
        NotAFile: "is not a regular file", "file_not_regular",
            "set HEADCOUNT_CONSENT_FILE to a regular file, or to a symbolic link to one";
        /// The system refuses to read it.
        Unreadable(io::ErrorKind): "cannot be read: {0}", "file_unreadable",
            "make it readable for the user that runs headcount";
        /// It is too large.
        TooLarge: "is larger than 4 KiB", "file_too_large",
            "remove comments from it, or set HEADCOUNT_CONSENT_FILE to the right file";
        /// It begins with a byte order mark.
        ByteOrderMark: "starts with a byte order mark", "byte_order_mark", AS_UTF8;
        /// It is UTF-16.
        Utf16: "is UTF-16, not UTF-8", "file_utf16", AS_UTF8;
        /// It is in another encoding, or not text.
        NotUtf8: "is not UTF-8 text", "file_not_text", AS_UTF8;
        /// It holds only comments.
        Empty: "is empty", "file_empty", FIRST_WORD;
        /// It begins with another word.
        Word: "must start with `granted` or `denied`, in lower case", "invalid_word", FIRST_WORD;
        /// There is text after `granted` in its line.
        AfterWord: "has text after `granted` in the same line", "text_after_word",
            "put `contract = ...` and `recipient = ...` in lines of their own";
        /// A later line, counted from 1, is invalid.
        Line {
            /// Its number.
            line: usize,
            /// What is wrong with it.
            problem: LineProblem,
        }: "has an invalid line {line}: {problem}", "invalid_line", "fix or remove that line";
    }
}

const AS_UTF8: &str = "save it as UTF-8 without a byte order mark";
const FIRST_WORD: &str = "write `granted` or `denied` as its first word";

/// What is wrong with a line after `granted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// It is not `key = value`.
    #[error("expected key = value")]
    Form,
    /// There is no such key.
    #[error("expected the key contract or recipient")]
    Key,
    /// The key was there before.
    #[error("the key occurs twice")]
    Twice,
    /// The hash is invalid.
    #[error("expected a hash of 64 hexadecimal digits")]
    Hash,
    /// The recipient is invalid.
    #[error("expected a host or host:port, without http:// or a path")]
    Recipient,
}

/// Reads the file, following symbolic links. Never reads more than one byte beyond the largest size, and never waits.
#[must_use]
pub fn read(path: &Path) -> ConsentFile {
    match bytes(path) {
        Ok(bytes) => parse(&bytes),
        Err(problem) => ConsentFile::Unclear(problem),
    }
}

fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, FileProblem> {
    secret_file::contents(path, LARGEST).map_err(|problem| match problem {
        secret_file::ReadProblem::Absent => FileProblem::Absent,
        secret_file::ReadProblem::NotAFile => FileProblem::NotAFile,
        secret_file::ReadProblem::Unreadable(error) => FileProblem::Unreadable(error.kind()),
        secret_file::ReadProblem::TooLarge(_) => FileProblem::TooLarge,
        // What the file holds is read here.
        _ => FileProblem::NotUtf8,
    })
}

/// Reads the file's bytes. `denied` opts out whatever follows it, and however it was saved. `granted` and all that follows it
/// are read exactly. A file that is too large is not this kind of file.
#[must_use]
pub fn parse(bytes: &[u8]) -> ConsentFile {
    match decision(bytes) {
        Ok(file) => file,
        Err(problem) => ConsentFile::Unclear(problem),
    }
}

fn decision(bytes: &[u8]) -> Result<ConsentFile, FileProblem> {
    if bytes.len() > LARGEST {
        return Err(FileProblem::TooLarge);
    }
    if is_denied(bytes) {
        return Ok(ConsentFile::Denied);
    }
    let text = text(bytes)?;
    let mut lines = meant(text);
    let (_, first) = lines.next().ok_or(FileProblem::Empty)?;
    let mut words = first.split_ascii_whitespace();
    match words.next() {
        Some("granted") if words.next().is_some() => Err(FileProblem::AfterWord),
        Some("granted") => approval(lines).map(ConsentFile::Granted),
        _ => Err(FileProblem::Word),
    }
}

fn text(bytes: &[u8]) -> Result<&str, FileProblem> {
    if secret_file::is_utf16(bytes) {
        return Err(FileProblem::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| FileProblem::NotUtf8)?;
    if text.contains('\0') {
        return Err(FileProblem::NotUtf8);
    }
    if text.starts_with(BYTE_ORDER_MARK) { Err(FileProblem::ByteOrderMark) } else { Ok(text) }
}

/// The lines that are not empty, without comments, and their numbers. Only ASCII white space is trimmed: `granted`
/// with an invisible character is not exactly that word.
fn meant(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let without_comment = |line: &'_ str| line.find('#').map_or(line.len(), |at| at);
    let lines = text.lines().map(move |line| line[..without_comment(line)].trim_ascii()).enumerate();
    lines.filter(|(_, line)| !line.is_empty()).map(|(index, line)| (index + 1, line))
}

/// Whether the first word is `denied`, in any case, within quotes or other punctuation, in UTF-8 or UTF-16 of either byte
/// order, with or without a byte order mark, as some shells and editors write. In UTF-16 the word has bytes that are 0,
/// which `granted` and what follows it cannot have.
fn is_denied(bytes: &[u8]) -> bool {
    let in_utf8 = || String::from_utf8_lossy(bytes).into_owned();
    begins_with_denied(in_utf8())
        || begins_with_denied(utf16(bytes, u16::from_le_bytes))
        || begins_with_denied(utf16(bytes, u16::from_be_bytes))
}

fn begins_with_denied(text: String) -> bool {
    let text = Zeroizing::new(text);
    let first = meant(text.trim_start_matches(BYTE_ORDER_MARK)).next();
    let word = first.and_then(|(_, line)| line.split_ascii_whitespace().next()).unwrap_or_default();
    word.trim_matches(|character: char| !character.is_alphanumeric()).eq_ignore_ascii_case("denied")
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn approval<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Result<Approval, FileProblem> {
    let mut approval = Approval::default();
    for (line, text) in lines {
        add(&mut approval, text).map_err(|problem| FileProblem::Line { line, problem })?;
    }
    Ok(approval)
}

fn add(approval: &mut Approval, text: &str) -> Result<(), LineProblem> {
    let (key, value) = text.split_once('=').ok_or(LineProblem::Form)?;
    let (slot, value) = match key.trim_ascii() {
        "contract" => (&mut approval.contract, hash(value.trim_ascii())?),
        "recipient" => (&mut approval.recipient, recipient(value.trim_ascii())?),
        _ => return Err(LineProblem::Key),
    };
    if slot.is_some() {
        return Err(LineProblem::Twice);
    }
    *slot = Some(value);
    Ok(())
}

fn hash(text: &str) -> Result<String, LineProblem> {
    let is_hash = text.len() == HASH_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { Ok(text.to_ascii_lowercase()) } else { Err(LineProblem::Hash) }
}

fn recipient(text: &str) -> Result<String, LineProblem> {
    let authority = text.parse::<Authority>().map_err(|_| LineProblem::Recipient)?;
    let has_port = authority.port_u16().is_some_and(|port| port > 0);
    let is_whole = match authority.as_str().strip_prefix(authority.host()) {
        Some("") => true,
        Some(rest) => rest.starts_with(':') && has_port,
        None => false,
    };
    if is_whole && !authority.host().is_empty() { Ok(text.to_ascii_lowercase()) } else { Err(LineProblem::Recipient) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const HASH: &str = "9f2c0d4be1a87653f0e1d2c3b4a5968778695a4b3c2d1e0f9f2c0d4be1a87653";

    fn granted(contract: Option<&str>, recipient: Option<&str>) -> ConsentFile {
        let own = |text: &str| text.to_owned();
        ConsentFile::Granted(Approval { contract: contract.map(own), recipient: recipient.map(own) })
    }

    #[test]
    fn granted_is_read_exactly() {
        let whole =
            format!("# decided\n\n  granted \r\n contract={HASH}# of version 1\n recipient = Telemetry.example.org\n");
        let upper = format!("granted\ncontract = {}", HASH.to_uppercase());
        let table = [
            ("granted".to_owned(), granted(None, None)),
            ("granted#yes".to_owned(), granted(None, None)),
            (whole, granted(Some(HASH), Some("telemetry.example.org"))),
            (upper, granted(Some(HASH), None)),
            ("granted\nrecipient=a.example:4317".to_owned(), granted(None, Some("a.example:4317"))),
            ("granted\nrecipient=[::1]:4317".to_owned(), granted(None, Some("[::1]:4317"))),
            ("granted\nrecipient=[2001:DB8::1]".to_owned(), granted(None, Some("[2001:db8::1]"))),
            ("granted\nrecipient=export".to_owned(), granted(None, Some("export"))),
        ];
        for (text, file) in table {
            assert_eq!(parse(text.as_bytes()), file, "{text}");
        }
    }

    #[test]
    fn denied_opts_out_whatever_follows() {
        for text in [
            "denied",
            "# x\n\n denied\t",
            "denied please",
            "denied\ngranted",
            "denied\nnonsense = =",
            "denied#",
            "denied\rx",
            "denied\r\n",
            "Denied",
            "DENIED\r\n",
            "\"denied\"",
            "'denied'",
            "\u{201c}Denied\u{201d}",
            "`denied`",
            "denied.",
            "denied!",
            "denied: no",
            "denied;",
            "denied\u{a0}",
            "denied\u{200b}",
            "\u{feff}denied",
            "\u{feff}# decided\r\nDenied\r\n",
            "denied\n\0",
        ] {
            assert_eq!(parse(text.as_bytes()), ConsentFile::Denied, "{text:?}");
        }
    }

    #[test]
    fn denied_in_other_encodings_opts_out() {
        for text in ["denied", "denied\r\n", "# n\u{e4}\r\n\"Denied\"\r\n", "\u{201c}denied\u{201d}"] {
            let marked = format!("\u{feff}{text}");
            let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
            for bytes in [&little[..], &big, &little[2..], &big[2..]] {
                assert_eq!(parse(bytes), ConsentFile::Denied, "{text:?}");
            }
        }
        assert_eq!(parse(b"# n\xe4\ndenied\n"), ConsentFile::Denied);
        assert_eq!(parse(b"denied\n\xff"), ConsentFile::Denied);
    }

    #[test]
    fn everything_else_is_unclear() {
        let line = |line, problem| FileProblem::Line { line, problem };
        let long = format!("granted\ncontract = {HASH}0");
        let twice = format!("granted\ncontract = {HASH}\ncontract = {HASH}");
        let table = [
            ("", FileProblem::Empty),
            ("\n# granted\n", FileProblem::Empty),
            ("Granted", FileProblem::Word),
            ("GRANTED", FileProblem::Word),
            ("undenied", FileProblem::Word),
            ("denied=true", FileProblem::Word),
            ("not denied", FileProblem::Word),
            ("den\u{200b}ied", FileProblem::Word),
            ("grant", FileProblem::Word),
            ("yes", FileProblem::Word),
            ("\"granted\"", FileProblem::Word),
            ("granted\u{a0}", FileProblem::Word),
            ("granted\u{200b}", FileProblem::Word),
            ("contract = x\ngranted", FileProblem::Word),
            ("granted please", FileProblem::AfterWord),
            ("granted\rcontract = x", FileProblem::AfterWord),
            ("granted\nplease", line(2, LineProblem::Form)),
            ("granted\ngranted", line(2, LineProblem::Form)),
            ("granted\n\n# c\nuntil = 2030", line(4, LineProblem::Key)),
            ("granted\nContract = x", line(2, LineProblem::Key)),
            ("granted\n = x", line(2, LineProblem::Key)),
            ("granted\ncontract = 9f2c", line(2, LineProblem::Hash)),
            ("granted\ncontract =", line(2, LineProblem::Hash)),
            (&long, line(2, LineProblem::Hash)),
            (&twice, line(3, LineProblem::Twice)),
            ("granted\nrecipient = a\nrecipient = a", line(3, LineProblem::Twice)),
            ("granted\nrecipient =", line(2, LineProblem::Recipient)),
            ("granted\nrecipient = https://a.example", line(2, LineProblem::Recipient)),
            ("granted\nrecipient = a.example/", line(2, LineProblem::Recipient)),
            ("granted\nrecipient = a.example b.example", line(2, LineProblem::Recipient)),
            ("granted\nrecipient = user@a.example", line(2, LineProblem::Recipient)),
            ("granted\nrecipient = a.example:", line(2, LineProblem::Recipient)),
            ("granted\nrecipient = a.example:0", line(2, LineProblem::Recipient)),
            ("granted\nrecipient = a.example:99999", line(2, LineProblem::Recipient)),
            ("granted\nrecipient = a.example:x", line(2, LineProblem::Recipient)),
            ("granted\nrecipient = :4317", line(2, LineProblem::Recipient)),
            ("\u{feff}granted", FileProblem::ByteOrderMark),
            ("\u{feff}granted\r\n", FileProblem::ByteOrderMark),
            ("u\0n\0d\0e\0n\0i\0e\0d\0", FileProblem::Utf16),
            ("granted\n\0", FileProblem::NotUtf8),
        ];
        for (text, problem) in table {
            assert_eq!(parse(text.as_bytes()), ConsentFile::Unclear(problem), "{text:?}");
        }
    }

    #[test]
    fn other_encoding_or_large_file_grants_nothing() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        for bytes in [utf16("granted"), utf16("\u{feff}granted"), utf16("undenied")] {
            assert_eq!(parse(&bytes), ConsentFile::Unclear(FileProblem::Utf16));
        }
        assert_eq!(parse(b"granted\n\xff"), ConsentFile::Unclear(FileProblem::NotUtf8));
        for word in ["granted\n", "denied\n"] {
            let padded = |size: usize| format!("{word}{}", "#".repeat(size - word.len()));
            assert!(!matches!(parse(padded(4096).as_bytes()), ConsentFile::Unclear(_)));
            assert_eq!(parse(padded(4097).as_bytes()), ConsentFile::Unclear(FileProblem::TooLarge));
        }
    }

    #[test]
    fn path_that_is_no_file_has_its_problem() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("yes"), "granted\n").unwrap();
        std::os::unix::fs::symlink("yes", path("link")).unwrap();
        std::os::unix::fs::symlink("loop", path("loop")).unwrap();
        fs::write(path("large"), vec![b'#'; 10_000_000]).unwrap();
        assert_eq!(read(&path("link")), granted(None, None));
        let problem = |name: &str| match read(&path(name)) {
            ConsentFile::Unclear(problem) => problem,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(problem("absent"), FileProblem::Absent);
        assert_eq!(problem("."), FileProblem::NotAFile);
        assert_eq!(problem("large"), FileProblem::TooLarge);
        assert!(matches!(problem("loop"), FileProblem::Unreadable(_)));
        assert!(matches!(problem("yes/below"), FileProblem::Unreadable(_)));
        assert!(matches!(read(Path::new("/dev/zero")), ConsentFile::Unclear(FileProblem::NotAFile)));
    }

    #[test]
    fn named_pipe_does_not_block() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let (done, result) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(read(&pipe)));
        let file = result.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(file, ConsentFile::Unclear(FileProblem::NotAFile));
    }

    proptest! {
        #[test]
        fn only_the_two_words_decide(text in "\\PC{0,40}|[a-z=# \\n]{0,40}|(granted|[dD]enied|\"denied\")?[ a-z=#\\n\\r\\t]{0,20}") {
            let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim_ascii());
            let first = lines.into_iter().find(|line| !line.is_empty()).unwrap_or_default();
            let word = first.split_ascii_whitespace().next().unwrap_or_default();
            let is_denied = word.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase() == "denied";
            match parse(text.as_bytes()) {
                ConsentFile::Granted(_) => prop_assert_eq!(first, "granted"),
                ConsentFile::Denied => prop_assert!(is_denied),
                ConsentFile::Unclear(_) => prop_assert!(!is_denied),
            }
        }

        #[test]
        fn any_bytes_grant_only_with_the_word(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let has_word = bytes.windows(7).any(|window| window == b"granted");
            prop_assert!(has_word || !matches!(parse(&bytes), ConsentFile::Granted(_)));
        }
    }
}
