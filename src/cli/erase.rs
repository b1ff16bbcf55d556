//! `headcount erase`: deletes all stored data and the receipts, after printing the receipts.

use std::io::{self, BufRead};
use std::time::Duration;

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::{OrExit as _, data, explain, note};
use crate::error_chain::Explanation;
use crate::store::{Purge, Residue, Store};

/// How long to wait for other processes that have the store open.
const READERS_GRACE: Duration = Duration::from_secs(5);

/// Deletes, after a confirmation unless `yes`.
///
/// # Errors
/// The exit status.
pub fn erase(app: &App, yes: bool) -> Ended {
    let directory = &app.configuration.state_dir;
    print_receipts(directory);
    if !yes && !confirmed() {
        note("nothing deleted");
        return Ok(());
    }
    let purged = Store::purge_in(directory, Purge::Everything, app.context.clock.now(), READERS_GRACE);
    match purged.or_exit(Exit::Store)?.residue {
        Residue::NoStore => note("nothing to delete (no store)"),
        Residue::FilesRemoved | Residue::Overwritten => note("deleted; the next report has a new install_guid"),
        Residue::InWriteAheadLog => {
            let remains = "deleted, but another process has the store open: deleted data may remain on disk";
            explain(&Explanation::new(remains, "stop that process, then run `headcount erase` again"));
            return Err(Exit::Store);
        }
    }
    Ok(())
}

/// The operator needs the receipts to ask a recipient to delete what it received.
fn print_receipts(directory: &std::path::Path) {
    match Store::receipts_in(directory) {
        Ok(receipts) => {
            for receipt in receipts {
                let _ = data(format!("{receipt}\n").as_bytes());
            }
        }
        Err(cause) => explain(&Explanation::of(&cause).within("cannot read the receipts")),
    }
}

fn confirmed() -> bool {
    note("this deletes all stored data, and the receipts above; type `yes` to continue");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}
