//! The generated parts of otel-config/gateway.yaml: the reports that the gateway accepts, made from the published contracts. The files
//! in contracts/ are the only source: a contract that was published stays accepted, and one that is not published is not.
//! The registry gives the product of each scope.

#![allow(dead_code, unreachable_pub, reason = "each of those who share this uses a part")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use headcount::source::SERVICES;

/// The file that has these parts.
pub const GATEWAY: &str = "otel-config/gateway.yaml";

/// A contract as its file has it.
#[derive(Debug, Clone)]
pub struct Published {
    /// The name of the service, which is the label `product`.
    pub product: &'static str,
    pub scope: String,
    pub version: String,
    /// In the order of the wire.
    pub metrics: Vec<PublishedMetric>,
}

/// A metric of a published contract.
#[derive(Debug, Clone)]
pub struct PublishedMetric {
    pub name: String,
    /// `sum` or `gauge`.
    pub kind: String,
    pub unit: String,
    /// Where the number comes from.
    words: String,
}

impl PublishedMetric {
    /// Whether every installation rounds the number down.
    pub fn is_rounded(&self) -> bool {
        self.words.ends_with(", rounded down")
    }

    /// The sizes that are counted, in short: `0`, `1-10`, `1000001+`.
    pub fn range(&self) -> Option<String> {
        let (_, sizes) = self.words.split_once(" of ")?;
        let words: Vec<_> = sizes.split(' ').collect();
        words[0].parse::<u64>().ok()?;
        Some(match words[..] {
            [least, "to", greatest, _] if least == greatest => least.to_owned(),
            [least, "to", greatest, _] => format!("{least}-{greatest}"),
            [least, _, "or", "more"] => format!("{least}+"),
            _ => panic!("{sizes} is no range"),
        })
    }
}

/// All published contracts, by service and version. The current one of each service is among them.
pub fn published() -> Vec<Published> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = files.map(|path| read(&std::fs::read_to_string(path).unwrap())).collect();
    let place = |contract: &Published| SERVICES.iter().position(|service| service.name() == contract.product);
    all.sort_by_key(|contract| (place(contract), contract.version.parse::<u32>().unwrap()));
    for service in SERVICES {
        let is_current =
            |one: &Published| (&*one.scope, &*one.version) == (service.contract.scope, service.contract.version);
        assert!(all.iter().any(is_current), "the contract of {} is not in contracts/", service.name());
    }
    all
}

fn read(text: &str) -> Published {
    let rows: Vec<Vec<String>> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [_, scope, version] = &rows.iter().find(|row| row[0] == "scope").unwrap()[..] else { panic!("scope") };
    let service = SERVICES.iter().find(|service| service.contract.scope == scope);
    let service = service.unwrap_or_else(|| panic!("no service of the registry has the scope {scope}"));
    let metrics = rows.iter().filter(|row| row[0] == "metric").map(|row| {
        let [_, name, kind, unit, words] = &row[..] else { panic!("{row:?}") };
        let [name, kind, unit, words] = [name, kind, unit, words].map(Clone::clone);
        PublishedMetric { name, kind, unit, words }
    });
    Published { product: service.name(), scope: scope.clone(), version: version.clone(), metrics: metrics.collect() }
}

/// The gateway's configuration with its generated parts replaced.
pub fn fill(configuration: &str) -> String {
    let contracts = published();
    let parts = [("contracts", accepted(&contracts)), ("rounded", rounded(&contracts)), ("ranges", ranges(&contracts))];
    parts.iter().fold(configuration.to_owned(), |text, (name, part)| replace(&text, name, part))
}

/// A statement for each contract.
fn accepted(contracts: &[Published]) -> String {
    contracts.iter().fold(String::new(), |mut text, Published { product, scope, version, metrics }| {
        let list = metrics.iter().map(|PublishedMetric { name, kind, unit, .. }| format!("{kind} {name} {unit}"));
        write!(
            text,
            "- >-\n  set(scope.attributes[\"product\"], {product:?})\n  where scope.name == {scope:?} and scope.version == \
             {version:?} and scope.attributes[\"metrics\"] == [\n{}\n  ]\n",
            quoted(list)
        )
        .unwrap();
        text
    })
}

/// A condition on the metrics that are rounded in any contract: a name has the same meaning in all of them.
fn rounded(contracts: &[Published]) -> String {
    let mut names: BTreeMap<&str, bool> = BTreeMap::new();
    for metric in contracts.iter().flat_map(|contract| &contract.metrics) {
        let is_rounded = *names.entry(&metric.name).or_insert_with(|| metric.is_rounded());
        assert_eq!(is_rounded, metric.is_rounded(), "{} is rounded in one contract only", metric.name);
    }
    let names = names.into_iter().filter(|(_, is_rounded)| *is_rounded).map(|(name, _)| name.to_owned());
    format!(
        "- >-\n  not IsMatch(String(datapoint.value_int), \"^(0|[125]0*)$\") and ContainsValue([\n{}\n  ], metric.name)\n",
        quoted(names)
    )
}

/// A transform for each distribution: `….collection.faces.1_10` becomes `….collection.current` with `faces_range="1-10"`.
fn ranges(contracts: &[Published]) -> String {
    let mut distributions: BTreeMap<(&str, &str), Vec<(&str, String)>> = BTreeMap::new();
    for metric in contracts.iter().flat_map(|contract| &contract.metrics) {
        let Some(range) = metric.range() else { continue };
        let (measured, end) = metric.name.rsplit_once('.').unwrap();
        let ranges = distributions.entry(measured.rsplit_once('.').unwrap()).or_default();
        if !ranges.contains(&(end, range.clone())) {
            ranges.push((end, range));
        }
    }
    distributions.iter().fold(String::new(), |mut text, ((of, measure), ranges)| {
        let prefix = format!("{of}.{measure}.").replace('.', "\\.");
        write!(
            text,
            "- include: ^{prefix}(?P<{measure}_range>[0-9a-z_]+)$$\n  match_type: regexp\n  action: combine\n  \
             new_name: {of}.current\n  operations:\n    - action: update_label\n      label: {measure}_range\n      \
             value_actions:\n"
        )
        .unwrap();
        for (end, range) in ranges.iter().filter(|(end, range)| end != range) {
            writeln!(text, "        - {{ value: {end:?}, new_value: {range:?} }}").unwrap();
        }
        text
    })
}

/// A list, one item a line.
fn quoted(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("    {item:?}")).collect::<Vec<_>>().join(",\n")
}

/// Puts lines between the two comments of a name, as far to the right as these are.
pub(super) fn replace(text: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("# {name}:begin\n"), format!("# {name}:end\n"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("there is no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("there is no {end}"));
    let margin = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let lines: String = part.lines().map(|line| format!("{margin}{line}\n")).collect();
    format!("{before}{begin}{lines}{margin}{end}{after}")
}
