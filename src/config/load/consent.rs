//! What is said of consent. Votes are no faults: what makes no sense is a missing yes, which `consent` explains.

use super::destination::Named;
use crate::config::consent::ConsentSettings;
use crate::config::environment::Variable;
use crate::config::names::{CONSENT_FILE, DISABLED, DO_NOT_TRACK, OTEL_SDK_DISABLED};
use crate::config::reader::Reader;
use crate::config::switch::Switch;

pub(super) fn read(reader: &mut Reader<'_>, named: &Named) -> ConsentSettings {
    let environment = reader.environment();
    ConsentSettings {
        disabled_variable: match environment.get(DISABLED.variable) {
            Variable::Unset => Switch::Unset,
            Variable::Text(text) => Switch::parse_opt_out(text),
            Variable::Unreadable => Switch::Unclear,
        },
        disabled_flag: reader.flag(&DISABLED).map_or(Switch::Unset, Switch::parse_opt_out),
        do_not_track: match environment.get(DO_NOT_TRACK) {
            Variable::Unset | Variable::Text("0" | "false") => false,
            Variable::Text(_) | Variable::Unreadable => true,
        },
        otel_sdk_disabled: match environment.get(OTEL_SDK_DISABLED) {
            Variable::Unset => false,
            Variable::Text(text) => text.eq_ignore_ascii_case("true"),
            Variable::Unreadable => true,
        },
        consent_file: reader.path(&CONSENT_FILE).valid(),
        has_destination: named.is_named,
        recipient: named.recipient.clone(),
    }
}
