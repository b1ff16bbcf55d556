"""Holds the chart and the program against tests/kubernetes/values.json: values.py HELM CHART BINARY [PATH…]

Of each value the chart renders, or refuses; and the program takes the same text from the variable, or refuses. Both must do
what the table says, and every setting of the program must be in the table. A PATH limits it to the values that begin so.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HELM, CHART, BINARY, *PATHS = sys.argv[1:]
TABLE = json.loads((pathlib.Path(__file__).parent / "values.json").read_text(encoding="utf-8"))
VARIABLES = {setting["value"]: setting["variable"] for setting in TABLE["settings"]}
SERVICES = TABLE["services"]


def text(value):
    return value if isinstance(value, str) else json.dumps(value)


def base(values):
    """The service that the values are for, with values and variables that are valid in every other respect."""
    named = (path.split(".")[0] for path in values)
    return SERVICES[next((name for name in named if name in SERVICES), "compreface")]


def chart(values):
    """Whether the chart renders with these values."""
    arguments = [part for path, value in values.items() for part in ("--set-json", f"{path}={json.dumps(value)}")]
    command = [HELM, "template", "release", CHART, "--values", f"{CHART}/tests/{base(values)['file']}", "--kube-version", "1.36.0", *arguments]
    return subprocess.run(command, capture_output=True).returncode == 0


def program(values, *command, **more):
    """What a command of the program does with the variables that these values become."""
    # Nothing leaves the machine: DO_NOT_TRACK ends `once` after the settings were read.
    valid = {"HEADCOUNT_OTLP_ENDPOINT": "https://telemetry.example.org", **base(values)["variables"]}
    with tempfile.TemporaryDirectory() as folder:
        variables = {**valid, **{VARIABLES[path]: text(value) for path, value in values.items()}, "HEADCOUNT_STATE_DIR": folder, **more}
        return subprocess.run([BINARY, *command], env=variables, capture_output=True)


def outcome(word):
    """What a value of HEADCOUNT_DISABLED leads to. It is no fault if it is unclear, but decides something else then."""
    return json.loads(program({"disabled": word}, "status", "--format", "json").stdout)["decided_here"]["state"]


def takes(values):
    """Whether the program takes these values."""
    if "disabled" in values:
        return outcome(values["disabled"]) in CLEAR
    status = program(values, "once", DO_NOT_TRACK="1").returncode
    if status not in (0, 2):
        sys.exit(f"once ended with {status}")
    return status == 0


def compare(values, valid):
    """The complaints about one row."""
    words = {True: "takes", False: "refuses"}
    said = {"the chart": chart(values), "the program": takes(values)}
    return [f"{who} {words[accepted]} {json.dumps(values)}" for who, accepted in said.items() if accepted != valid]


def unlisted():
    """Settings of the program that the table does not know, and the reverse."""
    listed = {*VARIABLES.values(), *TABLE["not_values"]}
    help_text = subprocess.run([BINARY, "run", "--help"], capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"HEADCOUNT_[A-Z_]*[A-Z]", help_text))
    return [f"{name} is not in values.json" for name in sorted(named - listed)] + [f"{name} is no setting" for name in sorted(listed - named)]


def rows():
    for setting in TABLE["settings"]:
        more = {"otlp.insecure": True} if setting["value"] == "otlp.endpoint" else {}
        for verdict in ("valid", "invalid"):
            for value in setting[verdict]:
                yield {setting["value"]: value, **more}, verdict == "valid"
    for combination in TABLE["combinations"]:
        yield combination["values"], combination["valid"]


CLEAR = {outcome(True), outcome(False)}
chosen = [row for row in rows() if not PATHS or any(name.startswith(path) for path in PATHS for name in row[0])]
with ThreadPoolExecutor(os.cpu_count()) as pool:
    complaints = [line for lines in pool.map(lambda row: compare(*row), chosen) for line in lines]
complaints += unlisted()
print(*complaints, f"{len(chosen)} values", sep="\n")
sys.exit(1 if complaints else 0)
