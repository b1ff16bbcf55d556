"""Makes what runc runs from an image's archive: bundle.py ARCHIVE FOLDER SETTINGS

SETTINGS is JSON: `args`, `env` (a list), `mounts` (pairs of a place outside and one inside, `rw` as a third for those that are
written to), `network` (the path of a network namespace), `memory` (bytes), `cgroup`. The container is as a strict cluster
would run it: the image's user, no capabilities, no new privileges, a read-only root, and the default seccomp profile.
"""

import json
import os
import pathlib
import sys
import tarfile

# What container engines allow unless told otherwise, as Debian ships it.
PROFILE = pathlib.Path("/usr/share/containers/seccomp.json")


def unpack(archive, root):
    """The image's files, with their owners; and its settings."""
    with tarfile.open(archive) as image:
        manifest = json.load(image.extractfile("manifest.json"))[0]
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=image.extractfile(layer)) as files:
                files.extractall(root, numeric_owner=True)
        return json.load(image.extractfile(manifest["Config"]))["config"]


def seccomp():
    """The profile in runc's own form, for a process without any capability."""
    profile = json.loads(PROFILE.read_text(encoding="utf-8"))
    calls = []
    for rule in profile["syscalls"]:
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        if includes.get("caps") or "amd64" in (excludes.get("arches") or []) or "amd64" not in (includes.get("arches") or ["amd64"]):
            continue
        call = {"names": rule["names"], "action": rule["action"]}
        for key in ("errnoRet", "args"):
            if rule.get(key):
                call[key] = rule[key]
        calls.append(call)
    found = {"defaultAction": profile["defaultAction"], "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": calls}
    if profile.get("defaultErrnoRet"):
        found["defaultErrnoRet"] = profile["defaultErrnoRet"]
    return found


def mounts(extra):
    yield {"destination": "/proc", "type": "proc", "source": "proc"}
    yield {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]}
    for outside, inside, *mode in extra:
        yield {"destination": inside, "type": "bind", "source": outside, "options": ["bind", mode[0] if mode else "ro", "nosuid", "nodev"]}


def main(archive, folder, settings):
    folder = pathlib.Path(folder)
    root = folder / "rootfs"
    os.makedirs(root)
    image = unpack(archive, root)
    user, group = (int(part) for part in image["User"].split(":"))
    wanted = json.loads(settings)
    config = {
        "ociVersion": "1.0.2",
        "root": {"path": "rootfs", "readonly": True},
        "process": {
            "user": {"uid": user, "gid": group}, "cwd": "/", "noNewPrivileges": True,
            "args": image["Entrypoint"] + wanted["args"], "env": [*(image.get("Env") or []), *wanted["env"]],
            "capabilities": {kind: [] for kind in ("bounding", "effective", "inheritable", "permitted", "ambient")},
        },
        "mounts": list(mounts(wanted["mounts"])),
        "linux": {
            "cgroupsPath": wanted["cgroup"], "resources": {"memory": {"limit": wanted["memory"], "swap": wanted["memory"]}}, "seccomp": seccomp(),
            "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}, {"type": "network", "path": wanted["network"]}],
        },
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


main(*sys.argv[1:])
