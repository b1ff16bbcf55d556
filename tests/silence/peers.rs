//! A service and an endpoint that would answer, if anybody asked.

use headcount::config::Transport;
use tokio::runtime::{Builder, Runtime};

use crate::support::compreface::Simulated;
use crate::support::endpoint::Endpoint;

/// Both peers. Made on a thread, they are in the network of that thread.
pub(crate) struct Peers {
    pub(crate) service: Simulated,
    pub(crate) endpoint: Endpoint,
    // Last: the peers end before what drives them.
    runtime: Runtime,
}

impl Peers {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (service, endpoint) =
            runtime.block_on(async { (Simulated::start().await, Endpoint::plain(Transport::HttpProtobuf).await) });
        service.change(|model| model.populate(3, 1, 1));
        Self { service, endpoint, runtime }
    }

    pub(crate) fn service_url(&self) -> String {
        self.service.url()
    }

    /// The endpoint by a name, so that it has to be looked up.
    pub(crate) fn endpoint_by_name(&self) -> String {
        format!("http://localhost:{}", self.endpoint.address().port())
    }

    /// Nobody asked anything.
    pub(crate) fn assert_untouched(&self) {
        assert!(self.service.requests().is_empty(), "{:?}", self.service.requests());
        assert!(self.endpoint.wire().is_empty(), "somebody connected to the endpoint");
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // Dropping a server's listeners needs the runtime that they live on.
        let _inside = self.runtime.enter();
    }
}
