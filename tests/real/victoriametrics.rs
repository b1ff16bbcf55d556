//! The real VictoriaMetrics with otel-config/victoriametrics: the same series as in Prometheus, what is accepted late, how an
//! installation is deleted, and what a kill costs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use headcount::clock::Hour;
use headcount::source::compreface::CONTRACT;
use prost::Message;

use crate::fleet::hurried;
use crate::peers::child::succeed;
use crate::peers::collector::{ADDED, Gateway, shipped};
use crate::peers::prometheus::Prometheus;
use crate::peers::queries::Queries;
use crate::peers::reports::{guid, hours_ago, report, totals};
use crate::peers::victoriametrics::{VictoriaMetrics, check_rules};
use crate::peers::{dashboard, eventually};

/// A report of an installation that began 30 days ago, with this total of created users.
fn of(number: u64, at: Hour, created: u64) -> Vec<u8> {
    report(&guid(number), hours_ago(24 * 30), at, &totals(created, 37)).encode_to_vec()
}

fn series(queries: &Queries) -> BTreeMap<BTreeMap<String, String>, Vec<(i64, f64)>> {
    queries.range(r#"{job="headcount"}[31d]"#).into_iter().collect()
}

fn guids(queries: &Queries) -> BTreeSet<String> {
    queries.range(r#"{install_guid!=""}[32d]"#).into_iter().map(|(labels, _)| labels["install_guid"].clone()).collect()
}

#[test]
fn a_report_becomes_the_same_series_as_in_prometheus() {
    let (prometheus, victoria) = (Prometheus::start(), VictoriaMetrics::start());
    let gateways = [Gateway::before(&prometheus.otlp()), Gateway::before(&victoria.otlp())];
    for gateway in &gateways {
        // The newest first, then four weeks oldest first, each twice.
        gateway.send(&of(1, hours_ago(1), 60));
        for day in (1..=28).rev().flat_map(|day| [day, day]) {
            gateway.send(&of(1, hours_ago(24 * day), u64::from(30 - day)));
        }
    }
    let points = (CONTRACT.instruments.len() + ADDED) * 29;
    let settled = |queries: &Queries| {
        eventually("the arrival of every point", || {
            Some(series(queries)).filter(|series| series.values().map(Vec::len).sum::<usize>() == points)
        })
    };
    assert_eq!(settled(&prometheus), settled(&victoria));
}

#[test]
fn vmalert_takes_the_rules_and_the_gateway_panels_have_data() {
    check_rules(&shipped("prometheus-rules.yaml"));
    let backend = VictoriaMetrics::start();
    let gateway = Gateway::before(&backend.otlp());
    let victoria = VictoriaMetrics::scraping(gateway.metrics);
    gateway.send(&of(1, hours_ago(2), 7));
    gateway.send(&report(&guid(1), hours_ago(900), hours_ago(800), &totals(7, 37)).encode_to_vec());
    for (_, query) in dashboard::queries(&["Gateways"]) {
        victoria.wait_for(&query);
    }
    victoria.wait_for(r#"up{job="gateway"} == 1"#);
}

#[test]
fn one_installation_is_deleted_and_stays_deleted_after_a_restart() {
    let mut victoria = VictoriaMetrics::start();
    for number in 1..=3 {
        for day in (1..=20).rev() {
            assert_eq!(victoria.send(&of(number, hours_ago(24 * day), 7)), 200);
        }
    }
    victoria.flush();
    assert_eq!(guids(&victoria).len(), 3);
    let list = victoria.directory.path().join("forget.txt");
    fs::write(&list, format!("{}\n", guid(2))).unwrap();
    let forget = |victoria: &VictoriaMetrics| succeed(Command::new(shipped("forget")).arg(&list).arg(victoria.url()));
    forget(&victoria);
    let others = BTreeSet::from([guid(1).to_string(), guid(3).to_string()]);
    assert_eq!(guids(&victoria), others);
    victoria.take_down();
    victoria.up();
    assert_eq!(guids(&victoria), others);
    let left = victoria.range("face_recognition_user_current[32d]");
    assert!(left.iter().all(|(_, points)| points.len() == 20), "the others lost points");
    // A report that arrives later is deleted by the next run.
    assert_eq!(victoria.send(&of(2, hours_ago(1), 7)), 200);
    victoria.flush();
    assert_eq!(guids(&victoria).len(), 3);
    forget(&victoria);
    assert_eq!(guids(&victoria), others);
}

/// What is in memory is lost, since there is no write-ahead log. Totals are cumulative, so the next report has what was lost.
#[test]
fn a_kill_loses_the_last_reports_and_the_next_ones_heal_the_creations() {
    let mut victoria = VictoriaMetrics::start();
    let gateway = Gateway::before(&victoria.otlp());
    let mut sent = 0;
    // Until VictoriaMetrics has answered 200 for each.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
    let mut all = |day: u32, created: u64| {
        (1..=200).for_each(|number| gateway.send(&of(number, hours_ago(24 * day), created)));
        sent += 200 * (CONTRACT.instruments.len() + ADDED);
        eventually("the arrival of every report", || {
            (gateway.counter("otelcol_exporter_sent_metric_points")? as usize >= sent).then_some(())
        });
    };
    let points = |victoria: &VictoriaMetrics| -> usize {
        victoria.range("face_recognition_user_creations_total[32d]").iter().map(|(_, points)| points.len()).sum()
    };
    for day in (3..=8).rev() {
        all(day, u64::from(8 - day));
    }
    // An orderly stop loses nothing.
    victoria.take_down();
    victoria.up();
    assert_eq!(points(&victoria), 200 * 6);
    all(2, 10);
    victoria.kill();
    victoria.up();
    let kept = points(&victoria) - 200 * 6;
    println!("{kept} of the 200 reports before the kill were kept");
    assert!(kept < 200, "the kill came too late to show anything");
    all(1, 17);
    victoria.flush();
    assert_eq!(points(&victoria), 200 * 7 + kept);
    let _alert = victoria.evaluate(&hurried(&fs::read_to_string(shipped("prometheus-rules.yaml")).unwrap()));
    // The total was 1 seven days ago, and is 17 now.
    let created = eventually("the creations of every installation", || {
        victoria.value(r#"headcount:creations7d{kind="user"}"#).filter(|created| *created >= 200.0 * 16.0)
    });
    assert_eq!(created, 200.0 * 16.0);
}
