"""What the node's first process does: it prepares the places that its programs insist on, and starts them.

It runs in network, mount and process namespaces that were made for it, so that nothing here touches the machine's.
"""

import base64
import json
import os
import pathlib
import subprocess
import time

ADDRESS = "10.244.0.1"
PODS = "10.244.0.0/24"
SERVICES = "10.96.0.0/24"
CONTAINERD = "/run/containerd/containerd.sock"

# Who may come in with which token, and as whom. The API is on this node's own loopback and nowhere else.
USERS = {
    "admin": ("admin", "system:masters"),
    "controllers": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
    "proxy": ("system:kube-proxy", ""),
    "kubelet": ("system:node:node1", "system:nodes"),
}


def sh(*command):
    subprocess.run(command, check=True)


def places(state):
    """Private copies of every place with a hard-coded path, so that the machine's own stay as they are."""
    sh("mount", "--make-rprivate", "/")
    sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    sh("mount", "-t", "overlay", "-o", f"lowerdir=/var/lib,upperdir={state}/over,workdir={state}/work", "overlay", "/var/lib")
    for folder, path in (("cni", "/var/lib/cni"), ("kubelet", "/var/lib/kubelet"), ("pod-logs", "/var/log")):
        os.makedirs(path, exist_ok=True)
        sh("mount", "--bind", f"{state}/{folder}", path)
    sh("mount", "--make-rshared", "/var/lib/kubelet")
    for name, text in (("resolv.conf", "nameserver 127.0.0.1\n"), ("hosts", f"127.0.0.1 localhost\n{ADDRESS} node1\n")):
        (state / name).write_text(text)
        sh("mount", "--bind", f"{state}/{name}", f"/etc/{name}")
    # The kubelet insists on these values; it gets files that hold them.
    wanted = {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10, "kernel/panic_on_oops": 1,
              "kernel/keys/root_maxkeys": 1000000, "kernel/keys/root_maxbytes": 25000000}
    for name, value in wanted.items():
        file = state / "sysctl" / name.replace("/", ".")
        file.write_text(f"{value}\n")
        sh("mount", "--bind", str(file), f"/proc/sys/{name}")


def network(state):
    sh("ip", "link", "set", "lo", "up")
    sh("ip", "link", "add", "pods0", "type", "bridge")
    sh("ip", "address", "add", f"{ADDRESS}/24", "dev", "pods0")
    sh("ip", "link", "set", "pods0", "up")
    sh("ip", "route", "add", "default", "dev", "pods0")
    pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    addresses = {"type": "host-local", "dataDir": "/run/addresses", "ranges": [[{"subnet": PODS, "gateway": ADDRESS}]], "routes": [{"dst": "0.0.0.0/0"}]}
    bridge = {"type": "bridge", "bridge": "pods0", "isGateway": True, "ipMasq": False, "hairpinMode": True, "ipam": addresses}
    os.makedirs("/run/network")
    pathlib.Path("/run/network/10-pods.conflist").write_text(json.dumps({"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge]}))


def identities(state):
    """One key for the tokens of service accounts, and a token for each program. Made once: a restart finds them."""
    if (state / "tokens.csv").exists():
        return
    sh("openssl", "genrsa", "-out", f"{state}/accounts.key", "2048")
    lines = []
    for name, (user, group) in USERS.items():
        token = base64.urlsafe_b64encode(os.urandom(24)).decode()
        lines.append(f'{token},{user},{name}' + (f',"{group}"' if group else ""))
        cluster = {"server": f"https://{ADDRESS}:6443", "insecure-skip-tls-verify": True}
        config = {"apiVersion": "v1", "kind": "Config", "current-context": "c",
                  "clusters": [{"name": "c", "cluster": cluster}], "users": [{"name": "u", "user": {"token": token}}],
                  "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}
        file = state / "kubeconfig" / name
        file.write_text(json.dumps(config))
        file.chmod(0o600)
    (state / "tokens.csv").write_text("\n".join(lines) + "\n")
    (state / "tokens.csv").chmod(0o600)


def start(state, name, *command):
    log = open(state / "log" / name, "a")
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def until(command, seconds=60):
    for _ in range(seconds * 10):
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.1)
    raise SystemExit(f"node: {command[0]}: not within {seconds} s")


def containers(state):
    (state / "containerd.toml").write_text(f"""
version = 2
root = "{state}/containerd"
state = "/run/containerd"
[grpc]
  address = "{CONTAINERD}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/run/network"
""")
    start(state, "containerd", "containerd", "--config", f"{state}/containerd.toml")


def control_plane(state):
    config = state / "kubeconfig"
    start(state, "etcd", "etcd", "--data-dir", f"{state}/etcd", "--listen-client-urls", "http://127.0.0.1:2379", "--advertise-client-urls",
          "http://127.0.0.1:2379", "--listen-peer-urls", "http://127.0.0.1:2380", "--unsafe-no-fsync")
    start(state, "apiserver", "kube-apiserver", "--etcd-servers=http://127.0.0.1:2379", f"--advertise-address={ADDRESS}", "--secure-port=6443",
          f"--cert-dir={state}/apiserver", f"--service-cluster-ip-range={SERVICES}", f"--token-auth-file={state}/tokens.csv",
          "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={state}/accounts.key",
          f"--service-account-signing-key-file={state}/accounts.key", "--authorization-mode=Node,RBAC",
          "--kubelet-preferred-address-types=InternalIP")
    until(("kubectl", "get", "--raw", "/readyz"))
    start(state, "controllers", "kube-controller-manager", f"--kubeconfig={config}/controllers", "--leader-elect=false", "--bind-address=127.0.0.1",
          "--use-service-account-credentials", f"--service-account-private-key-file={state}/accounts.key", f"--root-ca-file={state}/apiserver/apiserver.crt")
    start(state, "scheduler", "kube-scheduler", f"--kubeconfig={config}/scheduler", "--leader-elect=false", "--bind-address=127.0.0.1")
    start(state, "proxy", "kube-proxy", f"--kubeconfig={config}/proxy", "--hostname-override=node1", "--proxy-mode=nftables", "--masquerade-all",
          "--conntrack-max-per-core=0", f"--bind-address={ADDRESS}")


def names(state):
    (state / "Corefile").write_text(f"""
cluster.local:53 in-addr.arpa:53 {{
  bind {ADDRESS}
  errors
  kubernetes {{
    kubeconfig {state}/kubeconfig/admin c
  }}
  cache 5
}}
.:53 {{
  bind {ADDRESS}
  template ANY ANY . {{
    rcode NXDOMAIN
  }}
}}
""")
    start(state, "coredns", "coredns", "-conf", f"{state}/Corefile")


def images(base):
    until(("ctr", "version"))
    for archive in sorted((base / "images").glob("*.tar")):
        sh("ctr", "images", "import", str(archive))
    pathlib.Path("/run/images-are-read").touch()


def kubelet(state, cgroup):
    config = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "address": ADDRESS,
        # Nobody but this node's pods can reach it.
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}}, "authorization": {"mode": "AlwaysAllow"},
        "containerRuntimeEndpoint": f"unix://{CONTAINERD}", "cgroupDriver": "cgroupfs", "cgroupRoot": f"/{cgroup}", "failCgroupV1": False,
        "clusterDNS": [ADDRESS], "clusterDomain": "cluster.local", "resolvConf": f"{state}/resolv.conf", "failSwapOn": False,
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%", "nodefs.inodesFree": "1%"},
        "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99, "syncFrequency": "1s", "makeIPTablesUtilChains": False,
        "configMapAndSecretChangeDetectionStrategy": "Watch", "maxPods": 60, "podLogsDir": "/var/log/pods",
    }
    (state / "kubelet.json").write_text(json.dumps(config))
    start(state, "kubelet", "kubelet", f"--config={state}/kubelet.json", f"--kubeconfig={state}/kubeconfig/kubelet", "--hostname-override=node1",
          f"--node-ip={ADDRESS}", "--root-dir=/var/lib/kubelet")


def run(base, state):
    places(state)
    network(state)
    identities(state)
    containers(state)
    control_plane(state)
    names(state)
    images(base)
    kubelet(state, os.environ["CGROUP"])
    # The first process of a namespace collects those that others leave behind.
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(1)
