//! NO_PROXY: which hosts are reached without the proxy, in each form that curl, Go and platforms accept.
//!
//! Pure. There is no standard; this is the union of what is in use. hyper-util reads neither `*.example.com` nor ports,
//! brackets or trailing dots.

use std::net::IpAddr;

use ipnet::IpNet;

/// Whether an entry of the list names this host and port. A host name is in ASCII, an IPv6 address may be in brackets.
pub(super) fn names(list: &str, host: &str, port: u16) -> bool {
    let host = without_brackets(host).trim_end_matches('.');
    let address = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    list.split([',', ' ', '\t', '\r', '\n']).any(|entry| {
        let (name, entry_port) = split_port(entry);
        entry_port.is_none_or(|entry_port| entry_port == port) && is_named(name, host, address)
    })
}

fn is_named(name: &str, host: &str, address: Option<IpAddr>) -> bool {
    if name == "*" {
        return true;
    }
    if let Some(address) = address {
        let is_same = |named: IpAddr| named.to_canonical() == address;
        let contains = |network: IpNet| network.contains(&address);
        return name.parse().is_ok_and(is_same) || name.parse().is_ok_and(contains);
    }
    let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    let name = name.trim_start_matches('.').trim_end_matches('.');
    let Some(start) = host.len().checked_sub(name.len()).filter(|_| !name.is_empty()) else { return false };
    let (before, end) = host.as_bytes().split_at(start);
    end.eq_ignore_ascii_case(name.as_bytes()) && (before.is_empty() || before.ends_with(b"."))
}

/// An entry's name or address, and its port. A port that is none belongs to the name, which is that of no host then.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some(rest) = entry.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return (entry, None) };
        return match port.strip_prefix(':') {
            Some(port) => port.parse().map_or((entry, None), |port| (address, Some(port))),
            // `[2001:db8::]/32` is a network.
            None if port.is_empty() => (address, None),
            None => (entry, None),
        };
    }
    match entry.rsplit_once(':') {
        // More than one colon is an IPv6 address.
        Some((name, port)) if !name.contains(':') => port.parse().map_or((entry, None), |port| (name, Some(port))),
        _ => (entry, None),
    }
}

fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_in_use_is_read() {
        for (list, host, port, is_named) in [
            ("*", "telemetry.example.test", 443, true),
            ("localhost,*", "10.0.0.1", 443, true),
            ("*:4318", "telemetry.example.test", 4318, true),
            ("*:4318", "telemetry.example.test", 443, false),
            ("example.test", "example.test", 443, true),
            ("example.test", "telemetry.example.test", 443, true),
            ("example.test", "notexample.test", 443, false),
            ("example.test", "test", 443, false),
            (".example.test", "telemetry.example.test", 443, true),
            (".example.test", "example.test", 443, true),
            ("*.example.test", "telemetry.example.test", 443, true),
            ("*.example.test", "a.b.example.test", 443, true),
            ("*.example.test", "notexample.test", 443, false),
            ("*example.test", "telemetry.example.test", 443, false),
            ("Example.TEST", "telemetry.EXAMPLE.test", 443, true),
            ("example.test.", "telemetry.example.test", 443, true),
            ("example.test", "telemetry.example.test.", 443, true),
            ("telemetry.example.test:4318", "telemetry.example.test", 4318, true),
            ("telemetry.example.test:4318", "telemetry.example.test", 443, false),
            ("*.example.test:4318", "telemetry.example.test", 4318, true),
            ("telemetry.example.test:x", "telemetry.example.test", 4318, false),
            (" localhost ,\texample.test , ", "telemetry.example.test", 443, true),
            ("localhost example.test", "telemetry.example.test", 443, true),
            ("10.1.2.3", "10.1.2.3", 443, true),
            ("10.1.2.3", "10.1.2.30", 443, false),
            ("10.1.2.3:4318", "10.1.2.3", 4318, true),
            ("10.1.2.3:4318", "10.1.2.3", 443, false),
            ("10.0.0.0/8", "10.1.2.3", 443, true),
            ("10.0.0.0/8", "11.1.2.3", 443, false),
            ("10.1.2.3/8", "10.200.0.1", 443, true),
            ("2001:db8::1", "[2001:db8::1]", 443, true),
            ("[2001:db8::1]", "[2001:DB8:0::1]", 443, true),
            ("[2001:db8::1]:4318", "[2001:db8::1]", 4318, true),
            ("[2001:db8::1]:4318", "[2001:db8::1]", 443, false),
            ("2001:db8::/32", "[2001:db8:7::1]", 443, true),
            ("2001:db8::/32", "[2001:db9::1]", 443, false),
            ("::ffff:10.1.2.3", "10.1.2.3", 443, true),
            ("10.1.2.3", "[::ffff:10.1.2.3]", 443, true),
            ("10.1.2.3", "telemetry.example.test", 443, false),
            ("example.test", "10.1.2.3", 443, false),
            ("", "example.test", 443, false),
            (",,.,*.", "example.test", 443, false),
            ("[", "example.test", 443, false),
            ("[]", "example.test", 443, false),
            ("::", "example.test", 443, false),
        ] {
            assert_eq!(names(list, host, port), is_named, "{list:?} {host} {port}");
        }
    }
}
