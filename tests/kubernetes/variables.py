"""Prints the variables of the container headcount in a rendered chart, a line each: variables.py FILE"""

import sys

import yaml

# What a Secret would give.
FROM_SECRETS = {"HEADCOUNT_INSTALL_GUID": "1b4e28ba-2fa1-4d2e-883f-0016d3cca427"}


def containers(value):
    if isinstance(value, dict):
        if value.get("name") == "headcount" and "env" in value:
            yield value
        for inner in value.values():
            yield from containers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from containers(inner)


found = [container for document in yaml.safe_load_all(open(sys.argv[1], encoding="utf-8")) for container in containers(document)]
if len(found) != 1:
    sys.exit(f"{len(found)} containers")
for variable in found[0]["env"]:
    print(f"{variable['name']}={variable.get('value', FROM_SECRETS.get(variable['name']))}")
