"""Writes what the program is made of: licences.py CARGO_TOML FOLDER

    FOLDER/sbom.cdx.json     a CycloneDX list of every crate that is linked
    FOLDER/THIRD-PARTY.gz    the licences' texts, each once, with the crates it covers

Both come from `cargo metadata` and the crates' own files, and are the same for the same Cargo.lock.
"""

import gzip
import hashlib
import json
import pathlib
import subprocess
import sys

LICENCE_FILES = ("licen", "copying", "notice", "unlicense", "copyright")
# Linked in too, though no crate says so.
C_LIBRARY = pathlib.Path("/usr/share/doc/libc6/copyright")


def cargo(*arguments):
    return subprocess.run(("cargo", *arguments), check=True, capture_output=True, text=True).stdout


def linked_packages(manifest):
    """The crates that the program depends on when it runs on this platform, without those that only build or test it."""
    host = next(line[6:] for line in subprocess.run(("rustc", "-vV"), check=True, capture_output=True, text=True).stdout.splitlines() if line.startswith("host: "))
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--locked", "--filter-platform", host, "--manifest-path", manifest))
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    found, waiting = set(), [metadata["resolve"]["root"]]
    while waiting:
        identifier = waiting.pop()
        if identifier in found:
            continue
        found.add(identifier)
        for dependency in nodes[identifier]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                waiting.append(dependency["pkg"])
    packages = [package for package in metadata["packages"] if package["id"] in found]
    packages.sort(key=lambda package: (package["name"], package["version"]))
    root = next(package for package in packages if package["id"] == metadata["resolve"]["root"])
    return root, [package for package in packages if package is not root]


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, kind):
    entry = {"type": kind, "name": package["name"], "version": package["version"], "purl": purl(package), "bom-ref": purl(package)}
    if package.get("license"):
        entry["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    return entry


def bill_of_materials(root, packages):
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(root, "application")},
        "components": [component(package, "library") for package in packages],
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


def main(manifest, folder):
    root, packages = linked_packages(manifest)
    folder = pathlib.Path(folder)
    (folder / "sbom.cdx.json").write_text(json.dumps(bill_of_materials(root, packages), indent=1) + "\n", encoding="utf-8")
    parts = ["\n".join(covered) + "\n\n" + text + "\n" for text, covered in sorted(licence_texts(packages).values(), key=lambda entry: entry[1])]
    document = ("\n" + "=" * 80 + "\n\n").join(parts)
    (folder / "THIRD-PARTY.gz").write_bytes(gzip.compress(document.encode(), 9, mtime=0))
    print(f"{len(packages)} crates, {len(parts)} texts, {len(document)} bytes")


main(*sys.argv[1:])
