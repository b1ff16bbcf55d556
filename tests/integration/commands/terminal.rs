//! What a command writes to stderr where that is a terminal: what it is doing, if it takes long, and colors.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use nix::pty::openpty;

use super::Peers;
use crate::program::{Program, told};
use crate::support::compreface::{Door, Trouble, When};

/// The exit status, and what a terminal got.
fn on_terminal(program: &Program) -> (Option<i32>, String) {
    let terminal = openpty(None, None).unwrap();
    let mut command = program.command();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(terminal.slave).spawn().unwrap();
    // The last handle of the other end is the child's, so that reading ends with it.
    drop(command);
    let mut bytes = Vec::new();
    let mut master = File::from(terminal.master);
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = master.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..read]);
    }
    (child.wait().unwrap().code(), String::from_utf8(bytes).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_command_says_on_a_terminal_what_it_does() {
    let peers = Peers::start().await;
    peers.service.trouble(Door::Applications, When::Always, Trouble::Late(Duration::from_millis(2200)));
    for (command, what) in
        [("preview", "reading the service"), ("check", "checking the service"), ("once", "reading the service")]
    {
        let program = peers.call(&[command]).env("TERM", "xterm");
        let (exit, shown) = on_terminal(&program);
        assert_eq!(exit, Some(0), "{command}: {shown}");
        for second in 1..3 {
            assert!(shown.contains(&format!("\u{1b}[2K{what}: {second} s\r")), "{command}: {shown:?}");
        }
        let (_, after) = shown.rsplit_once(" s\r").unwrap();
        assert!(after.starts_with("\u{1b}[2K"), "the line stays: {shown:?}");
        let (exit, dumb) = on_terminal(&program.env("TERM", "dumb"));
        assert!(exit == Some(0) && !dumb.contains('\u{1b}') && !dumb.contains(what), "{command}: {dumb:?}");
        let (exit, _, piped) = told(&peers.call(&[command]).output());
        assert!(exit == Some(0) && !piped.contains('\u{1b}') && !piped.contains(what), "{command}: {piped:?}");
    }
}

#[test]
fn colors_follow_the_terminal_and_the_usual_variables() {
    let directory = tempfile::tempdir().unwrap();
    let failing = Program::new(&["check", "--keep", "never"]).state(directory.path());
    let misused = Program::new(&["walk"]);
    for program in [failing, misused] {
        let terminal = program.clone().env("TERM", "xterm");
        let has_color = |text: &str| text.contains("\u{1b}[");
        let cases = [
            (on_terminal(&terminal), true),
            (on_terminal(&terminal.clone().env("NO_COLOR", "1")), false),
            (on_terminal(&terminal.clone().env("CLICOLOR", "0")), false),
            (on_terminal(&terminal.clone().env("TERM", "dumb")), false),
        ];
        for (number, ((exit, shown), expected)) in cases.into_iter().enumerate() {
            assert_eq!((exit, has_color(&shown)), (Some(2), expected), "{number}: {shown:?}");
            assert!(shown.contains("error:"), "{shown:?}");
        }
        let piped = |program: &Program| told(&program.output()).2;
        assert!(!has_color(&piped(&terminal)));
        assert!(has_color(&piped(&terminal.clone().env("CLICOLOR_FORCE", "1"))));
    }
}
