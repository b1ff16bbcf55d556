//! Reads files that a setting names, such as mounted Secrets, certificates and the consent file: whole, within a limit of
//! size, without blocking; the contents are zeroed after use.
//!
//! Must not know the settings and what the files hold; the caller passes the name of the setting. Errors do not repeat paths.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::error_chain::{Describe, Description};

/// More than any header file, certificate or key needs.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The least size of a buffer: files of /proc and of some file systems have the size 0.
const LEAST_BUFFER: usize = 4096;

/// Why the file that a setting names cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{setting}: file {problem}")]
pub struct SecretFileError {
    /// The setting.
    pub setting: &'static str,
    /// What is wrong with the file.
    #[source]
    pub problem: ReadProblem,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum ReadProblem {
    /// There is no such file.
    #[error("does not exist")]
    Absent,
    /// It is something else, which could make a reader wait.
    #[error("is not a regular file")]
    NotAFile,
    /// The system refuses.
    #[error("cannot be read")]
    Unreadable(#[source] io::Error),
    /// It is larger than any such file needs to be.
    #[error("is larger than {0} bytes")]
    TooLarge(usize),
    /// It is text in another encoding.
    #[error("is encoded as UTF-16")]
    Utf16,
    /// It holds nothing that is needed.
    #[error("is empty")]
    Empty,
    /// It has more lines than it may have.
    #[error("has more than one line")]
    Lines,
    /// It is no text, or in yet another encoding.
    #[error("is not UTF-8 text")]
    NotText,
}

impl From<io::Error> for ReadProblem {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::ENOENT) => Self::Absent,
            // A socket, or a device without a driver.
            Some(libc::ENXIO | libc::ENODEV) => Self::NotAFile,
            _ => Self::Unreadable(error),
        }
    }
}

impl Describe for SecretFileError {
    fn describe(&self) -> Description {
        let (code, remedy) = match self.problem {
            ReadProblem::Absent => ("file_missing", "check the path and the mount"),
            ReadProblem::NotAFile => ("file_not_regular", "use a regular file, or a symbolic link to one"),
            ReadProblem::Unreadable(_) => {
                ("file_unreadable", "check the mount, and the permissions of the user that runs headcount")
            }
            ReadProblem::TooLarge(_) => ("file_too_large", "check that it is the right file"),
            ReadProblem::Utf16 => ("file_utf16", "save it as UTF-8"),
            ReadProblem::Empty => ("file_empty", "check that it is the right file"),
            ReadProblem::Lines => ("file_multiple_lines", "write the value alone in one line"),
            ReadProblem::NotText => ("file_not_text", "save it as UTF-8, or check that it is the right file"),
        };
        Description::new(code).remedy(remedy)
    }
}

/// The contents of the file that a setting names.
///
/// # Errors
/// If it cannot be read, or is larger than `limit`.
pub fn read(setting: &'static str, path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, SecretFileError> {
    contents(path, limit).map_err(|problem| SecretFileError { setting, problem })
}

/// The contents of a regular file, following symbolic links.
///
/// # Errors
/// If it cannot be read, or is larger than `limit`.
pub fn contents(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, ReadProblem> {
    let (file, length) = open(path)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX).clamp(LEAST_BUFFER, limit.max(LEAST_BUFFER));
    // With the capacity for all of it, since growing would leave copies that nothing zeroes.
    let mut contents = Zeroizing::new(Vec::with_capacity(length + 1));
    file.take(limit as u64 + 1).read_to_end(&mut contents)?;
    if contents.len() > limit { Err(ReadProblem::TooLarge(limit)) } else { Ok(contents) }
}

/// Opens a regular file to read it, following symbolic links, without waiting for anything. Returns its length too.
///
/// # Errors
/// If it cannot be opened, or is no regular file.
pub fn open(path: &Path) -> Result<(File, u64), ReadProblem> {
    // Without O_NONBLOCK, opening a named pipe waits for a writer; without O_NOCTTY, a terminal becomes ours.
    let flags = libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, metadata.len())) } else { Err(ReadProblem::NotAFile) }
}

/// The text of a file that a setting names, without the byte order mark that some editors put before it.
///
/// # Errors
/// If it is not UTF-8, or holds NUL bytes.
pub fn text<'a>(setting: &'static str, contents: &'a [u8]) -> Result<&'a str, SecretFileError> {
    let problem = |problem| SecretFileError { setting, problem };
    if is_utf16(contents) {
        return Err(problem(ReadProblem::Utf16));
    }
    match str::from_utf8(contents) {
        Ok(text) if !text.contains('\0') => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        _ => Err(problem(ReadProblem::NotText)),
    }
}

/// A secret that is one line of text, such as a password in a mounted Secret. The line's end is dropped, however often it is
/// there; blanks are the secret's own.
///
/// # Errors
/// If the file cannot be read, or does not have one line.
pub fn line(setting: &'static str, path: &Path, limit: usize) -> Result<SecretString, SecretFileError> {
    let contents = read(setting, path, limit)?;
    let line = text(setting, &contents)?.trim_end_matches(['\r', '\n']);
    let problem = match line {
        "" => ReadProblem::Empty,
        lines if lines.contains(['\r', '\n']) => ReadProblem::Lines,
        line => return Ok(SecretString::from(line)),
    };
    Err(SecretFileError { setting, problem })
}

/// Whether these are the bytes of a text in UTF-16: it begins with a byte order mark, or with an ASCII character.
#[must_use]
pub fn is_utf16(contents: &[u8]) -> bool {
    let is_ascii = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match contents {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0, byte, 0, other, ..] | [byte, 0, other, 0, ..] => is_ascii(*byte) && is_ascii(*other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::net::UnixListener;
    use std::process::Command;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use secrecy::ExposeSecret as _;

    use super::*;

    /// Fails if reading blocks.
    fn read_within_limit(path: &Path) -> Result<Zeroizing<Vec<u8>>, ReadProblem> {
        let (done, result) = channel();
        let path = path.to_owned();
        std::thread::spawn(move || done.send(contents(&path, 4096)));
        result.recv_timeout(Duration::from_secs(10)).unwrap()
    }

    #[test]
    fn other_than_regular_file_is_refused_without_blocking() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = UnixListener::bind(directory.path().join("socket")).unwrap();
        std::os::unix::fs::symlink("pipe", directory.path().join("link")).unwrap();
        let devices = ["/dev/zero", "/dev/null", "/dev/tty", "/dev/ptmx"].map(std::path::PathBuf::from);
        let others = ["pipe", "socket", "link", "."].map(|name| directory.path().join(name));
        for path in devices.iter().chain(&others) {
            let problem = read_within_limit(path).err().unwrap_or_else(|| panic!("{} was read", path.display()));
            assert!(matches!(problem, ReadProblem::NotAFile), "{}: {problem}", path.display());
        }
        assert!(matches!(read_within_limit(&directory.path().join("absent")), Err(ReadProblem::Absent)));
        assert!(matches!(read_within_limit(&directory.path().join("pipe/below")), Err(ReadProblem::Unreadable(_))));
    }

    #[test]
    fn links_and_files_of_size_0_are_read_within_the_limit() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::create_dir(path("..1")).unwrap();
        std::fs::write(path("..1/token"), "secret").unwrap();
        std::os::unix::fs::symlink("..1", path("..data")).unwrap();
        std::os::unix::fs::symlink("..data/token", path("token")).unwrap();
        assert_eq!(read_within_limit(&path("token")).unwrap().as_slice(), b"secret");
        assert!(!read_within_limit(Path::new("/proc/self/status")).unwrap().is_empty());
        for (size, is_read) in [(0, true), (4096, true), (4097, false), (10_000_000, false)] {
            std::fs::write(path("large"), vec![b'#'; size]).unwrap();
            assert_eq!(read_within_limit(&path("large")).is_ok(), is_read, "{size}");
        }
    }

    #[test]
    fn other_encodings_are_refused() {
        let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let problem = |bytes: &[u8]| text("SETTING", bytes).unwrap_err().problem;
        assert_eq!(text("SETTING", b"\xef\xbb\xbftext\r\n").unwrap(), "text\r\n");
        assert_eq!(text("SETTING", "\u{e4}".as_bytes()).unwrap(), "\u{e4}");
        for word in ["\u{feff}secret", "secret", "\r\n# x"] {
            assert!(matches!(problem(&utf16(word, u16::to_le_bytes)), ReadProblem::Utf16), "{word:?}");
            assert!(matches!(problem(&utf16(word, u16::to_be_bytes)), ReadProblem::Utf16), "{word:?}");
        }
        for bytes in [&b"sec\0ret"[..], b"secret\0", b"\xe4", b"\0\0\0\0"] {
            assert!(matches!(problem(bytes), ReadProblem::NotText), "{bytes:?}");
        }
    }

    fn line_of(content: &[u8]) -> Result<SecretString, ReadProblem> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        line("HEADCOUNT_TEST", file.path(), 4096).map_err(|error| error.problem)
    }

    #[test]
    fn line_is_read_without_its_end() {
        for (content, secret) in [
            ("pass", "pass"),
            ("pass\n", "pass"),
            ("pass\r\n", "pass"),
            ("pass\n\n", "pass"),
            ("pass\r\n\r\n", "pass"),
            ("pass\r", "pass"),
            (" pass ", " pass "),
            (" pass \n", " pass "),
            ("pass\t", "pass\t"),
            ("\u{feff}pass\r\n", "pass"),
            ("p\u{e4}ss\n", "p\u{e4}ss"),
        ] {
            assert_eq!(line_of(content.as_bytes()).unwrap().expose_secret(), secret, "{content:?}");
        }
    }

    #[test]
    fn file_without_one_line_is_refused_with_its_problem() {
        let utf16: Vec<u8> = "\u{feff}pass\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(matches!(line_of(&utf16), Err(ReadProblem::Utf16)));
        for content in ["", "\n", "\r\n\n", "\u{feff}", "\u{feff}\r\n"] {
            assert!(matches!(line_of(content.as_bytes()), Err(ReadProblem::Empty)), "{content:?}");
        }
        for content in ["pass\nword", "\npass", "# the password\npass\n"] {
            assert!(matches!(line_of(content.as_bytes()), Err(ReadProblem::Lines)), "{content:?}");
        }
        for content in [&b"pass\xe4"[..], b"pa\0ss", b"pass\n\0"] {
            assert!(matches!(line_of(content), Err(ReadProblem::NotText)), "{content:?}");
        }
        assert!(matches!(line_of(&[b'a'; 5000]), Err(ReadProblem::TooLarge(_))));
        assert!(line("HEADCOUNT_TEST", Path::new("/nonexistent"), 4096).is_err());
    }
}
