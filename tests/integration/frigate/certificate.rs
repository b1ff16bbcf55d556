//! The certificate that Frigate makes for itself, and others.

use headcount::error_chain::{Describe as _, sentence};
use headcount::net::Dialer;
use headcount::source::frigate::Frigate;

use super::{reader, scrape};
use crate::support::frigate::{OwnCertificate, SimulatedFrigate};
use crate::support::tls::Certificates;

async fn populated(own: &OwnCertificate) -> SimulatedFrigate {
    let simulated = SimulatedFrigate::start_tls(own.server()).await;
    simulated.change(|model| model.add_person("Mila", 3));
    simulated
}

fn trusting(simulated: &SimulatedFrigate, certificate: std::path::PathBuf) -> Frigate {
    let mut settings = simulated.settings();
    settings.certificate = Some(certificate);
    Frigate::new(settings, Dialer::system())
}

#[tokio::test]
async fn own_certificate_is_accepted_where_the_setting_names_it() {
    let own = OwnCertificate::new();
    let simulated = populated(&own).await;
    assert_eq!(scrape(&mut trusting(&simulated, own.path())).await.unwrap(), (2, 1, 3));
}

/// Nothing replaces it in a container that runs for years.
#[tokio::test]
async fn own_certificate_is_accepted_after_it_expired() {
    let own = OwnCertificate::expired();
    let simulated = populated(&own).await;
    assert_eq!(scrape(&mut trusting(&simulated, own.path())).await.unwrap(), (2, 1, 3));
}

#[tokio::test]
async fn only_the_first_certificate_of_a_file_is_the_servers_own() {
    let (own, authority) = (OwnCertificate::new(), Certificates::new());
    let simulated = populated(&own).await;
    let first = own.bundle([own.path(), authority.ca()]);
    assert_eq!(scrape(&mut trusting(&simulated, first)).await.unwrap(), (2, 1, 3));
    simulated.take_paths();
    let second = own.bundle([authority.ca(), own.path()]);
    let error = scrape(&mut trusting(&simulated, second)).await.unwrap_err();
    assert!(error.describe().code.starts_with("certificate_"), "{error}");
    assert!(simulated.requests().is_empty(), "no password was sent");
}

#[tokio::test]
async fn own_certificate_is_refused_otherwise() {
    let own = OwnCertificate::new();
    let simulated = populated(&own).await;
    let error = scrape(&mut reader(&simulated)).await.unwrap_err();
    assert!(sentence(&error).contains("HEADCOUNT_FRIGATE_CERTIFICATE"), "{}", sentence(&error));
    // It is made again with the container: another one of the same name is not trusted.
    let error = scrape(&mut trusting(&simulated, OwnCertificate::new().path())).await.unwrap_err();
    assert!(error.describe().code.starts_with("certificate_"), "{error}");
    assert!(simulated.requests().is_empty(), "no password was sent");
}

#[tokio::test]
async fn certificate_of_an_authority_is_verified_as_usual() {
    let certificates = Certificates::new();
    let simulated = SimulatedFrigate::start_tls(certificates.server(&[], false)).await;
    simulated.change(|model| model.add_person("Mila", 3));
    assert_eq!(scrape(&mut trusting(&simulated, certificates.ca())).await.unwrap(), (2, 1, 3));
    let error = scrape(&mut trusting(&simulated, certificates.path("other-ca.pem"))).await.unwrap_err();
    assert_eq!(error.describe().code, "certificate_untrusted");
    let misnamed = SimulatedFrigate::start_tls(certificates.server_as("misnamed", &[], false)).await;
    let error = scrape(&mut trusting(&misnamed, certificates.ca())).await.unwrap_err();
    assert!(error.describe().code.starts_with("certificate_other_"), "{error}");
    assert!(misnamed.requests().is_empty());
}
