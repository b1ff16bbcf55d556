"""Takes each default of the chart headcount away with null: nulls.py HELM CHART

The chart renders then, or refuses with a sentence or by its schema. An error in a template, which names the chart's own files and
not the value, is a complaint.
"""

import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import yaml

HELM, CHART = sys.argv[1:]
POLICY = "networkPolicy.enabled=true,networkPolicy.service.podLabels.a=b,networkPolicy.core.podLabels.a=c,compreface.coreUrl=http://core"


def paths(values, before=""):
    for name, value in values.items():
        path = before + name.replace(".", "\\.")
        yield path
        if isinstance(value, dict):
            yield from paths(value, path + ".")


def complaint(path):
    mode = "cronjob" if path.startswith("cronjob") else "deployment"
    settings = f"mode={mode},{POLICY},{path}=null"
    command = [HELM, "template", "release", CHART, "--values", f"{CHART}/tests/values.yaml", "--kube-version", "1.36.0", "--set", settings]
    done = subprocess.run(command, capture_output=True, text=True)
    is_sentence = "): headcount: " in done.stderr or "the schema(s)" in done.stderr
    is_odd = done.returncode == 0 and "%!" in done.stdout
    return f"{path}: {done.stderr or done.stdout}" if is_odd or (done.returncode and not is_sentence) else None


names = list(paths(yaml.safe_load(pathlib.Path(CHART, "values.yaml").read_text(encoding="utf-8"))))
with ThreadPoolExecutor(os.cpu_count()) as pool:
    complaints = [line for line in pool.map(complaint, names) if line]
print(*complaints, f"{len(names)} values", sep="\n")
sys.exit(1 if complaints else 0)
