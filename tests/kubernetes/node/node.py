#!/usr/bin/env python3
"""A whole Kubernetes of one node on this machine, in namespaces of its own.

    node.py up          start it, and wait until pods can be scheduled
    node.py restart     cut its power, and start it again with what is on its disks
    node.py down        stop it, and remove all of it
    node.py in COMMAND  run a command inside it, as an administrator

Network, mounts and processes are its own: killing its first process ends everything in it. What is kept lies in
HEADCOUNT_NODE (a short path: default /tmp/headcount-node). Images are read from its folder `images`.
"""

import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import software

BASE = pathlib.Path(os.environ.get("HEADCOUNT_NODE", "/tmp/headcount-node"))
STATE = BASE / "state"
ADMIN = STATE / "kubeconfig" / "admin"
CGROUP = "headcount-" + hashlib.sha256(str(BASE).encode()).hexdigest()[:8]
CONTROLLERS = ("cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "devices", "freezer", "systemd")
CGROUPS = pathlib.Path("/sys/fs/cgroup")


def binaries():
    cache = os.environ.get("HEADCOUNT_TOOLS_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "headcount-tools")
    return os.path.join(cache, "kubernetes-bin")


def environment():
    own = {"PATH": f"{binaries()}:{os.environ['PATH']}:/usr/sbin:/sbin", "KUBECONFIG": str(ADMIN)}
    return {**os.environ, **own, "CONTAINERD_ADDRESS": software.CONTAINERD, "CONTAINERD_NAMESPACE": "k8s.io"}


def check_machine():
    """Ends with the names of what this machine lacks."""
    missing = [name for name in ("runc", "nft", "ip", "unshare", "nsenter", "openssl", "mount") if not shutil.which(name, path=environment()["PATH"])]
    missing += [name for name in ("containerd", "kubelet", "kube-apiserver", "etcd", "coredns") if not shutil.which(name, path=binaries())]
    if not pathlib.Path("/usr/lib/cni/bridge").exists():
        missing.append("containernetworking-plugins")
    if not (CGROUPS / "memory").is_dir():
        missing.append("cgroup version 1")
    if os.geteuid() != 0:
        missing.append("root")
    if missing:
        sys.exit("node: missing: " + ", ".join(missing))


def first_process():
    """The node's first process, if it lives: its id as seen from outside."""
    try:
        number = int((STATE / "first-process").read_text())
        name = pathlib.Path(f"/proc/{number}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return number if b"node.py" in name else None


def inside(*command, **options):
    where = ["nsenter", "-t", str(first_process()), "-n", "-m", "-p", f"--wdns={os.getcwd()}", "--"]
    return subprocess.run([*where, *command], env=environment(), **options)


def wait_for(what, command, seconds=60):
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if first_process() is None:
            sys.exit(f"node: it ended; see {STATE}/log")
        if inside(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.2)
    sys.exit(f"node: {what}: not within {seconds} s; see {STATE}/log")


def make_cgroups():
    for controller in CONTROLLERS:
        if (CGROUPS / controller).is_dir():
            (CGROUPS / controller / CGROUP).mkdir(exist_ok=True)
    for name in ("cpuset.cpus", "cpuset.mems"):
        (CGROUPS / "cpuset" / CGROUP / name).write_text((CGROUPS / "cpuset" / name).read_text())


def remove_cgroups():
    for _ in range(30):
        for controller in CONTROLLERS:
            top = CGROUPS / controller / CGROUP
            folders = sorted((path for path in top.rglob("*") if path.is_dir()), key=lambda path: -len(path.parts)) if top.exists() else []
            for folder in [*folders, top]:
                try:
                    folder.rmdir()
                except OSError:
                    pass
        if not any((CGROUPS / controller / CGROUP).exists() for controller in CONTROLLERS):
            return
        time.sleep(0.2)


def start():
    """Starts the first process in namespaces of its own, and waits until pods can be scheduled."""
    make_cgroups()
    log = open(STATE / "log" / "node", "a")
    outside = subprocess.Popen(
        ["unshare", "-n", "-m", "-p", "-f", "--mount-proc", "--kill-child=KILL", sys.executable, __file__, "first-process"],
        env={**environment(), "CGROUP": CGROUP}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
    )
    for _ in range(100):
        children = pathlib.Path(f"/proc/{outside.pid}/task/{outside.pid}/children").read_text().split()
        if children:
            break
        time.sleep(0.05)
    (STATE / "first-process").write_text(children[0])
    time.sleep(0.3)
    wait_for("the API", ("kubectl", "get", "--raw", "/readyz"))
    wait_for("the images", ("test", "-e", "/run/images-are-read"), 180)
    wait_for("the default service account", ("kubectl", "get", "serviceaccount", "default"))
    ready = 'kubectl get node node1 | grep -qw Ready && test -z "$(kubectl get node node1 -o jsonpath={.spec.taints})"'
    wait_for("the node", ("sh", "-c", ready))


def kill():
    number = first_process()
    if number is None:
        return
    # Never this machine's own first process, whatever the file says.
    if os.readlink(f"/proc/{number}/ns/pid") == os.readlink("/proc/self/ns/pid"):
        sys.exit("node: refusing to kill a process outside of a namespace")
    os.kill(number, signal.SIGKILL)
    while first_process() is not None:
        time.sleep(0.1)


def up():
    check_machine()
    if first_process() is not None:
        sys.exit("node: it is up already")
    shutil.rmtree(STATE, ignore_errors=True)
    for name in ("log", "kubeconfig", "cni", "kubelet", "pod-logs", "volumes", "sysctl", "over", "work", "apiserver"):
        (STATE / name).mkdir(parents=True)
    started = time.monotonic()
    start()
    print(f"node: up in {time.monotonic() - started:.1f} s")


def restart():
    kill()
    started = time.monotonic()
    start()
    print(f"node: up again in {time.monotonic() - started:.1f} s")


def down():
    kill()
    remove_cgroups()
    shutil.rmtree(STATE, ignore_errors=True)


def main(arguments):
    command = arguments[0] if arguments else ""
    if command == "first-process":
        software.run(BASE, STATE)
    elif command == "in":
        if first_process() is None:
            sys.exit("node: it is not up")
        sys.exit(inside(*arguments[1:]).returncode)
    elif command in ("up", "restart", "down"):
        {"up": up, "restart": restart, "down": down}[command]()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
