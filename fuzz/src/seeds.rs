//! Writes the seeds that are made of what was recorded, and of what libraries write, into the folder that HEADCOUNT_SEEDS names.
//! Those that people can write are in `fuzz/seeds`.
//!
//! Has the form of a fuzz target, since what is built to be fuzzed links with the fuzzer's engine alone.

#![no_main]

use std::fs;
use std::io;
use std::path::Path;

use headcount_fuzz::SECRET;
use libfuzzer_sys::fuzz_target;
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use prost::Message as _;
use serde_json::Value;

const RECORDED: &str = include_str!("../../tests/fixtures/compreface.jsonl");
const REPORT: &[u8] = include_bytes!("../../tests/fixtures/report.pb");

fuzz_target!(
    init: {
        if let Some(folder) = std::env::var_os("HEADCOUNT_SEEDS") {
            all(Path::new(&folder)).expect("the seeds can be written");
            std::process::exit(0);
        }
    },
    |bytes| {
        let _ = bytes;
    }
);

fn all(folder: &Path) -> io::Result<()> {
    answers(folder)?;
    write(folder, "contract_gate", "report", REPORT)?;
    let response = ExportMetricsServiceResponse {
        partial_success: Some(ExportMetricsPartialSuccess {
            rejected_data_points: 3,
            error_message: SECRET.to_owned(),
        }),
    };
    let message = response.encode_to_vec();
    let mut http = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", message.len()).into_bytes();
    http.extend_from_slice(&message);
    write(folder, "delivery_http", "partial", &http)?;
    let mut grpc = b"200\ncontent-type: application/grpc\n\ngrpc-status: 0\n\n\0".to_vec();
    grpc.extend_from_slice(&u32::try_from(message.len()).expect("it is small").to_be_bytes());
    grpc.extend_from_slice(&message);
    write(folder, "delivery_grpc", "partial", &grpc)?;
    store(folder)
}

/// Each recorded answer through the door it came from, framed in each way, with the secret for every name.
fn answers(folder: &Path) -> io::Result<()> {
    for line in RECORDED.lines() {
        let answer: Value = serde_json::from_str(line).map_err(io::Error::other)?;
        let text = |field: &str| answer[field].as_str().unwrap_or_default();
        let (name, body) = (text("name"), personal(text("body")));
        let status = answer["status"].as_u64().unwrap_or_default();
        let detail = match status {
            400 => 4,
            401 => 5,
            403 => 6,
            404 => 7,
            500 => 8,
            502 => 9,
            _ => 0,
        };
        for framing in 0..3 {
            let mut input = vec![door(name) + 7 * framing, detail + 40];
            input.extend_from_slice(body.as_bytes());
            write(folder, "source_answers", &format!("{name}.{framing}"), &input)?;
        }
        let mut whole = vec![door(name) + 7 * 3, 0];
        whole.extend_from_slice(head(status, &answer["headers"]).as_bytes());
        whole.extend_from_slice(format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).as_bytes());
        write(folder, "source_answers", &format!("{name}.whole"), &whole)?;
        if let Some(cookies) = answer["headers"]["set-cookie"].as_array() {
            let lines: Vec<_> = cookies.iter().filter_map(Value::as_str).collect();
            write(folder, "source_cookies", name, lines.join("\n").as_bytes())?;
        }
    }
    Ok(())
}

/// The number of the door, in the order of `service::Door::ALL`.
fn door(name: &str) -> u8 {
    let doors = [
        ("login", 0),
        ("refresh", 0),
        ("db-down.login", 0),
        ("expiry.refresh", 0),
        ("me", 1),
        ("deleted-user.me", 1),
        ("models", 3),
        ("model", 3),
        ("model.statistics", 6),
        ("user-role", 3),
        ("core", 4),
        ("db-down.core", 4),
        ("users", 5),
    ];
    let found = doors.iter().filter(|(start, _)| name.starts_with(start)).max_by_key(|(start, _)| start.len());
    found.map_or(2, |(_, door)| *door)
}

fn head(status: u64, headers: &Value) -> String {
    let mut head = format!("HTTP/1.1 {status} -\r\n");
    for (name, value) in headers.as_object().into_iter().flatten() {
        let values = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            head.push_str(&format!("{name}: {}\r\n", value.as_str().unwrap_or_default()));
        }
    }
    head + "\r\n"
}

/// The body, with the secret in the place of every name and address.
fn personal(body: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    hide(&mut value);
    value.to_string()
}

fn hide(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(hide),
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_personal = ["firstName", "lastName", "email", "name", "subject", "message", "error_description"]
                    .contains(&&**name);
                match value {
                    Value::String(text) if is_personal && !text.contains(' ') => SECRET.clone_into(text),
                    other => hide(other),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// One for each kind of damage, and none.
fn store(folder: &Path) -> io::Result<()> {
    write(folder, "store_file", "sound", &[3])?;
    for column in 0..34 {
        for (kind, value) in [(0, &[0xff; 8][..]), (0, &[0, 1, 0]), (1, b"hunter2"), (2, &[7; 8]), (3, &[])] {
            let mut input = vec![3, column, kind];
            input.extend_from_slice(value);
            write(folder, "store_file", &format!("column-{column}-{kind}-{}", value.len()), &input)?;
        }
    }
    for page in 0..16_u16 {
        for kind in 0..2 {
            let mut input = vec![kind];
            input.extend_from_slice(&(page * 4096 + 1).to_be_bytes());
            input.extend_from_slice(&[7, 0, 0, 0xff, 0xff, 0, 0, 0xff]);
            write(folder, "store_file", &format!("page-{page}-{kind}"), &input)?;
        }
    }
    Ok(())
}

fn write(folder: &Path, target: &str, name: &str, input: &[u8]) -> io::Result<()> {
    let folder = folder.join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), input)
}
