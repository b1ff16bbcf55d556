//! What the documents say of the contract, the settings and the self-metrics, made from the code's own tables: the part between each pair
//! of markers, `<!-- name:begin -->` and `<!-- name:end -->`.

#![allow(dead_code, unreachable_pub, reason = "each of those who share this uses a part")]

#[path = "gateway.rs"]
pub mod gateway;
#[path = "packaging.rs"]
pub mod packaging;
#[path = "setting_files.rs"]
pub mod setting_files;

use std::fmt::Write as _;

use headcount::cli::render::{report as rendered, terms_markdown as markdown};
use headcount::clock::Hour;
use headcount::config::{AMBIENT, Accepts, DefaultValue, Group, Setting};
use headcount::model::{Buckets, InstallGuid, PerKind, Totals};
use headcount::ops::self_metrics::{SELF_METRICS, SelfMetricKind};
use headcount::report;
use headcount::source::compreface::{CONTRACT, FACES};
use headcount::source::{Definition, SERVICES, all_settings};

/// The documents that have such parts.
pub const DOCUMENTS: [&str; 5] =
    ["README.md", "PRIVACY.md", "docs/operating.md", "docs/reports.md", "docs/settings.md"];

/// The chart's template that is generated as a whole.
pub const CHART_SETTINGS: &str = "helm/headcount/templates/_settings.tpl";

/// The generated parts, by the names of their markers.
pub fn parts() -> [(&'static str, String); 9] {
    let terms = CONTRACT.terms();
    [
        ("contract", contracts()),
        ("carriers", markdown::carriers(&terms).replace(CONTRACT.user_agent, "{name of the scope}/{its version}")),
        ("requests", of_each_service(|service| markdown::requests(&service.contract.terms()))),
        ("kept", markdown::kept(&terms)),
        ("version", versions()),
        ("self-metrics", self_metrics()),
        ("settings", settings()),
        ("ambient", format!("`{}`", AMBIENT.join("`, `"))),
        ("sample", sample()),
    ]
}

/// A document with its generated parts replaced.
pub fn fill(document: &str) -> String {
    parts().iter().fold(document.to_owned(), |document, (name, part)| replace(&document, name, part))
}

/// What holds for the reports of all services, and the metrics of each.
fn contracts() -> String {
    let metrics = |service: &Definition| {
        let terms = service.contract.terms();
        format!("{}\n{}", markdown::scope(&terms), markdown::instruments(&terms))
    };
    format!("{}\n{}", markdown::frame(&CONTRACT.terms()), of_each_service(metrics))
}

/// A part for each service, under its title.
fn of_each_service(part: impl Fn(&Definition) -> String) -> String {
    let parts: Vec<_> = SERVICES.iter().map(|service| format!("### {}\n\n{}", service.title, part(service))).collect();
    parts.join("\n")
}

/// The contract of each service, with the hash that an operator approves.
fn versions() -> String {
    SERVICES.iter().fold("| service | contract | hash |\n|---|---|---|\n".to_owned(), |table, service| {
        let terms = service.contract.terms();
        format!("{table}| {} | `{}` {} | `{}` |\n", service.title, terms.scope, terms.version, terms.hash())
    })
}

/// A small installation's report as `preview` prints it: the first numbers of each section, without what they count.
fn sample() -> String {
    let mut buckets = Buckets::default();
    for faces in [7, 120] {
        buckets.count(&CONTRACT.catalog, FACES, faces);
    }
    let totals = Totals {
        creations: PerKind::from([1, 1, 0, 0, 1]),
        current: PerKind::from([12, 2, 0, 1, 2]),
        buckets,
        active: Some(PerKind::from([0, 0, 0, 0, 1])),
    };
    let guid = InstallGuid::parse("4cc6a0d4-8142-4f1f-8be6-935e10256e00").unwrap();
    let (start, at) = (Hour::from_unix_hours(490_905), Hour::from_unix_hours(490_945));
    let report = CONTRACT.approve(report::encode(&report::build(&CONTRACT, &guid, start, at, &totals))).unwrap();
    rendered::text(&report).split("\n\n").fold(String::new(), |mut text, section| {
        let is_cut = section.lines().count() > 5;
        for line in section.lines().take(if is_cut { 5 } else { usize::MAX }) {
            let line = if line.contains("face_recognition.") { line.rsplit_once("  ").unwrap().0 } else { line };
            writeln!(text, "    {}", line.trim_end()).unwrap();
        }
        text.push_str(if is_cut { "      …\n\n" } else { "\n" });
        text
    })
}

/// A table of the settings of each group.
fn settings() -> String {
    let mut text = String::new();
    let mut group = None;
    for setting in all_settings(&SERVICES) {
        if group.replace(setting.group) != Some(setting.group) {
            let head = "| variable | flag | sets | expects | default |\n|---|---|---|---|---|";
            write!(text, "\n### {}\n\n{head}\n", setting.group.title()).unwrap();
        }
        let flag = setting.flag.map_or("none".to_owned(), |flag| format!("`--{flag}`"));
        let default = match setting.default {
            DefaultValue::Text(text) => format!("`{text}`"),
            DefaultValue::None(_) | DefaultValue::Required => setting.default.to_string(),
        };
        let sets = format!("{}. {}", setting.help, setting.detail);
        let (variable, sets, accepts) = (setting.variable, sets.trim_end(), setting.accepts);
        writeln!(text, "| `{variable}` | {flag} | {sets} | {accepts} | {default} |").unwrap();
    }
    text.trim_start().to_owned()
}

/// The chart's template of the environment, from the settings that its values set.
pub fn chart_settings() -> String {
    let mut text =
        "{{/* The settings as environment variables. Generated from the table of settings by `just docs`. */}}\n\n\
                    {{- define \"headcount.settings\" -}}\n"
            .to_owned();
    let in_chart = |settings: Vec<&'static Setting>| settings.into_iter().filter(|setting| !setting.chart.is_empty());
    let all = all_settings(&[]).into_iter();
    let (choice, own): (Vec<_>, Vec<_>) = all.partition(|setting| matches!(setting.group, Group::Service(_)));
    text.extend(in_chart(choice).map(chart_setting));
    for service in SERVICES {
        writeln!(text, "{{{{- if eq (include \"headcount.service\" .) {:?} }}}}", service.name()).unwrap();
        text.extend(in_chart(service.settings.to_vec()).map(chart_setting));
        text.push_str("{{- end }}\n");
    }
    text.extend(in_chart(own).map(chart_setting));
    text.push_str("{{- end -}}\n\n");
    text.push_str("{{/* Fails for a value of a service that is not chosen. */}}\n\n");
    text.push_str(
        "{{- define \"headcount.refuseOtherServices\" -}}\n{{- $chosen := include \"headcount.service\" . -}}\n",
    );
    for service in SERVICES {
        let settings = in_chart(service.settings.to_vec());
        text.extend(settings.map(|setting| chart_refusal(service.name(), setting.chart)));
    }
    text + "{{- end -}}\n"
}

/// Whether the chart's value is the name of a Secret or ConfigMap, or a key in one. What it becomes is written by hand.
pub fn is_reference(setting: &Setting) -> bool {
    ["existingSecret", "existingConfigMap", "Key"].iter().any(|end| setting.chart.ends_with(end))
}

/// Refuses the value at this path while another service is chosen. Maps on the way to it may be null.
fn chart_refusal(service: &str, path: &str) -> String {
    let keys: Vec<_> = path.split('.').collect();
    let opened: String = keys
        .iter()
        .enumerate()
        .map(|(depth, key)| match depth {
            0 => format!("{{{{- with .Values.{key} -}}}}"),
            _ => format!("{{{{- with .{key} -}}}}"),
        })
        .collect();
    let sentence = format!("headcount: {path} is a value of another service; remove it, or set service to {service}");
    let closed = "{{- end -}}".repeat(keys.len());
    format!("{{{{- if ne $chosen {service:?} -}}}}{opened}\n{{{{- fail {sentence:?} -}}}}\n{closed}{{{{- end -}}}}\n")
}

fn chart_setting(setting: &Setting) -> String {
    let Setting { variable, chart, accepts, default, .. } = setting;
    let name = format!("- name: {variable}\n");
    if is_reference(setting) {
        let flag = setting.flag.unwrap();
        return format!("{{{{- include \"headcount.settings.{flag}\" . }}}}\n");
    }
    match (accepts, default) {
        (Accepts::Boolean, _) => {
            format!("{name}  value: {{{{ include \"headcount.text\" .Values.{chart} | quote }}}}\n")
        }
        (_, DefaultValue::None(_)) => {
            format!("{{{{- with .Values.{chart} }}}}\n{name}  value: {{{{ . | quote }}}}\n{{{{- end }}}}\n")
        }
        (_, DefaultValue::Text(_) | DefaultValue::Required) => {
            format!("{name}  value: {{{{ .Values.{chart} | quote }}}}\n")
        }
    }
}

fn self_metrics() -> String {
    let mut table =
        "| metric | in Prometheus | kind | unit | attribute | what it tells |\n|---|---|---|---|---|---|\n".to_owned();
    for instrument in SELF_METRICS {
        let kind = match instrument.kind {
            SelfMetricKind::Counter => "counter",
            SelfMetricKind::UpDownCounter => "up-down counter",
            SelfMetricKind::Gauge => "gauge",
            SelfMetricKind::Histogram => "histogram",
        };
        let attribute = instrument
            .attribute
            .map_or(String::new(), |attribute| format!("`{}`: {}", attribute.key, attribute.values.join(", ")));
        let (name, prometheus) = (instrument.name, instrument.prometheus);
        let row = format!(
            "`{name}` | `{prometheus}` | {kind} | `{}` | {attribute} | {}",
            instrument.unit, instrument.description
        );
        table.push_str(&format!("| {row} |\n"));
    }
    table
}

fn replace(document: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let Some((before, rest)) = document.split_once(&begin) else { return document.to_owned() };
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{begin} has no end"));
    format!("{before}{begin}\n\n{}\n\n{end}{after}", part.trim_end())
}
