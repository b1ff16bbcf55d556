"""compare.py FOLDER: the page has the engine's numbers, and no file of it has an install_guid."""

import json
import pathlib
import re
import sys

work = pathlib.Path(sys.argv[1])
published = {}
for line in (work / "published.txt").read_text().splitlines():
    match = re.match(r"^headcount:published:(\w+)\{(.*)\} (\S+) \d+$", line)
    if match and match[1] == "installations":
        published[re.search(r'window="(\w+)"', match[2])[1]] = int(float(match[3]))
view = json.loads((work / "page.json").read_text())
words = view["text"].replace(",", "").split()
assert set(published) == {"1d", "7d", "30d"}, published
for window, number in published.items():
    assert str(number) in words, f"the page lacks the installations of {window}"

data = json.loads(next((work / "page/data").glob("published.json")).read_text())
within_a_day = {row["product"]: row["value"] for row in data["now"] if row["name"] == "installations" and row.get("product") and row["window"] == "1d"}
by_contract = {}
for row in data["now"]:
    if row["name"] == "installations_by_contract":
        by_contract.setdefault(row["product"], {})[row["contract"]] = row["value"]
        assert f"{row['value']:,}" in view["text"], "the page lacks a version of the contract"
assert len(by_contract["compreface"]) > 1, by_contract
# Nothing is left over that would be the number of a version with fewer than five installations.
assert {product: sum(each.values()) for product, each in by_contract.items()} == within_a_day, (by_contract, within_a_day)
assert len(data["now"]) == sum(not line.startswith("#") for line in (work / "published.txt").read_text().splitlines())
assert len({row["day"] for row in data["history"]}) >= 180

guid = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
files = [path for path in (work / "page").rglob("*") if path.is_file()]
assert len(files) > 10, files
for path in files:
    content = path.read_bytes()
    assert not guid.search(content), f"{path.name} has an install_guid"
    # The namespaces of SVG and XML are names; nothing is loaded from them.
    for address in re.findall(rb"https?://[\w./-]+", content):
        assert address.startswith(b"http://www.w3.org/"), f"{path.name} names {address}"

faulty = json.loads((work / "faulty.json").read_text())["views"][0]
assert len(faulty["foreign"]) == 1 and faulty["errors"] and faulty["overflow"] > 0 and faulty["violations"], faulty
size = sum(path.stat().st_size for path in files)
requests = len(view["views"][0]["requests"])
print(f"the page: {len(files)} files of {size // 1000} kB, {requests} requests of its own, {len(view['views'])} views, 0 violations")
