//! `headcount check`: the settings, each request of a scrape once, and the endpoint if asked for.

use super::Peers;
use crate::program::{Program, told};
use crate::support::compreface::{Answer, DEMO, Door, GlobalRole, Layout, Simulated, Trouble, When};
use crate::support::endpoint;
use headcount::source::compreface::kinds;

/// The line of standard output that begins with a word.
fn line<'a>(text: &'a str, word: &str) -> &'a str {
    text.lines().find(|line| line.split_whitespace().next() == Some(word)).unwrap_or_else(|| panic!("{word}: {text}"))
}

/// A call whose service is this one.
fn call(peers: &Peers, service: &Simulated, core_url: Option<&str>) -> Program {
    let program = peers.call(&["check"]).env("HEADCOUNT_COMPREFACE_URL", service.url());
    match core_url {
        Some(url) => program.env("HEADCOUNT_COMPREFACE_CORE_URL", url),
        None => program,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_contacts_the_endpoint_only_if_asked() {
    let peers = Peers::start().await;
    let (exit, text, said) = told(&peers.call(&["check"]).output());
    assert_eq!((exit, said.as_str()), (Some(0), ""));
    assert!(line(&text, "service").contains("OWNER") && line(&text, "telemetry").contains("127.0.0.1"), "{text}");
    assert!(!line(&text, "core").contains("not checked"), "{text}");
    assert_eq!((peers.service.sign_ins(), peers.service.open_sessions()), (1, 0));
    let doors: Vec<_> = peers.service.requests().iter().map(|request| request.door.unwrap()).collect();
    let read = [Door::Me, Door::Roles, Door::Applications, Door::Services, Door::Statistics, Door::Faces];
    let expected = [&[Door::Token], &read[..], &[Door::SignOut]].concat();
    assert_eq!((doors, peers.endpoint.requests().len()), (expected, 0));
    assert_eq!(told(&peers.call(&["check", "--endpoint"]).output()).0, Some(0));
    assert!(peers.endpoint.only_request().message.is_empty(), "an empty request");
    peers.endpoint.always(endpoint::Answer::status(401));
    let (exit, _, said) = told(&peers.call(&["check", "--endpoint"]).output());
    assert_eq!(exit, Some(4));
    assert!(said.contains("HEADCOUNT_OTLP_HEADERS"), "{said}");
    let none = peers.call(&["check", "--endpoint"]).without("HEADCOUNT_OTLP_ENDPOINT");
    assert_eq!(told(&none.output()).0, Some(2));
    assert_eq!(told(&peers.call(&["check"]).env("HEADCOUNT_KEPE", "3d").output()).0, Some(2));
    peers.service.change(|model| model.set_role(GlobalRole::User));
    let (exit, _, said) = told(&peers.call(&["check"]).output());
    assert_eq!(exit, Some(3));
    assert!(said.contains("neither OWNER nor ADMINISTRATOR"), "{said}");
    assert!(std::fs::read_dir(peers.path()).unwrap().next().is_none(), "it made something");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_with_a_wrong_core_url_fails() {
    let peers = Peers::start().await;
    let service = Simulated::start_with(Layout::Separate).await;
    service.change(|model| model.populate(2, 2, 1));
    let page = Simulated::start().await;
    page.trouble(Door::Faces, When::Always, Trouble::Answer(Answer { status: 404, ..Answer::html() }));
    let front_end = Simulated::start().await;
    front_end.trouble(Door::Faces, When::Always, Trouble::Answer(Answer::html()));
    let other = Simulated::start().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (name, core_url) in [
        ("forgotten", None),
        ("the admin API", Some(service.url())),
        ("a page with 404", Some(page.url())),
        ("a page with 200", Some(front_end.url())),
        ("another installation", Some(other.url())),
        ("nothing listens", Some(format!("http://{closed}"))),
    ] {
        let (exit, text, said) = told(&call(&peers, &service, core_url.as_deref()).output());
        assert_eq!(exit, Some(3), "{name}: {text}{said}");
        assert!(said.contains("/api/v1/recognition/faces"), "{name}: {said}");
        assert!(said.contains("HEADCOUNT_COMPREFACE_CORE_URL"), "{name}: {said}");
        assert_eq!(service.open_sessions(), 0, "{name}");
    }
    let (exit, text, said) = told(&call(&peers, &service, Some(&service.core_url())).output());
    assert_eq!((exit, said.as_str()), (Some(0), ""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_reads_the_demo_collection_where_there_is_no_other() {
    let peers = Peers::start().await;
    let service = Simulated::start_with(Layout::Separate).await;
    assert_eq!(told(&call(&peers, &service, None).output()).0, Some(3), "the core URL was forgotten");
    service.change(|model| {
        let application = model.add_application();
        model.add_service(application, kinds::VERIFICATION, 0);
    });
    let (exit, text, said) = told(&call(&peers, &service, Some(&service.core_url())).output());
    assert_eq!((exit, said.as_str()), (Some(0), ""));
    assert!(line(&text, "core").contains("demo"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_without_a_recognition_service_does_not_check_the_core() {
    let peers = Peers::start().await;
    let service = Simulated::start_with(Layout::Separate).await;
    service.change(|model| model.remove_application(DEMO));
    let (exit, text, said) = told(&call(&peers, &service, None).output());
    assert_eq!((exit, said.as_str()), (Some(0), ""));
    assert!(line(&text, "core").contains("not checked"), "{text}");
    assert!(line(&text, "statistics").contains("not checked"), "{text}");
    assert_eq!(service.count(Door::Faces), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tells_a_proxy_in_front_from_the_service() {
    let peers = Peers::start().await;
    let read = [Door::Me, Door::Roles, Door::Applications, Door::Services, Door::Statistics, Door::Faces];
    for door in [&[Door::Token], &read[..]].concat() {
        for (status, header, word) in [
            (401, ("www-authenticate", "Basic realm=\"SECRET\""), "password"),
            (403, ("x-filter", "SECRET"), "filter"),
            (429, ("retry-after", "60"), "limits requests"),
            (302, ("location", "https://sign-in.example.org/SECRET"), "redirect"),
            (405, ("allow", "SECRET"), "path"),
        ] {
            let mut answer = Answer { status, ..Answer::html() };
            answer.headers.push((header.0, header.1.to_owned()));
            peers.service.trouble(door, When::Always, Trouble::Answer(answer));
            let (exit, _, said) = told(&peers.call(&["check"]).output());
            peers.service.behave();
            assert_eq!(exit, Some(3), "{door:?} {status}: {said}");
            assert!(said.contains(word) && said.contains("HEADCOUNT_COMPREFACE_URL"), "{door:?} {status}: {said}");
            assert!(!said.contains("SECRET") && !said.contains("sign-in.example.org"), "{door:?} {status}: {said}");
        }
    }
    assert_eq!(peers.service.open_sessions(), 0);
}
