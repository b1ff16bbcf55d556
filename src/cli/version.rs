//! `headcount --version`, and the first line of the log: what this program is.

use super::app::App;
use crate::source::Definition;

/// The program's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that the program was built from, with `-modified` if a source differed from it; `unknown` if the build could
/// not tell.
const COMMIT: &str = env!("SOURCE_REVISION");

/// Returns the version, the commit, and the contract of each service with its hash.
pub(super) fn text(services: &[&'static Definition]) -> String {
    services.iter().fold(format!("headcount {VERSION}\ncommit    {COMMIT}\n"), |text, service| {
        let contract = service.contract;
        format!("{text}contract  {} {} {}\n", contract.scope, contract.version, contract.terms().hash())
    })
}

/// Logs the version, the commit, and the contract that this process keeps to.
pub(super) fn log(app: &App) {
    let contract = app.contract();
    tracing::info!(
        version = VERSION,
        commit = COMMIT,
        contract = format!("{} {}", contract.scope, contract.version),
        contract_hash = contract.terms().hash(),
        "headcount started"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SERVICES;

    #[test]
    fn version_names_the_commit_and_the_contract_of_each_service() {
        let text = text(&SERVICES);
        let rows: Vec<_> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(rows[0], ["headcount", VERSION]);
        assert_eq!(rows[1], ["commit", COMMIT]);
        let is_commit = COMMIT.trim_end_matches("-modified").chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_commit || COMMIT == "unknown", "{COMMIT}");
        for (row, service) in rows[2..].iter().zip(SERVICES) {
            let hash = service.contract.terms().hash();
            assert_eq!(*row, ["contract", service.contract.scope, service.contract.version, hash.as_str()]);
        }
        assert_eq!(rows.len(), 2 + SERVICES.len());
    }
}
