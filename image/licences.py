"""Writes what the program is made of: licences.py CARGO_TOML FOLDER [TARGET]

    FOLDER/sbom.cdx.json     a CycloneDX list of every crate that is linked, with their hashes and who depends on whom, and of SQLite
    FOLDER/THIRD-PARTY.gz    the licences' texts, each once, with the crates it covers

Both come from `cargo metadata` and the crates' own files, and are the same for the same Cargo.lock. TARGET is the program's
platform as Rust names it, by default this machine's.
"""

import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys

LICENCE_FILES = ("licen", "copying", "notice", "unlicense", "copyright")
# Linked in too, though no crate says so.
C_LIBRARY = pathlib.Path("/usr/share/doc/libc6/copyright")


def cargo(*arguments):
    return subprocess.run(("cargo", *arguments), check=True, capture_output=True, text=True).stdout


def host():
    """This machine's platform."""
    lines = subprocess.run(("rustc", "-vV"), check=True, capture_output=True, text=True).stdout.splitlines()
    return next(line.removeprefix("host: ") for line in lines if line.startswith("host: "))


def linked_packages(manifest, target):
    """The crates that the program depends on when it runs on this platform, without those that only build or test it."""
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--locked", "--filter-platform", target, "--manifest-path", manifest))
    # The metadata has the features that tests ask for, too; the tree of what is built does not.
    tree = cargo("tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--target", target, "--manifest-path", manifest)
    built = {tuple(line.split()[:2]) for line in tree.splitlines()}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    found, waiting = {}, [metadata["resolve"]["root"]]
    while waiting:
        identifier = waiting.pop()
        if identifier in found:
            continue
        dependencies = nodes[identifier]["deps"]
        found[identifier] = {dependency["pkg"] for dependency in dependencies if any(kind["kind"] is None for kind in dependency["dep_kinds"])}
        waiting.extend(found[identifier])
    packages = [package for package in metadata["packages"] if package["id"] in found and (package["name"], "v" + package["version"]) in built]
    packages.sort(key=lambda package: (package["name"], package["version"]))
    root = next(package for package in packages if package["id"] == metadata["resolve"]["root"])
    names = {package["id"]: purl(package) for package in packages}
    dependencies = {names[one]: {names[needed] for needed in found[one] if needed in names} for one in names}
    return root, [package for package in packages if package is not root], dependencies


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, kind, hashes):
    entry = {"type": kind, "name": package["name"], "version": package["version"], "purl": purl(package), "bom-ref": purl(package)}
    if package.get("license"):
        entry["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if (package["name"], package["version"]) in hashes:
        entry["hashes"] = [{"alg": "SHA-256", "content": hashes[package["name"], package["version"]]}]
    return entry


def locked_hashes(manifest):
    """The archives' hashes, as Cargo.lock has them."""
    lock = pathlib.Path(manifest).with_name("Cargo.lock").read_text(encoding="utf-8")
    entries = re.findall(r'^name = "(.*)"\nversion = "(.*)"\nsource = ".*"\nchecksum = "(.*)"$', lock, re.MULTILINE)
    return {(name, version): checksum for name, version, checksum in entries}


def sqlite(packages):
    """SQLite, which is in a crate as C, and whose faults are told of under its own name."""
    crate = next(package for package in packages if package["name"] == "libsqlite3-sys")
    header = pathlib.Path(crate["manifest_path"]).parent / "sqlite3" / "sqlite3.h"
    version = re.search(r'^#define SQLITE_VERSION +"([0-9.]+)"', header.read_text(encoding="utf-8"), re.MULTILINE).group(1)
    reference = f"pkg:generic/sqlite@{version}"
    entry = {"type": "library", "name": "sqlite", "version": version, "purl": reference, "bom-ref": reference}
    return purl(crate), entry | {"licenses": [{"license": {"id": "blessing"}}]}


def bill_of_materials(manifest, root, packages, dependencies):
    hashes = locked_hashes(manifest)
    parent, bundled = sqlite(packages)
    components = [component(package, "library", hashes) for package in packages]
    graph = [{"ref": reference, "dependsOn": sorted(needed | ({bundled["bom-ref"]} if reference == parent else set()))} for reference, needed in sorted(dependencies.items())]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(root, "application", hashes)},
        "components": [*components, bundled],
        "dependencies": graph,
    }


def licence_texts(packages):
    """The texts, each with the names of the crates that come with it."""
    texts = {}
    for package in packages:
        folder = pathlib.Path(package["manifest_path"]).parent
        files = sorted(file for file in folder.iterdir() if file.is_file() and file.name.lower().startswith(LICENCE_FILES))
        for file in files:
            text = file.read_text(encoding="utf-8", errors="replace").strip()
            key = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
            texts.setdefault(key, (text, []))[1].append(f"{package['name']} {package['version']}")
        if not files:
            texts.setdefault("", ("No file in the crate; see its licence's name.", []))[1].append(f"{package['name']} {package['version']}: {package.get('license')}")
    if C_LIBRARY.exists():
        texts["libc"] = (C_LIBRARY.read_text(encoding="utf-8", errors="replace").strip(), ["The GNU C Library"])
    return texts


def main(manifest, folder, target=None):
    root, packages, dependencies = linked_packages(manifest, target or host())
    folder = pathlib.Path(folder)
    (folder / "sbom.cdx.json").write_text(json.dumps(bill_of_materials(manifest, root, packages, dependencies), indent=1) + "\n", encoding="utf-8")
    parts = ["\n".join(covered) + "\n\n" + text + "\n" for text, covered in sorted(licence_texts(packages).values(), key=lambda entry: entry[1])]
    document = ("\n" + "=" * 80 + "\n\n").join(parts)
    (folder / "THIRD-PARTY.gz").write_bytes(gzip.compress(document.encode(), 9, mtime=0))
    print(f"{len(packages)} crates, {len(parts)} texts, {len(document)} bytes")


main(*sys.argv[1:])
