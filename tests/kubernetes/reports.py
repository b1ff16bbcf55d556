"""What the Collector received: reports.py FILE count | identities | value METRIC [IDENTITY] | attributes

`count` requests, `identities` one a line in order of their first report, the latest `value` of a metric (of the latest
identity unless one is named), and every `attributes` key that a data point, a scope or a resource had.
"""

import json
import sys


def points(request):
    for resource in request.get("resourceMetrics", []):
        for scope in resource.get("scopeMetrics", []):
            for metric in scope["metrics"]:
                for point in (metric.get("sum") or metric.get("gauge"))["dataPoints"]:
                    yield resource, scope, metric["name"], point


def identity(point):
    return next(attribute["value"]["stringValue"] for attribute in point["attributes"] if attribute["key"] == "install_guid")


with open(sys.argv[1], encoding="utf-8") as file:
    requests = [json.loads(line) for line in file if line.strip()]
everything = [entry for request in requests for entry in points(request)]
identities = list(dict.fromkeys(identity(point) for *_, point in everything))
word = sys.argv[2]
if word == "count":
    print(len(requests))
elif word == "identities":
    print("\n".join(identities))
elif word == "value":
    wanted = sys.argv[4] if len(sys.argv) > 4 else identities[-1]
    print([int(point.get("asInt", 0)) for _, _, name, point in everything if name == sys.argv[3] and identity(point) == wanted][-1])
elif word == "attributes":
    keys = {attribute["key"] for resource, scope, _, point in everything for attribute in
            [*point["attributes"], *resource.get("resource", {}).get("attributes", []), *scope.get("scope", {}).get("attributes", [])]}
    print("\n".join(sorted(keys)))
