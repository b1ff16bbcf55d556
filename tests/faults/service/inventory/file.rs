//! A document in a file of a shared volume. No peer sees when it is read: what it holds is written down instead, whenever that
//! changes.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use headcount::clock::Timestamp;
use headcount::net::Dialer;

use super::document_faults::{self, NOT_TEXT, STRANGE, WRONG};
use super::found;
use super::life::Life;
use crate::journal::What;
use crate::service::{Change, Counted, Fault, Observer, Surroundings};
use crate::support::inventory::Installation;
use crate::support::world::Seeded;

/// It is written in place, in two parts with a while between them.
pub(in crate::service) const WRITTEN_AGAIN: &str = "written in place, again and again";

/// Faults that only a file can have.
const OWN: [&str; 8] = [
    WRITTEN_AGAIN,
    NOT_TEXT,
    "removed",
    "a directory in its place",
    "a FIFO in its place",
    "a link that leads nowhere",
    "a link to a file that is swapped",
    "written in place",
];

/// Those with which there is no document.
const UNREADABLE: [&str; 4] =
    ["removed", "a directory in its place", "a FIFO in its place", "a link that leads nowhere"];

/// Every fault that it can have.
pub(in crate::service) fn faults() -> Vec<Fault> {
    OWN.into_iter().chain(WRONG).chain(STRANGE).map(Fault).collect()
}

pub(in crate::service) struct DocumentFile {
    installation: Installation,
    life: Life,
    directory: PathBuf,
    observer: Observer,
    fault: &'static str,
    /// Whether all of it is there, where it is written again and again.
    is_whole: bool,
    random: Arc<Seeded>,
    /// How often it was written.
    written: usize,
}

impl DocumentFile {
    pub(in crate::service) fn new(surroundings: &Surroundings<'_>) -> Self {
        let directory = surroundings.directory.join("shared");
        fs::create_dir(&directory).unwrap();
        Self {
            installation: Installation::default(),
            life: Life::new(Arc::clone(&surroundings.random)),
            directory,
            observer: Arc::clone(&surroundings.observer),
            fault: STRANGE[0],
            is_whole: true,
            random: Arc::clone(&surroundings.random),
            written: 0,
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.join("inventory.json")
    }

    /// Writes the document as the fault has it.
    fn write(&mut self) {
        let document = document_faults::write(&self.installation, self.fault, &self.random);
        let path = self.path();
        match self.fault {
            WRITTEN_AGAIN if !self.is_whole => self.write_in_place(&document[..document.len() / 2]),
            WRITTEN_AGAIN | "written in place" => self.write_in_place(&document),
            "a link to a file that is swapped" => self.swap(&document),
            "removed" => clear(&path),
            "a directory in its place" => {
                clear(&path);
                fs::create_dir(&path).unwrap();
            }
            "a FIFO in its place" => {
                clear(&path);
                assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            }
            "a link that leads nowhere" => {
                clear(&path);
                symlink("nowhere", &path).unwrap();
            }
            _ => self.replace(&document),
        }
        let is_right = match self.fault {
            WRITTEN_AGAIN => self.is_whole,
            fault => !WRONG.contains(&fault) && fault != NOT_TEXT && !UNREADABLE.contains(&fault),
        };
        (self.observer)(What::Document(is_right.then(|| Box::new(found(&self.installation)))));
    }

    /// Writes a new file and renames it over the old one.
    fn replace(&self, document: &[u8]) {
        let (new, path) = (self.directory.join("new"), self.path());
        fs::write(&new, document).unwrap();
        // A rename does not replace a directory.
        if path.is_dir() {
            clear(&path);
        }
        fs::rename(new, path).unwrap();
    }

    fn write_in_place(&self, document: &[u8]) {
        let path = self.path();
        if !fs::symlink_metadata(&path).is_ok_and(|file| file.is_file()) {
            clear(&path);
        }
        fs::write(path, document).unwrap();
    }

    /// Has the link lead to another file, as a mounted ConfigMap does.
    fn swap(&mut self, document: &[u8]) {
        self.written += 1;
        let target = format!("document-{}", self.written);
        fs::write(self.directory.join(&target), document).unwrap();
        let link = self.directory.join("new-link");
        // A rename does not replace a directory.
        if self.path().is_dir() {
            clear(&self.path());
        }
        symlink(target, &link).unwrap();
        fs::rename(link, self.path()).unwrap();
    }
}

/// Removes whatever is there.
fn clear(path: &Path) {
    let removed = if path.is_dir() && !path.is_symlink() { fs::remove_dir(path) } else { fs::remove_file(path) };
    assert!(removed.is_ok() || removed.is_err_and(|error| error.kind() == io::ErrorKind::NotFound));
}

impl Counted for DocumentFile {
    /// There is nothing to connect to.
    fn dialer(&self) -> Dialer {
        let observer = Arc::clone(&self.observer);
        Dialer::new(move |_| {
            observer(What::ServiceDialed);
            Box::pin(std::future::ready(Err(io::ErrorKind::HostUnreachable.into())))
        })
    }

    fn variables(&self, _: &str, _: Option<String>) -> Vec<(&'static str, String)> {
        vec![
            ("HEADCOUNT_SERVICE", "inventory".to_owned()),
            ("HEADCOUNT_INVENTORY_URL", format!("file:{}", self.path().display())),
        ]
    }

    fn populate(&mut self) {
        self.life.populate(&mut self.installation);
        self.write();
    }

    fn live(&mut self, _: Timestamp) {
        self.life.goes_on(&mut self.installation);
        self.write();
    }

    fn begin<'a>(&'a mut self, Fault(name): Fault, _: &'a Seeded) -> Change<'a> {
        (self.fault, self.is_whole) = (name, false);
        self.write();
        Box::pin(std::future::ready(()))
    }

    fn end(&mut self) -> Change<'_> {
        (self.fault, self.is_whole) = (STRANGE[0], true);
        self.write();
        Box::pin(std::future::ready(()))
    }

    fn set_up(&mut self, is_up: bool) -> Change<'_> {
        self.is_whole = is_up;
        self.write();
        Box::pin(std::future::ready(()))
    }
}
