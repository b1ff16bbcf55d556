"""Checks a bill of materials: bill.py SBOM CARGO_LOCK

It is valid CycloneDX 1.5, every crate in it is locked with the hash it names, everything in it is reached from the program, and
what the program stands on is there.
"""

import json
import pathlib
import re
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

NEEDED = {"hyper", "libsqlite3-sys", "rusqlite", "rustls", "sqlite", "tokio", "tonic"}
ONLY_FOR_TESTS = {"proptest", "rcgen", "reqwest", "tempfile"}


def main(bill, lock):
    text = pathlib.Path(bill).read_text(encoding="utf-8")
    error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)
    if error is not None:
        sys.exit(f"it is not CycloneDX 1.5: {error}")
    document = json.loads(text)
    entries = re.findall(r'^name = "(.*)"\nversion = "(.*)"\nsource = ".*"\nchecksum = "(.*)"$', pathlib.Path(lock).read_text(encoding="utf-8"), re.MULTILINE)
    locked = {(name, version): checksum for name, version, checksum in entries}
    crates = [component for component in document["components"] if component["purl"].startswith("pkg:cargo/")]
    for crate in crates:
        if crate["hashes"] != [{"alg": "SHA-256", "content": locked[crate["name"], crate["version"]]}]:
            sys.exit(f"{crate['purl']} has another hash than Cargo.lock")
    graph = {entry["ref"]: entry["dependsOn"] for entry in document["dependencies"]}
    reached, waiting = set(), [document["metadata"]["component"]["bom-ref"]]
    while waiting:
        reference = waiting.pop()
        if reference not in reached:
            reached.add(reference)
            waiting.extend(graph.get(reference, []))
    references = {component["bom-ref"] for component in document["components"]} | {document["metadata"]["component"]["bom-ref"]}
    if reached != references:
        sys.exit(f"what is listed and what is reached differ: {sorted(reached ^ references)}")
    names = {component["name"] for component in document["components"]}
    if NEEDED - names or ONLY_FOR_TESTS & names:
        sys.exit(f"missing: {sorted(NEEDED - names)}; too much: {sorted(ONLY_FOR_TESTS & names)}")
    print(f"CycloneDX 1.5, valid: {len(crates)} crates and SQLite, with their hashes and who depends on whom")


main(*sys.argv[1:])
