//! A simulated CompreFace as a program of its own, for tests in containers: the service that the other tests use, on a port
//! of every address, and a second port by which a test changes what it holds.
//!
//!     simulated_compreface serve            0.0.0.0:8080 (or SIMULATED_ADDRESS); control on 127.0.0.1:9090
//!     simulated_compreface tell WORD…       one line to the control port; prints the answer
//!
//! The words: `add-user`, `add-application`, `add-service recognition|detection|verification FACES`, `many-users N`,
//! `use-services DATE` (each receives a request on that day),
//! `password TEXT`, `sessions` (those open), `sign-ins`, `unlisted` (requests beyond the contract's), `requests`
//! (headcount's own), `slow SECONDS` (applications are listed so late).
//! SIMULATED_PASSWORD is the account's; `owner@example.com` its e-mail address. Told to end, it goes on answering for
//! SIMULATED_GRACE_SECONDS (0), as a service does that ends in an orderly way.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a peer for tests: a panic is the message")]
#![allow(clippy::disallowed_methods, reason = "a program of its own, told by its environment what to be")]

#[path = "../tests/support/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_debug_implementations,
    reason = "one peer of several is used"
)]
mod support;

use headcount::source::compreface::{CONTRACT, kinds};
use std::io::{BufRead as _, BufReader, Write as _};
use std::sync::Arc;

use support::compreface::{Door, Simulated, Trouble, When};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use uuid::Uuid;

const CONTROL: &str = "127.0.0.1:9090";
const ACCOUNT: Uuid = Uuid::from_u128(0x0f0e_0d0c_0b0a_4908_8706_0504_0302_0100);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((word, [])) if word == "serve" => {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(serve());
        }
        Some((word, words)) if word == "tell" => tell(&words.join(" ")),
        _ => panic!("say serve, or tell and what"),
    }
}

fn tell(line: &str) {
    let mut stream = std::net::TcpStream::connect(CONTROL).unwrap();
    writeln!(stream, "{line}").unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    print!("{answer}");
}

async fn serve() {
    let mut end = signal(SignalKind::terminate()).unwrap();
    let service = Arc::new(Simulated::start().await);
    if let Ok(password) = std::env::var("SIMULATED_PASSWORD") {
        service.change(|model| model.password = password);
    }
    // The same account after a restart, as if it had a database: another one would count as a user that came into being.
    service.change(|model| {
        model.account = ACCOUNT;
        model.users[0].id = ACCOUNT;
    });
    let address = std::env::var("SIMULATED_ADDRESS").unwrap_or_else(|_| "0.0.0.0:8080".to_owned());
    tokio::spawn(relay(TcpListener::bind(&address).await.unwrap(), service.url().replace("http://", "")));
    tokio::spawn(control(TcpListener::bind(CONTROL).await.unwrap(), Arc::clone(&service)));
    println!("serves on {address}");
    end.recv().await;
    println!("told to end");
    let grace = std::env::var("SIMULATED_GRACE_SECONDS").map_or(0, |seconds| seconds.parse().unwrap());
    tokio::time::sleep(std::time::Duration::from_secs(grace)).await;
    println!("ends; open sessions: {}", service.open_sessions());
    // Dropping the service would assert that only headcount sent requests, and the kubelet sends some too.
    std::process::exit(0);
}

/// The service itself listens on loopback alone; this is its door to the network.
async fn relay(listener: TcpListener, to: String) {
    while let Ok((mut outer, _)) = listener.accept().await {
        let to = to.clone();
        tokio::spawn(async move {
            if let Ok(mut inner) = TcpStream::connect(to).await {
                let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
            }
        });
    }
}

async fn control(listener: TcpListener, service: Arc<Simulated>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (read, mut write) = stream.into_split();
        let mut line = String::new();
        let _ = tokio::io::BufReader::new(read).read_line(&mut line).await;
        let words: Vec<&str> = line.split_whitespace().collect();
        let _ = write.write_all(format!("{}\n", obey(&service, &words)).as_bytes()).await;
    }
}

fn obey(service: &Simulated, words: &[&str]) -> String {
    match words {
        ["add-user"] => service.change(|model| model.add_user()).to_string(),
        ["add-application"] => service.change(|model| model.add_application()).to_string(),
        ["add-service", kind, faces] => {
            let kind = match *kind {
                "recognition" => kinds::RECOGNITION,
                "detection" => kinds::DETECTION,
                _ => kinds::VERIFICATION,
            };
            let faces = faces.parse().unwrap();
            service.change(|model| {
                let application = model.applications.last().unwrap().id;
                model.add_service(application, kind, faces).to_string()
            })
        }
        ["use-services", date] => {
            let day = date.parse().unwrap();
            service.change(|model| {
                let services = model.applications.iter().flat_map(|application| &application.services);
                let ids: Vec<_> = services.map(|service| service.id).collect();
                ids.into_iter().for_each(|id| model.use_service(id, day, 1));
            });
            "done".to_owned()
        }
        ["many-users", number] => {
            let number = number.parse().unwrap();
            service.change(|model| model.many_users = number);
            "done".to_owned()
        }
        ["password", password] => {
            let password = (*password).to_owned();
            service.change(|model| model.password = password);
            "done".to_owned()
        }
        ["slow", seconds] => {
            let late = std::time::Duration::from_secs(seconds.parse().unwrap());
            service.trouble(Door::Applications, When::Always, Trouble::Late(late));
            "done".to_owned()
        }
        ["sessions"] => service.open_sessions().to_string(),
        ["sign-ins"] => service.sign_ins().to_string(),
        ["unlisted"] => service.requests().iter().filter(|request| request.door.is_none()).count().to_string(),
        ["requests"] => {
            let own = |agent: Option<&str>| agent == Some(CONTRACT.user_agent);
            service.requests().iter().filter(|request| own(request.user_agent.as_deref())).count().to_string()
        }
        other => format!("not understood: {other:?}"),
    }
}
