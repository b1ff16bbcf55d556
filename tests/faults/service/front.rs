//! TLS in front of the service, as a reverse proxy or an ingress ends it.

use std::sync::Arc;

use headcount::net::{Dialer, Stream};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

/// The service's host, to which a certificate is made out.
pub(crate) const HOST: &str = "compreface.test";

/// Reaches the same by TLS.
pub(crate) fn with_tls(service: Dialer, server: Arc<ServerConfig>) -> Dialer {
    let acceptor = TlsAcceptor::from(server);
    Dialer::new(move |uri| {
        let (mut service, acceptor) = (service.clone(), acceptor.clone());
        Box::pin(async move {
            let mut behind = TokioIo::new(service.call(uri).await?);
            let (near, far) = tokio::io::duplex(64 * 1024);
            tokio::spawn(async move {
                let Ok(mut front) = acceptor.accept(far).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut front, &mut behind).await;
            });
            Ok(Stream::new(near))
        })
    })
}
