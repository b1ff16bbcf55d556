//! Certificates and keys as people make them with `openssl`, over real TLS sockets: what is accepted, and what each of the
//! others is called. `openssl s_server` is the peer, since it shows whatever it is given.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use headcount::error_chain::Describe;
use headcount::net::Dialer;
use headcount::net::tls::{
    self, CertificateProblem, ClientCertificateProblem, ClientIdentity, HandshakeProblem, IdentityNames, PemProblem,
    TlsError,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::ServerName;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::commands::Peers;
use crate::program::told;
use crate::support::tls::Certificates;

const NAMES: IdentityNames = IdentityNames { certificate: "CERTIFICATE", key: "KEY" };

/// A directory in which `openssl` works.
struct Desk(TempDir);

impl Desk {
    /// With a CA (`ca.pem`), another one, and one on P-521.
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for (name, key) in [("ca", "ec -pkeyopt ec_paramgen_curve:P-256"), ("other", "ed25519"), ("p521-ca", P521)] {
            desk.openssl(&format!(
                "req -x509 -newkey {key} -nodes -keyout {name}.key -out {name}.pem -days 30 -subj /CN={name}"
            ));
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn openssl(&self, arguments: &str) {
        let done = Command::new("openssl").args(arguments.split(' ')).current_dir(self.0.path()).output().unwrap();
        assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// A key and a certificate by an issuer, with these extensions; without any it is of version 1.
    fn issue(&self, name: &str, key: &str, issuer: &str, extensions: &str, more: &str) {
        self.openssl(&format!(
            "req -new -newkey {key} -nodes -keyout {name}.key -out {name}.csr -subj /O={name}/CN=localhost"
        ));
        let mut line = format!(
            "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days 10 -out {name}.pem"
        );
        if !extensions.is_empty() {
            self.write(&format!("{name}.ext"), extensions);
            line += &format!(" -extfile {name}.ext");
        }
        self.openssl(&format!("{line}{more}"));
    }

    /// A certificate that is valid between these years, by a CA of its own, `NAME-ca.pem`.
    fn issue_within(&self, name: &str, from: i32, to: i32) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().unwrap();
        self.write(&format!("{name}-ca.pem"), issuer.pem());
        self.write(&format!("{name}.pem"), params.signed_by(&key, &issuer).unwrap().pem());
        self.write(&format!("{name}.key"), key.serialize_pem());
    }

    /// Shakes hands with a server that has this certificate, as `name`, trusting that file.
    async fn shake_hands(&self, server: &str, name: &str, trusted: &str) -> Handshake {
        let server = Server::start(self, server);
        let roots = tls::roots(Some(&self.path(trusted)), "ROOTS", &Dialer::system()).unwrap();
        let connector = TlsConnector::from(Arc::new(tls::client(&roots).unwrap()));
        let stream = TcpStream::connect(server.address).await.unwrap();
        match connector.connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await {
            Ok(_) => Handshake::Done,
            Err(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(rustls::Error::InvalidCertificate(fault)) => Handshake::Refused(CertificateProblem::of(fault)),
                Some(error) => Handshake::Failed(HandshakeProblem::of(error)),
                None => Handshake::Broken,
            },
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Handshake {
    Done,
    Refused(CertificateProblem),
    /// For another reason than the certificate.
    Failed(HandshakeProblem),
    /// Without a word about TLS.
    Broken,
}

/// `openssl s_server`, until it is dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// With `NAME.pem` and `NAME.key`; sends `NAME.chain` too, if there is one.
    fn start(desk: &Desk, name: &str) -> Self {
        let mut command = Command::new("openssl");
        // Old keys and digests are for the client to refuse.
        command.args(["s_server", "-accept", "127.0.0.1:0", "-cipher", "DEFAULT@SECLEVEL=0"]);
        command.args(["-cert", &format!("{name}.pem"), "-key", &format!("{name}.key")]);
        if desk.path(&format!("{name}.chain")).exists() {
            command.args(["-cert_chain", &format!("{name}.chain")]);
        }
        // It ends when its input does.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.current_dir(desk.0.path()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.find_map(|line| line.unwrap().strip_prefix("ACCEPT ").map(str::to_owned));
        let address = line.unwrap_or_else(|| panic!("s_server did not start with {name}")).parse().unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const P256: &str = "ec -pkeyopt ec_paramgen_curve:P-256";
const P384: &str = "ec -pkeyopt ec_paramgen_curve:P-384";
const P521: &str = "ec -pkeyopt ec_paramgen_curve:P-521";
const BY_NAME: &str = "subjectAltName=DNS:localhost";
const BY_ADDRESS: &str = "subjectAltName=IP:127.0.0.1,IP:::1";

#[tokio::test]
async fn issued_certificate_is_accepted_or_described() {
    use CertificateProblem::*;
    use Handshake::{Done, Failed, Refused};
    let desk = Desk::new();
    let purpose = "subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth";
    let table = [
        ("p256", P256, "ca", BY_NAME, "", "localhost", Done),
        ("p384", P384, "ca", BY_NAME, "", "localhost", Done),
        ("rsa", "rsa:2048", "ca", BY_NAME, "", "localhost", Done),
        ("ed25519", "ed25519", "other", BY_NAME, "", "localhost", Done),
        ("address", P256, "ca", BY_ADDRESS, "", "127.0.0.1", Done),
        ("address6", P256, "ca", BY_ADDRESS, "", "::1", Done),
        ("unnamed", P256, "ca", "basicConstraints=CA:FALSE", "", "localhost", Refused(NoName)),
        ("misnamed", P256, "ca", "subjectAltName=DNS:elsewhere.example.org", "", "localhost", Refused(OtherName)),
        ("named", P256, "ca", BY_NAME, "", "127.0.0.1", Refused(OtherAddress)),
        ("addressed", P256, "ca", BY_ADDRESS, "", "localhost", Refused(OtherName)),
        ("purpose", P256, "ca", purpose, "", "localhost", Refused(Purpose)),
        ("version-1", P256, "ca", "", "", "localhost", Refused(Version1)),
        ("sha1", P256, "ca", BY_NAME, " -sha1", "localhost", Refused(Algorithm)),
        ("by-p521", P256, "p521-ca", BY_NAME, "", "localhost", Refused(Algorithm)),
        ("p521", P521, "ca", BY_NAME, "", "localhost", Failed(HandshakeProblem::NothingInCommon)),
    ];
    for (name, key, issuer, extensions, more, host, expected) in table {
        desk.issue(name, key, issuer, extensions, more);
        assert_eq!(desk.shake_hands(name, host, &format!("{issuer}.pem")).await, expected, "{name}");
    }
    assert_eq!(desk.shake_hands("p256", "localhost", "other.pem").await, Refused(UnknownIssuer));
    desk.issue("short", "rsa:1024", "ca", BY_NAME, "");
    assert_ne!(desk.shake_hands("short", "localhost", "ca.pem").await, Done);
    desk.issue_within("expired", 2020, 2021);
    assert_eq!(desk.shake_hands("expired", "localhost", "expired-ca.pem").await, Refused(Expired));
    desk.issue_within("early", 2090, 2091);
    assert_eq!(desk.shake_hands("early", "localhost", "early-ca.pem").await, Refused(NotYetValid));
}

#[tokio::test]
async fn self_signed_certificate_is_accepted_unless_of_ca() {
    use Handshake::{Done, Refused};
    let desk = Desk::new();
    let make = |name: &str, more: &str| {
        desk.openssl(&format!(
            "req -x509 -newkey {P256} -nodes -keyout {name}.key -out {name}.pem -days 30 -subj /CN=localhost -addext \
             subjectAltName=DNS:localhost{more}"
        ));
    };
    make("usual", "");
    assert_eq!(desk.shake_hands("usual", "localhost", "usual.pem").await, Refused(CertificateProblem::IsAuthority));
    // The command that the sentence about it gives.
    make("server", " -addext basicConstraints=critical,CA:FALSE");
    assert_eq!(desk.shake_hands("server", "localhost", "server.pem").await, Done);
    assert_eq!(desk.shake_hands("server", "localhost", "ca.pem").await, Refused(CertificateProblem::UnknownIssuer));
}

#[tokio::test]
async fn chain_is_accepted_in_any_order() {
    use Handshake::{Done, Refused};
    let desk = Desk::new();
    desk.issue("middle", P256, "ca", "basicConstraints=critical,CA:TRUE", "");
    desk.issue("leaf", P256, "middle", BY_NAME, "");
    assert_eq!(desk.shake_hands("leaf", "localhost", "ca.pem").await, Refused(CertificateProblem::UnknownIssuer));
    // An intermediate certificate may be trusted itself.
    assert_eq!(desk.shake_hands("leaf", "localhost", "middle.pem").await, Done);
    for chain in [["middle.pem", "ca.pem"], ["ca.pem", "middle.pem"]] {
        desk.write("leaf.chain", chain.map(|file| desk.text(file)).concat());
        assert_eq!(desk.shake_hands("leaf", "localhost", "ca.pem").await, Done, "{chain:?}");
    }
    desk.issue("below", P256, "leaf", BY_NAME, "");
    desk.write("below.chain", ["leaf.pem", "middle.pem"].map(|file| desk.text(file)).concat());
    let outcome = desk.shake_hands("below", "localhost", "ca.pem").await;
    let accused = [CertificateProblem::IssuerIsNoAuthority, CertificateProblem::UnknownIssuer].map(Refused);
    assert!(accused.contains(&outcome), "{outcome:?}");
}

fn pem_problem<T>(result: Result<T, TlsError>) -> Result<T, PemProblem> {
    result.map_err(|error| match error {
        TlsError::Pem { problem, .. } => problem,
        other => panic!("{other}"),
    })
}

#[test]
fn a_bundle_is_read_as_editors_and_tools_leave_it() {
    let desk = Desk::new();
    desk.issue("server", P256, "ca", BY_NAME, "");
    desk.openssl("x509 -in ca.pem -text -out ca.text");
    desk.openssl("x509 -in ca.pem -trustout -out ca.trusted");
    let (ca, key) = (desk.text("ca.pem"), desk.text("ca.key"));
    let cut = &ca[..ca.len() / 2];
    let no_base64 = ca.replacen("MII", "?II", 1);
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let accepted = [
        ca.clone(),
        format!("\u{feff}{ca}"),
        ca.replace('\n', "\r\n"),
        ca.replace('\n', "\r"),
        ca.replace('\n', "  \t\n"),
        format!("    {}", ca.replace('\n', "\n    ")),
        ca.trim_end().to_owned(),
        desk.text("ca.text"),
        format!("# the company's CA\n\n{ca}\n\nend"),
        format!("{key}{ca}"),
        format!("{ca}{key}"),
        format!("{cut}\n{ca}"),
        format!("{ca}{cut}"),
        format!("{no_base64}{ca}"),
        format!("{no_certificate}{ca}{no_certificate}"),
        format!("{}{ca}", desk.text("ca.trusted")),
        format!("{ca}{ca}{}", desk.text("other.pem")),
    ];
    let read = |contents: &[u8]| {
        desk.write("bundle", contents);
        pem_problem(tls::roots(Some(&desk.path("bundle")), "ROOTS", &Dialer::system()))
    };
    for text in accepted {
        let roots = read(text.as_bytes()).unwrap_or_else(|problem| panic!("{problem}: {text}"));
        assert!(!roots.is_empty());
    }
    for text in [cut, &no_base64, no_certificate, &format!("{no_certificate}{key}")] {
        assert_eq!(read(text.as_bytes()).unwrap_err(), PemProblem::Damaged { line: 1 }, "{text}");
    }
}

#[test]
fn other_file_than_a_bundle_is_described() {
    let desk = Desk::new();
    desk.issue("server", P256, "ca", BY_NAME, "");
    desk.openssl("x509 -in ca.pem -outform der -out ca.der");
    desk.openssl("x509 -in ca.pem -trustout -out ca.trusted");
    desk.openssl("pkcs12 -export -in server.pem -inkey server.key -passout pass:x -out server.p12");
    desk.openssl("crl2pkcs7 -nocrl -certfile ca.pem -out ca.p7b");
    desk.openssl("pkcs8 -topk8 -nocrypt -in server.key -outform der -out key.der");
    desk.write("empty", "");
    desk.write("blank", "\r\n \n");
    desk.write("words", "not a certificate\n");
    for (file, expected) in [
        ("ca.der", PemProblem::Der),
        ("key.der", PemProblem::Der),
        ("ca.trusted", PemProblem::Trusted),
        ("server.p12", PemProblem::Pkcs12),
        ("ca.p7b", PemProblem::Pkcs7),
        ("server.csr", PemProblem::Request),
        ("server.key", PemProblem::NoCertificate),
        ("empty", PemProblem::Empty),
        ("blank", PemProblem::Empty),
        ("words", PemProblem::Nothing),
    ] {
        let roots = pem_problem(tls::roots(Some(&desk.path(file)), "ROOTS", &Dialer::system()));
        assert_eq!(roots.unwrap_err(), expected, "{file}");
    }
    let utf16: Vec<u8> = format!("\u{feff}{}", desk.text("ca.pem")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    desk.write("utf16", utf16);
    let error = tls::roots(Some(&desk.path("utf16")), "ROOTS", &Dialer::system()).unwrap_err();
    assert_eq!(error.describe().code, "file_utf16");
}

fn identity(desk: &Desk, certificate: &str, key: &str) -> Result<(), TlsError> {
    let roots = tls::roots(Some(&desk.path("ca.pem")), "ROOTS", &Dialer::system()).unwrap();
    let identity = ClientIdentity { certificate: desk.path(certificate), key: desk.path(key) };
    tls::client_as(&roots, Some(&identity), NAMES).map(drop)
}

#[test]
fn a_clients_key_is_used_in_every_usual_form() {
    let desk = Desk::new();
    for (name, key) in [("p256", P256), ("p384", P384), ("rsa", "rsa:2048"), ("ed25519", "ed25519")] {
        desk.issue(name, key, "ca", "extendedKeyUsage=clientAuth", "");
        identity(&desk, &format!("{name}.pem"), &format!("{name}.key"))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    desk.openssl("ec -in p256.key -out sec1.key");
    desk.openssl("rsa -in rsa.key -traditional -out pkcs1.key");
    desk.openssl("ecparam -name prime256v1 -out parameters");
    let (certificate, key) = (desk.text("p256.pem"), desk.text("sec1.key"));
    desk.write("with-parameters.key", desk.text("parameters") + &key);
    desk.write("both.pem", format!("{key}{certificate}"));
    desk.write("saved.pem", format!("\u{feff}{}", certificate.replace('\n', "\r\n")));
    desk.write("saved.key", format!("\u{feff}{}", key.replace('\n', " \r\n")));
    desk.write("chain.pem", certificate + &desk.text("ca.pem"));
    for (certificate, key) in [
        ("p256.pem", "sec1.key"),
        ("rsa.pem", "pkcs1.key"),
        ("p256.pem", "with-parameters.key"),
        ("both.pem", "both.pem"),
        ("saved.pem", "saved.key"),
        ("chain.pem", "p256.key"),
    ] {
        identity(&desk, certificate, key).unwrap_or_else(|error| panic!("{certificate}, {key}: {error}"));
    }
}

#[test]
fn unusable_client_certificate_or_key_is_described() {
    let desk = Desk::new();
    let usual = "extendedKeyUsage=clientAuth";
    desk.issue("client", P256, "ca", usual, "");
    desk.issue("other-client", P256, "ca", usual, "");
    desk.issue("p521", P521, "ca", usual, "");
    desk.issue("short", "rsa:1024", "ca", usual, "");
    desk.issue("version-1", P256, "ca", "", "");
    desk.openssl("pkcs8 -topk8 -in client.key -passout pass:secret -out encrypted-pkcs8.key");
    desk.openssl("ec -in client.key -aes256 -passout pass:secret -out encrypted-sec1.key");
    desk.openssl("pkcs12 -export -in client.pem -inkey client.key -passout pass:x -out client.p12");
    desk.openssl("pkey -in client.key -outform der -out client.der");
    desk.write("cut.key", &desk.text("client.key")[..80]);
    desk.write("cut.pem", desk.text("client.pem") + &desk.text("ca.pem")[..200]);
    desk.write("reversed.pem", desk.text("ca.pem") + &desk.text("client.pem"));
    for (certificate, key, expected) in [
        ("client.pem", "encrypted-pkcs8.key", PemProblem::EncryptedKey),
        ("client.pem", "encrypted-sec1.key", PemProblem::EncryptedKey),
        ("p521.pem", "p521.key", PemProblem::KeyKind),
        ("short.pem", "short.key", PemProblem::KeyKind),
        ("client.pem", "client.p12", PemProblem::Pkcs12),
        ("client.pem", "client.der", PemProblem::Der),
        ("client.pem", "client.pem", PemProblem::NoKey),
        ("client.pem", "cut.key", PemProblem::Damaged { line: 1 }),
        ("client.key", "client.key", PemProblem::NoCertificate),
        ("client.csr", "client.key", PemProblem::Request),
    ] {
        assert_eq!(pem_problem(identity(&desk, certificate, key)).unwrap_err(), expected, "{certificate}, {key}");
    }
    let damaged = pem_problem(identity(&desk, "cut.pem", "client.key")).unwrap_err();
    assert!(matches!(damaged, PemProblem::Damaged { line } if line > 1), "{damaged:?}");
    for (certificate, key, expected) in [
        ("version-1.pem", "version-1.key", ClientCertificateProblem::Version1),
        ("reversed.pem", "client.key", ClientCertificateProblem::NotFirst),
    ] {
        let error = identity(&desk, certificate, key).unwrap_err();
        let TlsError::ClientCertificate { problem, .. } = error else { panic!("{error}") };
        assert_eq!(problem, expected);
    }
    let error = identity(&desk, "client.pem", "other-client.key").unwrap_err();
    assert!(matches!(error, TlsError::ClientIdentity(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bundle_with_damaged_entry_delivers() {
    let (peers, certificates) = (Peers::start().await, Certificates::new());
    let endpoint = crate::support::endpoint::Endpoint::builder(headcount::config::Transport::HttpProtobuf);
    let endpoint = endpoint.tls(&certificates).start().await;
    let bundle = peers.path().join("bundle.pem");
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    fs::write(&bundle, format!("{damaged}{}", fs::read_to_string(certificates.ca()).unwrap())).unwrap();
    let once = peers.call(&["once"]).env("HEADCOUNT_OTLP_ENDPOINT", endpoint.settings().url.to_string());
    let (exit, _, said) = told(&once.env("HEADCOUNT_OTLP_CERTIFICATE", bundle.to_str().unwrap()).output());
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.contains("HEADCOUNT_OTLP_CERTIFICATE") && said.contains("line 1"), "{said}");
}
