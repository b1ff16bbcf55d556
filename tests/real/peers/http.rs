//! One HTTP request on a connection of its own, plain or by TLS. HTTP/1.0, so that an answer ends where the connection does.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use socket2::{Domain, Socket, Type};

/// An answer: its status and body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }
}

/// Who is asked, and by which authority its certificate is known.
#[derive(Clone)]
pub struct Peer {
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    from: Ipv4Addr,
}

impl Peer {
    /// Plain HTTP on loopback.
    pub fn plain(port: u16) -> Self {
        Self { port, tls: None, from: Ipv4Addr::LOCALHOST }
    }

    /// TLS on loopback.
    pub fn tls(port: u16, authority: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let tls = Some(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
        Self { port, tls, from: Ipv4Addr::LOCALHOST }
    }

    /// The same, asked from another address of loopback.
    pub fn from(&self, address: Ipv4Addr) -> Self {
        Self { from: address, ..self.clone() }
    }

    /// A connection, without a request.
    pub fn connect(&self) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((self.from, 0)).into())?;
        socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)).into())?;
        Ok(socket.into())
    }

    /// `GET`, and nothing if nobody answers.
    pub fn get(&self, path: &str) -> Option<Answer> {
        self.request("GET", path, &[], b"").ok()
    }

    /// `POST` of a form.
    pub fn post_form(&self, path: &str, form: &[(&str, &str)]) -> io::Result<Answer> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.request("POST", path, &[("content-type", "application/x-www-form-urlencoded")], form.as_bytes())
    }

    /// `POST` of an OTLP request.
    pub fn post_metrics(&self, path: &str, body: &[u8]) -> io::Result<Answer> {
        self.request("POST", path, &[("content-type", "application/x-protobuf")], body)
    }

    /// Any request.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
        let mut head = format!("{method} {path} HTTP/1.0\r\nhost: localhost:{}\r\n", self.port);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let stream = self.connect()?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        match &self.tls {
            None => exchange(stream, head.as_bytes(), body),
            Some(config) => {
                let name = ServerName::try_from("localhost").unwrap();
                let connection = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                exchange(StreamOwned::new(connection, stream), head.as_bytes(), body)
            }
        }
    }
}

fn exchange(mut stream: impl Read + Write, head: &[u8], body: &[u8]) -> io::Result<Answer> {
    stream.write_all(head)?;
    // A server may refuse before it has read everything; its answer is what counts.
    let sent = stream.write_all(body).and_then(|()| stream.flush());
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer)
        && answer.is_empty()
    {
        return Err(sent.err().unwrap_or(error));
    }
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or_else(|| io::Error::other("no answer"))?;
    let status = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Answer { status: status.ok_or_else(|| io::Error::other("no status"))?, body: answer[end + 4..].to_vec() })
}

/// A counter of a program's own metrics page, summed over its labels; nothing if it is not there.
pub fn counter(peer: &Peer, name: &str) -> Option<f64> {
    let text = String::from_utf8(peer.get("/metrics")?.body).unwrap();
    let values: Vec<f64> = text
        .lines()
        .filter(|line| line.starts_with(name) && line[name.len()..].starts_with(['{', ' ']))
        .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
        .collect();
    (!values.is_empty()).then(|| values.iter().sum())
}
