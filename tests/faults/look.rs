//! Looks into the store from beside, as `headcount status` does.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use headcount::store::Store;
use tokio::sync::Notify;

use crate::journal::{Look, Recorder, What};
use crate::support::world::Moments;

/// Looks, and remembers which lines of the audit it has seen. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Looker {
    directory: PathBuf,
    seen: Arc<Mutex<i64>>,
    recorder: Recorder,
    wanted: Arc<Notify>,
    moments: Moments,
}

impl Looker {
    pub(crate) fn new(directory: &Path, recorder: Recorder, moments: Moments) -> Self {
        Self { directory: directory.to_owned(), seen: Arc::default(), recorder, wanted: Arc::default(), moments }
    }

    /// Has somebody look a moment later, when all that is to happen at this one is over.
    pub(crate) fn want(&self) {
        self.wanted.notify_one();
    }

    /// Looks whenever that is wanted.
    pub(crate) async fn look_when_wanted(self) {
        loop {
            self.wanted.notified().await;
            self.moments.odd(std::time::Duration::ZERO).await;
            self.look();
        }
    }

    /// The next store begins to count its lines anew.
    pub(crate) fn forget(&self) {
        *self.seen.lock().unwrap() = 0;
    }

    /// Looks now.
    pub(crate) fn look(&self) {
        let Some(store) = Store::open_to_read(&self.directory).unwrap() else { return };
        let mut seen = self.seen.lock().unwrap();
        let look = store.read(|snapshot| {
            let receipts = snapshot.receipts()?.into_iter().map(|receipt| (receipt.install_guid, receipt.reports));
            Ok(Look {
                installation: snapshot.installation()?,
                totals: snapshot.totals()?,
                depth: snapshot.outbox_summary()?.depth,
                audit: snapshot.audit(*seen, None)?,
                receipts: receipts.collect(),
                failure: snapshot.last_failure()?.map(|failure| failure.text),
            })
        });
        let look = look.unwrap();
        *seen = look.audit.last().map_or(*seen, |line| line.seq);
        self.recorder.write(What::Looked(Box::new(look)));
    }
}
