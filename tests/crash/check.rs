//! What must hold after a fault, and in the end.

use std::collections::BTreeMap;
use std::fs;

use bytes::Bytes;
use headcount::clock::Hour;
use headcount::store::{PendingReport, Store};
use tempfile::TempDir;

use crate::scene::Scene;

/// The key and the length of the value of a data point's attribute, as they stand in a report's bytes and nowhere else.
const IN_EVERY_REPORT: &[u8] = b"install_guid\x12\x26\x0a\x24";

/// The store is whole, and what waits in it must arrive, if it is to be kept.
pub(crate) fn after_a_crash(scene: &mut Scene, keeps: bool) -> Result<(), String> {
    let waiting = waiting_in_a_copy(scene)?;
    if keeps {
        let hours: Vec<Hour> = waiting.iter().map(|waiting| waiting.hour).collect();
        scene.truth.due.extend(hours);
        scene.written.extend(waiting.into_iter().map(|waiting| Bytes::from(waiting.body)));
    }
    Ok(())
}

/// A copy is looked at, since to open the store would mend what a crash left.
fn waiting_in_a_copy(scene: &Scene) -> Result<Vec<PendingReport>, String> {
    let copy = tempfile::tempdir_in(scene.path()).unwrap();
    for name in ["headcount.db", "headcount.db-wal", "headcount.db-journal"] {
        let from = scene.state().join(name);
        if from.exists() {
            fs::copy(from, copy.path().join(name)).unwrap();
        }
    }
    let database = copy.path().join("headcount.db");
    if !fs::metadata(&database).is_ok_and(|file| file.len() > 0) {
        return Ok(Vec::new());
    }
    is_whole(&copy)?;
    let read = |store: Store| store.read(|snapshot| snapshot.pending());
    match Store::open_to_read(copy.path()).map(|store| store.map(read)) {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(Ok(waiting))) => Ok(waiting),
        Ok(Some(Err(error))) | Err(error) => Err(format!("the store cannot be read after it: {error}")),
    }
}

fn is_whole(directory: &TempDir) -> Result<(), String> {
    let connection = rusqlite::Connection::open(directory.path().join("headcount.db")).unwrap();
    let check = connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
    match check.as_deref() {
        Ok("ok") => Ok(()),
        other => Err(format!("the store is not whole: {other:?}")),
    }
}

/// Everything agrees with the truth, nothing was left lying about, and no session more is open than processes were killed.
pub(crate) fn in_the_end(scene: &Scene) -> Result<(), String> {
    let arrived = scene.arrived();
    let violations = scene.truth.violations(&arrived);
    if !violations.is_empty() {
        return Err(format!("{violations:?}"));
    }
    if let Some(missing) = scene.written.iter().find(|written| !arrived.contains(written)) {
        return Err(format!("a report of {} bytes was written down, and those bytes never arrived", missing.len()));
    }
    let (last, right) = scene.last_report();
    if last != right {
        let values = |bytes| scene.service.contract().approve(bytes).map(|approved| approved.contents().totals);
        return Err(format!("the last report says {:?}, and the truth is {:?}", values(last), values(right)));
    }
    let sessions = scene.service.open_sessions();
    if sessions > scene.kills {
        return Err(format!("{sessions} sessions are open after {} kills", scene.kills));
    }
    if !waiting_in_a_copy(scene)?.is_empty() {
        return Err("something still waits".to_owned());
    }
    let files = scene.files();
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    if names == ["headcount.db", "headcount.lock"] { Ok(()) } else { Err(format!("left over: {names:?}")) }
}

/// What waited is in the one file or the other, and if in both, then as the same line.
pub(crate) fn is_exported(scene: &mut Scene) -> Result<(), String> {
    let files = ["exported", "again"].map(|name| fs::read_to_string(scene.file(name)).unwrap_or_default());
    let mut exported: BTreeMap<Hour, &str> = BTreeMap::new();
    for line in files.iter().flat_map(|file| file.lines()) {
        let hour = hour_of(line).ok_or_else(|| format!("a line without a time: {line}"))?;
        if exported.insert(hour, line).is_some_and(|other| other != line) {
            return Err(format!("two versions of {hour} were exported"));
        }
    }
    let arrived = scene.hours_arrived();
    if let Some(lost) = scene.truth.due.iter().find(|hour| !arrived.contains(hour) && !exported.contains_key(hour)) {
        return Err(format!("the report of {lost} was neither delivered nor exported"));
    }
    scene.may_expire();
    scene.written.clear();
    Ok(())
}

/// The time of a line's first data point.
fn hour_of(line: &str) -> Option<Hour> {
    let nanos = line.split("\"timeUnixNano\":\"").nth(1)?.split('"').next()?;
    Hour::from_unix_nanos(nanos.parse().ok()?)
}

/// After a no or an erasure, no file holds a report.
pub(crate) fn is_forgotten(scene: &Scene) -> Result<(), String> {
    let holds = |bytes: &[u8]| bytes.windows(IN_EVERY_REPORT.len()).any(|window| window == IN_EVERY_REPORT);
    match scene.files().into_iter().find(|(_, bytes)| holds(bytes)) {
        Some((name, _)) => Err(format!("a report is still in {name}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acts::Act;
    use crate::scene::ServiceKind;

    #[test]
    fn a_store_that_holds_a_report_is_not_taken_for_one_that_has_forgotten() {
        let scene = Scene::after(&Act::Denied.past(ServiceKind::CompreFace).unwrap());
        assert!(is_forgotten(&scene).is_err());
    }
}
