//! `headcount erase`: deletes everything that headcount keeps, receipts too, after printing them.

use std::io::{self, BufRead};
use std::time::Duration;

use super::app::App;
use super::exit::Exit;
use super::output::{data, fail, talk};
use crate::store::{Forget, Forgotten, Store, Trace};

/// How long to wait for those who read the store.
const READERS_GRACE: Duration = Duration::from_secs(5);

/// Erases; asks first, unless told not to.
pub(super) fn erase(app: &App, yes: bool) -> Exit {
    let directory = &app.configuration.state_dir;
    print_receipts(directory);
    if !yes && !confirmed() {
        talk("nothing was erased");
        return Exit::Done;
    }
    match Store::forget_in(directory, Forget::Everything, app.context.clock.now(), READERS_GRACE) {
        Ok(Forgotten { trace: Trace::NothingThere, .. }) => {
            talk("there is no store, so there was nothing to erase");
            Exit::Done
        }
        Ok(Forgotten { trace: Trace::StillInTheLog, .. }) => {
            talk(
                "everything was erased, but somebody is reading the store, and deleted bytes are still in its log; erase again",
            );
            Exit::Store
        }
        Ok(_) => {
            talk("everything was erased; the next report is a new identity");
            Exit::Done
        }
        Err(error) => fail(Exit::Store, &error),
    }
}

/// Without the receipts nobody could ask a recipient to delete what it received. A store that cannot be read has none to show.
fn print_receipts(directory: &std::path::Path) {
    let receipts = match Store::open_beside(directory) {
        Ok(Some(store)) => store.read(|snapshot| snapshot.receipts()),
        Ok(None) => return,
        Err(error) => Err(error),
    };
    match receipts {
        Ok(receipts) => {
            for receipt in receipts {
                data(format!("{receipt}\n").as_bytes());
            }
        }
        Err(error) => talk(&format!("the receipts cannot be read: {error}")),
    }
}

fn confirmed() -> bool {
    talk("this deletes everything headcount keeps, the receipts above too; type `yes` to go on");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}
