//! `view`: the page has the numbers of the other commands, and only a browser on this host gets it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use headcount::config::Setting;
use headcount::source::{SERVICES, all_settings};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use super::{Peers, json};
use crate::program::{Program, Running, told};
use crate::support::sample;

fn call(directory: &Path, service: &str, arguments: &[&str]) -> Program {
    Program::new(arguments).state(directory).env("HEADCOUNT_SERVICE", service)
}

/// The page of this program, read as a browser reads it.
fn page(program: &Program) -> Html {
    let (exit, html, said) = told(&program.with_arguments(&["view", "--output", "-"]).output());
    assert_eq!((exit, said.as_str()), (Some(0), ""));
    let page = Html::parse_document(&html);
    assert_eq!(page.errors, Vec::<String>::new());
    page
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn one<'a>(page: &'a Html, selector: &str) -> ElementRef<'a> {
    let found = all(page, selector);
    assert_eq!(found.len(), 1, "{selector}");
    found[0]
}

fn within<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    element.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().trim().to_owned()
}

/// The names and numbers of the rows of tables.
fn numbers(element: ElementRef<'_>) -> BTreeMap<String, u64> {
    let row = |row: ElementRef<'_>| {
        let value = within(row, "data").first()?.attr("value")?.parse().ok()?;
        Some((text(within(row, "th")[0]), value))
    };
    within(element, "tbody tr").into_iter().filter_map(row).collect()
}

/// The names and numbers of OTLP/JSON.
fn numbers_of_json(report: &Value) -> BTreeMap<String, u64> {
    let metrics = report["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let value = |metric: &Value| {
        let data = if metric["sum"].is_object() { &metric["sum"] } else { &metric["gauge"] };
        data["dataPoints"][0]["asInt"].as_str().unwrap().parse().unwrap()
    };
    metrics.iter().map(|metric| (metric["name"].as_str().unwrap().to_owned(), value(metric))).collect()
}

#[test]
fn page_has_lines_and_numbers_of_audit_for_each_service() {
    for service in SERVICES {
        let directory = tempfile::tempdir().unwrap();
        drop(sample::make(directory.path(), service.contract));
        let program = call(directory.path(), service.name(), &[]);
        let page = page(&program);
        let (_, listed, _) = told(&program.with_arguments(&["audit", "--format", "json"]).output());
        let lines: Vec<_> = listed.lines().map(json).collect();
        assert_eq!((all(&page, "details.attempt").len(), lines.len() > 60), (lines.len(), true));
        let mut reports = BTreeMap::new();
        for line in &lines {
            let attempt = one(&page, &format!("#line-{}", line["seq"]));
            let first = |selector| within(attempt, selector).first().map(|element| text(*element));
            assert_eq!(first(".outcome").as_deref(), line["outcome"].as_str());
            assert_eq!(first("summary time").as_deref(), line["at"].as_str());
            assert_eq!(first(".sha256").as_deref(), line["sha256"].as_str());
            assert_eq!(first(".reason").unwrap_or_default(), line["reason"].as_str().unwrap());
            if let Some(report) = line["report"].as_u64() {
                reports.insert(report, line["seq"].to_string());
            }
        }
        for (report, seq) in &reports {
            let shown = program.with_arguments(&["audit", "--format", "json", "--show", seq]);
            let numbers_then = numbers_of_json(&json(&told(&shown.output()).1));
            assert_eq!(numbers_then.len(), service.contract.instruments.len());
            assert_eq!(numbers(one(&page, &format!("#line-{seq}"))), numbers_then, "report {report}");
            if Some(report) == reports.keys().last() {
                assert_eq!(numbers(one(&page, "#last-report")), numbers_then);
            }
            in_tables(&page, *report, &numbers_then);
        }
        assert!(text(one(&page, "#contract")).contains(&service.contract.terms().hash()));
        assert!(text(one(&page, "#receipts")).contains(sample::RECIPIENT));
        assert!(text(one(&page, "header")).contains(service.title));
    }
}

/// The tables under the charts have the same numbers in the row of this report.
fn in_tables(page: &Html, report: u64, expected: &BTreeMap<String, u64>) {
    let mut found = BTreeMap::new();
    for table in all(page, "#reports table") {
        let names: Vec<_> = within(table, "thead th").into_iter().skip(2).map(text).collect();
        let row = within(table, "tbody tr").into_iter().find(|row| text(within(*row, "th")[0]) == report.to_string());
        let values = within(row.unwrap(), "data").into_iter().map(|data| data.attr("value").unwrap().parse().unwrap());
        found.extend(names.into_iter().zip(values));
    }
    assert_eq!(&found, expected, "report {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn page_shows_what_status_shows_next_to_a_running_sidecar() {
    let peers = Peers::start().await;
    let mut served = peers.call(&["view", "--listen", "127.0.0.1:0"]).start();
    let address = address(&mut served);
    let before = get(&address, "GET / HTTP/1.1", &[]);
    assert!(before.starts_with("HTTP/1.1 200 ") && before.contains("Telemetry is on"), "{before}");
    peers.leave_one_waiting();
    let mut running = peers.call(&["run"]).start();
    crate::program::eventually("a running sidecar", || peers.outcomes().len() > 2);
    let after = Html::parse_document(body(&get(&address, "GET / HTTP/1.1", &[])));
    let status = json(&told(&peers.call(&["status", "--format", "json"]).output()).1);
    let facts = text(one(&after, ".facts"));
    for fact in ["install_guid", "baseline_at", "last_scrape_at", "next_report_at"] {
        assert!(facts.contains(status[fact].as_str().unwrap()), "{fact}: {facts}");
    }
    assert_eq!(within(one(&after, "#pending"), "tbody tr").len(), 1);
    let sources = status["decided_by_run"]["decision"]["sources"].as_array().unwrap().len();
    assert_eq!(within(one(&after, "#decision"), "tbody tr").len(), sources);
    // What is served holds nothing that keeps an opt-out from deleting.
    running.signal("TERM");
    assert_eq!(running.wait().0, Some(0));
    let out = peers.call(&["once"]).env("HEADCOUNT_DISABLED", "true");
    assert_eq!(told(&out.output()).0, Some(0));
    let off = get(&address, "GET / HTTP/1.1", &[]);
    assert!(off.contains("Telemetry is off") && off.contains("No report is stored."), "{off}");
    served.signal("INT");
    assert_eq!(served.wait().0, Some(0));
}

#[test]
fn text_of_a_store_is_text_on_the_page() {
    let directory = tempfile::tempdir().unwrap();
    drop(sample::make(directory.path(), SERVICES[0].contract));
    let hostile = r#"</p></details><script>alert(1)</script><img src=x onerror=alert(1)>"'&amp;<!--"#;
    let file = rusqlite::Connection::open(directory.path().join("headcount.db")).unwrap();
    file.execute("UPDATE audit SET reason = ?1", [hostile]).unwrap();
    file.execute("UPDATE receipt SET recipient = ?1", [hostile]).unwrap();
    file.execute("UPDATE installation SET failure = ?1", [hostile]).unwrap();
    let decision: String = file.query_row("SELECT decision FROM installation", [], |row| row.get(0)).unwrap();
    let mut decision = json(&decision);
    for place in ["detail", "name", "remedy"] {
        decision["decision"]["sources"][0][place] = hostile.into();
    }
    decision["at"] = hostile.into();
    file.execute("UPDATE installation SET decision = ?1", [decision.to_string()]).unwrap();
    drop(file);
    let page = page(&call(directory.path(), "compreface", &[]));
    for element in ["script", "img", "iframe", "object", "link", "form", "base", "[onerror]", "[style]", "[src]"] {
        assert_eq!(all(&page, element).len(), 0, "{element}");
    }
    assert!(text(within(one(&page, "#line-3"), ".reason")[0]) == hostile);
    for place in ["#decision", "#receipts", ".facts", "header"] {
        assert!(text(one(&page, place)).contains(hostile), "{place}");
    }
}

#[test]
fn modified_report_is_not_shown_as_a_report() {
    let directory = tempfile::tempdir().unwrap();
    drop(sample::make(directory.path(), SERVICES[0].contract));
    let file = rusqlite::Connection::open(directory.path().join("headcount.db")).unwrap();
    // Another report's bytes, which are a report, and bytes which are none.
    file.execute("UPDATE report SET body = (SELECT body FROM report WHERE report = 1) WHERE report = 2", []).unwrap();
    file.execute("UPDATE report SET body = X'00' WHERE report = 3", []).unwrap();
    drop(file);
    let page = page(&call(directory.path(), "compreface", &[]));
    let rows = within(all(&page, "#reports table")[0], "tbody tr").into_iter().map(|row| text(within(row, "th")[0]));
    let shown: Vec<_> = rows.collect();
    assert_eq!((shown.len(), shown.contains(&"2".to_owned()), shown.contains(&"3".to_owned())), (27, false, false));
    assert_eq!(all(&page, ".attempt .warning").len(), 2);
}

#[test]
fn unusual_stores_are_as_for_the_other_commands() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("none");
    let empty = page(&call(&missing, "compreface", &[]));
    assert!(text(one(&empty, "header")).contains("Telemetry is off") && !missing.exists());
    let sample = directory.path().join("sample");
    std::fs::create_dir(&sample).unwrap();
    drop(sample::make(&sample, SERVICES[0].contract));
    let database = sample.join("headcount.db");
    // A copy of the file alone, where no shared memory can be made.
    let copy = directory.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(&database, copy.join("headcount.db")).unwrap();
    std::os::unix::fs::symlink("elsewhere", copy.join("headcount.db-shm")).unwrap();
    assert!(all(&page(&call(&copy, "compreface", &[])), "details.attempt").len() > 60);
    let older = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-contract-1/headcount.db");
    let corrupt = directory.path().join("corrupt");
    std::fs::create_dir(&corrupt).unwrap();
    std::fs::write(corrupt.join("headcount.db"), "not a database, but longer than its head: ".repeat(100)).unwrap();
    let upgraded = directory.path().join("older");
    std::fs::create_dir(&upgraded).unwrap();
    std::fs::copy(older, upgraded.join("headcount.db")).unwrap();
    for (store, service) in [(&sample, "frigate"), (&corrupt, "compreface"), (&upgraded, "compreface")] {
        let program = call(store, service, &[]);
        let (exit, _, expected) = told(&program.with_arguments(&["audit"]).output());
        for arguments in [&["view", "--output", "-"][..], &["view", "--listen", "127.0.0.1:0"]] {
            let (found, page, said) = told(&program.with_arguments(arguments).output());
            assert_eq!((found, page.as_str(), said.as_str()), (exit, "", expected.as_str()), "{store:?}");
        }
    }
}

/// Where it is served.
fn address(served: &mut Running) -> String {
    let line = served.wait_for("http://127.0.0.1:");
    line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned()
}

/// The response to one request.
fn get(address: &str, line: &str, headers: &[&str]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let host = if headers.iter().any(|header| header.starts_with("host:")) {
        String::new()
    } else {
        format!("host: {address}\r\n")
    };
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    stream.write_all(format!("{line}\r\n{host}{headers}\r\n").as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn body(response: &str) -> &str {
    response.split_once("\r\n\r\n").unwrap().1
}

#[test]
fn only_a_browser_on_this_host_gets_the_page() {
    let directory = tempfile::tempdir().unwrap();
    let mut served = call(directory.path(), "compreface", &["view", "--listen", "127.0.0.1:0"]).start();
    let address = address(&mut served);
    let status = |line: &str, headers: &[&str]| get(&address, line, headers)[9..12].parse::<u16>().unwrap();
    assert_eq!(status("GET / HTTP/1.1", &[]), 200);
    assert_eq!(status("GET / HTTP/1.1", &["host: localhost:8080"]), 200);
    assert_eq!(status("GET / HTTP/1.1", &["host: rebound.example"]), 421);
    assert_eq!(status("GET / HTTP/1.1", &["host: rebound.example:13234", "x-forwarded-host: 127.0.0.1"]), 421);
    assert_eq!(status("GET http://rebound.example/ HTTP/1.1", &[]), 421);
    assert_eq!(status("GET / HTTP/1.1", &["origin: http://rebound.example"]), 403);
    assert_eq!(status("GET / HTTP/1.1", &["origin: null"]), 403);
    assert_eq!(status("POST / HTTP/1.1", &["content-length: 0"]), 405);
    assert_eq!(status("GET /other HTTP/1.1", &[]), 404);
    assert_eq!(status("GET / HTTP/1.1", &[&format!("x: {}", "x".repeat(20_000))]), 431);
    let many: Vec<_> = (0..80).map(|number| format!("x-{number}: x")).collect();
    assert_eq!(status("GET / HTTP/1.1", &many.iter().map(String::as_str).collect::<Vec<_>>()), 431);
    let head = get(&address, "HEAD / HTTP/1.1", &[]);
    assert!(head.starts_with("HTTP/1.1 200 ") && body(&head).is_empty(), "{head}");
    for header in [
        "cache-control: no-store",
        "content-security-policy: default-src 'none'; style-src 'sha256-",
        "frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cross-origin-resource-policy: same-origin",
    ] {
        assert!(head.contains(header), "{header} is not in {head}");
    }
    assert!(std::fs::read_dir(directory.path()).unwrap().next().is_none(), "it made something");
}

#[test]
fn other_hosts_must_be_allowed() {
    let directory = tempfile::tempdir().unwrap();
    let listen = |arguments: &[&str]| call(directory.path(), "compreface", arguments);
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        assert_eq!(told(&listen(&["view", "--listen", address]).output()).0, Some(2), "{address}");
    }
    let mut served = listen(&["view", "--listen", "0.0.0.0:0", "--allow-other-hosts"]).start();
    served.wait_for("warning: ");
    served.wait_for("http://0.0.0.0:");
    served.signal("TERM");
    assert_eq!(served.wait().0, Some(0));
}

#[test]
fn file_is_written_whole_and_needs_no_setting() {
    let directory = tempfile::tempdir().unwrap();
    let (state, file) = (directory.path().join("state"), directory.path().join("page.html"));
    let output = file.to_str().unwrap();
    // Invalid settings are shown, and prevent nothing.
    let program = call(&state, "compreface", &["view", "--output", output]).env("HEADCOUNT_KEEP", "never");
    assert_eq!(told(&program.output()).0, Some(0));
    let page = Html::parse_document(&std::fs::read_to_string(&file).unwrap());
    assert!(text(one(&page, "#decision")).contains("HEADCOUNT_KEEP"));
    let known: Vec<&'static Setting> = all_settings(&SERVICES);
    let named = text(one(&page, "#off"));
    let variables = known.iter().filter(|setting| named.contains(setting.variable));
    assert!(variables.count() >= 3, "{named}");
    let (exit, _, said) = told(&program.with_arguments(&["view", "--output", "/nonexistent/page.html"]).output());
    assert_eq!(exit, Some(1), "{said}");
}
