//! A network of one's own, from which packets could leave, and a record of all that do.

use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use nix::sched::{CloneFlags, unshare};
use tempfile::TempDir;

use crate::program::eventually;

/// An address that nobody has (RFC 5737), reached by the default route.
const GATEWAY: &str = "192.0.2.1";
/// Where the test's own packets go, so that the record can be seen to be complete: the discard port.
const MARK: &str = "192.0.2.1.9: UDP, length 4";

/// Does this in a network of its own: loopback, and a default route that leads out of it.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let done = scope.spawn(|| {
            // This thread, and every process and thread that it starts.
            unshare(CloneFlags::CLONE_NEWNET).expect("a network of its own needs root: tests/silence/run says how");
            way_out();
            work()
        });
        done.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn way_out() {
    ip("link set lo up");
    ip("link add way-out type veth peer name beyond");
    // Without addresses of its own making, the kernel has nothing to announce.
    ip("link set way-out addrgenmode none multicast off");
    ip("link set beyond addrgenmode none multicast off up");
    ip("address add 192.0.2.2/24 dev way-out");
    ip("link set way-out up");
    ip(&format!("neighbour add {GATEWAY} lladdr 02:00:00:00:00:01 dev way-out nud permanent"));
    ip(&format!("route add default via {GATEWAY}"));
}

fn ip(words: &str) {
    let done = Command::new("ip").args(words.split(' ')).output().unwrap();
    assert!(done.status.success(), "ip {words}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A record of every packet, on loopback and on the way out.
pub(crate) struct Record {
    directory: TempDir,
    tcpdump: Child,
    marks: usize,
}

impl Record {
    /// Begins; every packet after this is in it.
    pub(crate) fn begin() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let told = std::fs::File::create(directory.path().join("told")).unwrap();
        let tcpdump = Command::new("tcpdump")
            // Each packet has a place as long as the snapshot length in the kernel's ring: with the usual 256 KiB, eight packets
            // fill its 2 MiB, and a burst drops others.
            .args(["-i", "any", "-n", "-Z", "root", "--immediate-mode", "-s", "256", "-B", "16384", "-U", "-w"])
            .arg(directory.path().join("packets"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(told)
            .spawn()
            .unwrap();
        let mut record = Self { directory, tcpdump, marks: 0 };
        eventually("tcpdump's first words", || record.text("told").contains("listening on any"));
        record.mark();
        record
    }

    /// Sends a packet of the test's own and waits until it is in the record: so packets can leave, and all that left before
    /// is in it.
    pub(crate) fn mark(&mut self) {
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        socket.send_to(b"mark", (GATEWAY, 9)).unwrap();
        self.marks += 1;
        let marks = self.marks;
        let arrived = |line: &&String| line.contains(MARK) && line.contains(" beyond ");
        eventually("the test's own packet", || self.all().iter().filter(arrived).count() == marks);
    }

    /// Sends this many packets of another test's own at once, by the default route.
    pub(crate) fn burst(packets: usize) {
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        for _ in 0..packets {
            socket.send_to(b"burst", (GATEWAY, 9)).unwrap();
        }
    }

    /// Every packet so far but the test's own, one a line.
    pub(crate) fn packets(&mut self) -> Vec<String> {
        self.mark();
        self.all().into_iter().filter(|line| !line.contains(MARK)).collect()
    }

    fn all(&self) -> Vec<String> {
        let file: PathBuf = self.directory.path().join("packets");
        let shown = Command::new("tcpdump").args(["-n", "-r"]).arg(file).output().unwrap();
        String::from_utf8_lossy(&shown.stdout).lines().map(str::to_owned).collect()
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let _ = self.tcpdump.kill();
        let _ = self.tcpdump.wait();
    }
}
