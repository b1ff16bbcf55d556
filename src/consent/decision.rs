//! The decision: every source and its state, and what follows from them. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::file::{Approval, ConsentFile};
use super::sources::{self, ConsentSource, Inputs, SourceState};
use crate::named::named;

named! {
    /// Whether anything may be read or sent.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum ConsentState {
        /// It may.
        Enabled = "enabled",
        /// It may not. Stored data is kept.
        NotEnabled = "not_enabled",
        /// It may not. Stored data is deleted.
        OptedOut = "opted_out",
    }
}

/// The decision, explained. `run` records it, and `status` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What follows.
    pub state: ConsentState,
    /// Every source, always in the same order.
    pub sources: Vec<ConsentSource>,
    /// Why, in one sentence.
    pub reason: String,
    /// Whether the consent file approves one contract alone.
    #[serde(skip)]
    pub names_contract: bool,
}

impl Decision {
    /// Whether anything may be read or sent.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.state == ConsentState::Enabled
    }

    /// Why, in one sentence without the errors of the settings, which the row of that source holds.
    #[must_use]
    pub fn headline(&self) -> String {
        reason(self.state, &self.sources, ConsentSource::summary)
    }

    /// What enables telemetry again, after a semicolon; empty while it is enabled.
    #[must_use]
    pub fn remedies(&self) -> String {
        let decides = |source: &&ConsentSource| match self.state {
            ConsentState::Enabled => false,
            ConsentState::NotEnabled => source.state == SourceState::NotEnabled,
            ConsentState::OptedOut => source.state == SourceState::OptedOut,
        };
        let remedies = self.sources.iter().filter(decides).filter(|source| !source.remedy.is_empty());
        remedies.map(|source| format!("; {}", source.remedy)).collect()
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Decides. Any source that does not enable turns telemetry off, and opting out outranks all others.
#[must_use]
pub fn decide(inputs: &Inputs<'_>) -> Decision {
    let sources = sources::all(inputs);
    let has = |state| sources.iter().any(|source| source.state == state);
    let state = if has(SourceState::OptedOut) {
        ConsentState::OptedOut
    } else if has(SourceState::NotEnabled) {
        ConsentState::NotEnabled
    } else {
        ConsentState::Enabled
    };
    let names_contract = matches!(inputs.file, Some(ConsentFile::Granted(Approval { contract: Some(_), .. })));
    Decision { state, reason: reason(state, &sources, |source| &source.detail), sources, names_contract }
}

fn reason(state: ConsentState, sources: &[ConsentSource], detail: impl Fn(&ConsentSource) -> &str) -> String {
    let (opening, state) = match state {
        ConsentState::Enabled => ("on", SourceState::Enabled),
        ConsentState::NotEnabled => ("off (not enabled)", SourceState::NotEnabled),
        ConsentState::OptedOut => ("off (opted out)", SourceState::OptedOut),
    };
    let because: Vec<_> = sources
        .iter()
        .filter(|source| source.state == state)
        .map(|source| format!("{} {}", source.name, detail(source)))
        .collect();
    format!("{opening}: {}", because.join("; "))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::super::file::{self, FileProblem, LineProblem};
    use super::*;
    use crate::config::{
        BoolSetting, ConsentSettings, Environment, Flags, Recipient, SETTINGS, SettingError, SettingErrorKind,
        SettingsReader, load,
    };
    use crate::error_chain::Explanation;

    const CONTRACT: &str = "9f2c0d4be1a87653f0e1d2c3b4a5968778695a4b3c2d1e0f9f2c0d4be1a87653";
    const OTHER: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    /// An endpoint and nothing else.
    fn on() -> ConsentSettings {
        let recipient = Recipient::Endpoint { host: "telemetry.example.org".to_owned(), port: 443 };
        ConsentSettings { has_destination: true, recipient: Some(recipient), ..ConsentSettings::default() }
    }

    fn decide_with(settings: &ConsentSettings, faults: &[SettingError], text: Option<&str>) -> Decision {
        let file = text.map(|text| file::parse(text.as_bytes()));
        decide(&Inputs { settings, faults, file: file.as_ref(), contract: CONTRACT })
    }

    fn counted(decision: &Decision, state: SourceState) -> Vec<&str> {
        decision.sources.iter().filter(|source| source.state == state).map(|source| &*source.name).collect()
    }

    #[test]
    fn endpoint_alone_enables() {
        let decision = decide_with(&on(), &[], None);
        assert!(decision.is_enabled());
        assert_eq!(counted(&decision, SourceState::Enabled), ["HEADCOUNT_OTLP_ENDPOINT"]);
        let off = decide_with(&ConsentSettings::default(), &[], None);
        assert_eq!(off.state, ConsentState::NotEnabled);
        assert_eq!(counted(&off, SourceState::NotEnabled), ["HEADCOUNT_OTLP_ENDPOINT"]);
        let unusable = ConsentSettings { recipient: None, ..on() };
        assert_eq!(decide_with(&unusable, &[], None).state, ConsentState::NotEnabled);
        let export = ConsentSettings { recipient: Some(Recipient::Export), ..on() };
        assert!(decide_with(&export, &[], None).is_enabled());
    }

    #[test]
    fn each_source_turns_telemetry_off() {
        let yes = on();
        let table = [
            (
                ConsentSettings { disabled_variable: BoolSetting::True, ..on() },
                ConsentState::OptedOut,
                "HEADCOUNT_DISABLED",
            ),
            (
                ConsentSettings { disabled_variable: BoolSetting::Unclear, ..on() },
                ConsentState::NotEnabled,
                "HEADCOUNT_DISABLED",
            ),
            (ConsentSettings { disabled_flag: BoolSetting::True, ..on() }, ConsentState::OptedOut, "--disabled"),
            (ConsentSettings { disabled_flag: BoolSetting::Unclear, ..on() }, ConsentState::NotEnabled, "--disabled"),
            (ConsentSettings { do_not_track: true, ..on() }, ConsentState::NotEnabled, "DO_NOT_TRACK"),
            (ConsentSettings { otel_sdk_disabled: true, ..on() }, ConsentState::NotEnabled, "OTEL_SDK_DISABLED"),
            (
                ConsentSettings { consent_file: Some(PathBuf::from("x")), ..on() },
                ConsentState::NotEnabled,
                "consent file",
            ),
        ];
        for (settings, state, source) in table {
            let decision = decide_with(&settings, &[], None);
            assert_eq!(decision.state, state, "{source}");
            let state = if state == ConsentState::OptedOut { SourceState::OptedOut } else { SourceState::NotEnabled };
            assert_eq!(counted(&decision, state), [source]);
            assert!(decision.reason.contains(source), "{}", decision.reason);
            let explained = decision.sources.iter().find(|counted| counted.name == source).unwrap();
            assert!(!explained.remedy.is_empty(), "{source}");
        }
        let fault =
            SettingError::new("HEADCOUNT_KEEP", SettingErrorKind::Invalid, &Explanation::new("is nonsense", "fix it"));
        let decision = decide_with(&yes, &[fault], None);
        assert_eq!(decision.state, ConsentState::NotEnabled);
        assert!(decision.reason.contains("HEADCOUNT_KEEP") && !decision.headline().contains("HEADCOUNT_KEEP"));
    }

    #[test]
    fn opting_out_outranks_a_contrary_flag() {
        let contrary = [(BoolSetting::True, BoolSetting::False), (BoolSetting::False, BoolSetting::True)];
        for (disabled_variable, disabled_flag) in contrary {
            let settings = ConsentSettings { disabled_variable, disabled_flag, ..on() };
            assert_eq!(decide_with(&settings, &[], Some("granted")).state, ConsentState::OptedOut);
        }
        let both_false =
            ConsentSettings { disabled_variable: BoolSetting::False, disabled_flag: BoolSetting::False, ..on() };
        assert!(decide_with(&both_false, &[], None).is_enabled());
    }

    #[test]
    fn opting_out_outranks_not_enabled() {
        let settings = ConsentSettings {
            disabled_variable: BoolSetting::Unclear,
            disabled_flag: BoolSetting::True,
            do_not_track: true,
            otel_sdk_disabled: true,
            ..ConsentSettings::default()
        };
        let decision = decide_with(&settings, &[], Some("Granted"));
        assert_eq!(decision.state, ConsentState::OptedOut);
        assert_eq!(counted(&decision, SourceState::OptedOut), ["--disabled"]);
        assert_eq!(decide_with(&on(), &[], Some("denied")).state, ConsentState::OptedOut);
        assert_eq!(decide_with(&ConsentSettings::default(), &[], Some("denied")).state, ConsentState::OptedOut);
    }

    #[test]
    fn the_file_grants_one_contract_to_one_recipient() {
        let same = format!("granted\ncontract = {}\nrecipient = Telemetry.example.org", CONTRACT.to_uppercase());
        let other_contract = format!("granted\ncontract = {OTHER}");
        let table = [
            ("granted", ConsentState::Enabled),
            (&same, ConsentState::Enabled),
            (&other_contract, ConsentState::NotEnabled),
            ("granted\nrecipient = telemetry.example.org:443", ConsentState::Enabled),
            ("granted\nrecipient = telemetry.example.org:4317", ConsentState::NotEnabled),
            ("granted\nrecipient = example.org", ConsentState::NotEnabled),
            ("granted\nrecipient = telemetry.example.org.", ConsentState::NotEnabled),
            ("granted\nrecipient = export", ConsentState::NotEnabled),
            ("granted please", ConsentState::NotEnabled),
            ("", ConsentState::NotEnabled),
        ];
        for (text, state) in table {
            assert_eq!(decide_with(&on(), &[], Some(text)).state, state, "{text}");
        }
        let words = decide_with(&on(), &[], Some(&other_contract)).reason;
        assert!(words.contains(OTHER) && words.contains(CONTRACT), "{words}");
    }

    #[test]
    fn invalid_consent_file_has_a_remedy() {
        for text in
            [None, Some(" # a comment alone"), Some("Granted"), Some("granted of course"), Some("granted\nx = y")]
        {
            let settings = ConsentSettings { consent_file: Some(PathBuf::from("x")), ..on() };
            let decision = decide_with(&settings, &[], text);
            let file = decision.sources.iter().find(|source| source.name == "consent file").unwrap();
            assert!(file.state == SourceState::NotEnabled && !file.remedy.is_empty(), "{text:?}: {file:?}");
        }
    }

    #[test]
    fn export_is_approved_by_name_only() {
        let export = ConsentSettings { recipient: Some(Recipient::Export), ..on() };
        let decision = decide_with(&export, &[], Some("granted\nrecipient = export"));
        assert!(decision.is_enabled(), "{decision}");
        assert!(!decide_with(&export, &[], Some("granted\nrecipient = telemetry.example.org")).is_enabled());
        let host = Recipient::Endpoint { host: "export".to_owned(), port: 80 };
        let endpoint = ConsentSettings { recipient: Some(host), ..on() };
        assert!(!decide_with(&endpoint, &[], Some("granted\nrecipient = export")).is_enabled());
        assert!(decide_with(&endpoint, &[], Some("granted\nrecipient = export:80")).is_enabled());
    }

    #[test]
    fn decision_lists_every_source_and_survives_the_store() {
        let names = [
            "HEADCOUNT_OTLP_ENDPOINT",
            "HEADCOUNT_DISABLED",
            "--disabled",
            "DO_NOT_TRACK",
            "OTEL_SDK_DISABLED",
            "consent file",
            "settings",
        ];
        for decision in [decide_with(&on(), &[], Some("granted")), decide_with(&on(), &[], Some("granted\nx = y"))] {
            let listed: Vec<_> = decision.sources.iter().map(|source| &*source.name).collect();
            assert_eq!(listed, names);
            let json = serde_json::to_string(&decision).unwrap();
            assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
        }
        let recorded = serde_json::to_value(decide_with(&on(), &[], None)).unwrap();
        assert_eq!(recorded["state"], "enabled");
        assert_eq!(recorded["sources"][1]["state"], "neutral");
    }

    fn switches() -> impl Strategy<Value = BoolSetting> {
        proptest::sample::select(vec![BoolSetting::Unset, BoolSetting::True, BoolSetting::False, BoolSetting::Unclear])
    }

    fn recipients() -> impl Strategy<Value = Option<Recipient>> {
        let endpoint = |host: &str| Some(Recipient::Endpoint { host: host.to_owned(), port: 443 });
        proptest::sample::select(vec![None, Some(Recipient::Export), endpoint("a.example"), endpoint("export")])
    }

    prop_compose! {
        fn settings()(
            disabled_variable in switches(),
            disabled_flag in switches(),
            do_not_track: bool,
            otel_sdk_disabled: bool,
            has_destination: bool,
            names_file: bool,
            recipient in recipients(),
        ) -> ConsentSettings {
            let consent_file = names_file.then(|| PathBuf::from("x"));
            ConsentSettings {
                disabled_variable, disabled_flag, do_not_track, otel_sdk_disabled, consent_file, has_destination, recipient,
            }
        }
    }

    fn files() -> impl Strategy<Value = Option<ConsentFile>> {
        let line = FileProblem::Line { line: 2, problem: LineProblem::Key };
        prop_oneof![
            Just(None),
            Just(Some(ConsentFile::Denied)),
            Just(Some(ConsentFile::Unclear(line))),
            "granted\n(contract = (9f2c|0{64})\n|recipient = (a.example|export|b.example:1)\n)?"
                .prop_map(|text| Some(file::parse(text.as_bytes()))),
        ]
    }

    /// Each way of being off, added to whatever there was.
    fn worse(settings: &ConsentSettings) -> Vec<(ConsentSettings, Option<SettingError>, Option<ConsentFile>)> {
        let fault = SettingError::new(
            "HEADCOUNT_X",
            SettingErrorKind::Unknown,
            &Explanation::new("is not a setting", "remove it"),
        );
        vec![
            (ConsentSettings { disabled_variable: BoolSetting::True, ..settings.clone() }, None, None),
            (ConsentSettings { disabled_variable: BoolSetting::Unclear, ..settings.clone() }, None, None),
            (ConsentSettings { disabled_flag: BoolSetting::True, ..settings.clone() }, None, None),
            (ConsentSettings { disabled_flag: BoolSetting::Unclear, ..settings.clone() }, None, None),
            (ConsentSettings { do_not_track: true, ..settings.clone() }, None, None),
            (ConsentSettings { otel_sdk_disabled: true, ..settings.clone() }, None, None),
            (ConsentSettings { has_destination: false, ..settings.clone() }, None, None),
            (ConsentSettings { recipient: None, ..settings.clone() }, None, None),
            (settings.clone(), Some(fault), None),
            (settings.clone(), None, Some(ConsentFile::Denied)),
            (settings.clone(), None, Some(ConsentFile::Unclear(FileProblem::Absent))),
        ]
    }

    proptest! {
        #[test]
        fn adding_an_off_never_enables(settings in settings(), file in files()) {
            let base = decide(&Inputs { settings: &settings, faults: &[], file: file.as_ref(), contract: CONTRACT });
            for (settings, fault, other_file) in worse(&settings) {
                let file = other_file.as_ref().or(file.as_ref());
                let faults: Vec<_> = fault.into_iter().collect();
                let decision = decide(&Inputs { settings: &settings, faults: &faults, file, contract: CONTRACT });
                prop_assert!(!decision.is_enabled(), "{:?}", decision);
                let takes_back = base.state == ConsentState::OptedOut && decision.state == ConsentState::NotEnabled;
                // The one thing added that replaces another: a denied file by an unclear one.
                prop_assert!(!takes_back || other_file.is_some() || settings.disabled_variable == BoolSetting::Unclear
                    || settings.disabled_flag == BoolSetting::Unclear, "{:?}", decision);
            }
        }

        #[test]
        fn no_value_of_a_variable_for_off_turns_on_what_is_off(value in "\\PC{0,12}|[tTrRuUeE01 ]{0,6}") {
            let base = [
                ("HEADCOUNT_OTLP_ENDPOINT", "https://example.org"),
            ];
            let state = |extra: &[(&str, &str)]| {
                let variables = base.iter().chain(extra).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
                let environment = Environment::from(variables.collect::<std::collections::BTreeMap<_, _>>());
                let configuration = load(SettingsReader::new(&Flags::default(), &environment), SETTINGS);
                decide(&Inputs { settings: &configuration.consent, faults: &configuration.errors, file: None, contract: CONTRACT }).state
            };
            prop_assert_eq!(state(&[]), ConsentState::Enabled);
            let sources = ["HEADCOUNT_DISABLED", "DO_NOT_TRACK", "OTEL_SDK_DISABLED"];
            for (off, off_value) in [("HEADCOUNT_DISABLED", "true"), ("DO_NOT_TRACK", "1"), ("OTEL_SDK_DISABLED", "true"), ("HEADCOUNT_KEEP", "x"), ("HEADCOUNT_DISABLE", "1")] {
                for source in sources.into_iter().filter(|source| *source != off) {
                    prop_assert_ne!(state(&[(off, off_value), (source, &value)]), ConsentState::Enabled);
                }
            }
            let is_false = value.is_empty() || ["false", "0", "no", "off"].iter().any(|word| value.eq_ignore_ascii_case(word));
            prop_assert_eq!(state(&[("HEADCOUNT_DISABLED", &value)]) == ConsentState::Enabled, is_false);
            let is_silent = ["", "0", "false"].contains(&&*value);
            prop_assert_eq!(state(&[("DO_NOT_TRACK", &value)]) == ConsentState::Enabled, is_silent);
            prop_assert_eq!(state(&[("OTEL_SDK_DISABLED", &value)]) == ConsentState::Enabled, !value.eq_ignore_ascii_case("true"));
            prop_assert_ne!(state(&[("HEADCOUNT_DISABLE", &format!("x{value}"))]), ConsentState::Enabled);
        }
    }
}
