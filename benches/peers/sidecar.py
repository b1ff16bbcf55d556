"""A sidecar as the documentation of OpenTelemetry for Python suggests: counters for what comes into being, observable
gauges for what is there, a periodic reader, and requests with a session.

SERVICE_URL, SERVICE_EMAIL and SERVICE_PASSWORD name the service, SCRAPE_SECONDS the time between two scrapes; the exporter
and the reader read the standard OTEL_* variables.
"""

import logging
import os
import signal
import sys
import time

import requests
from opentelemetry import metrics
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

URL = os.environ["SERVICE_URL"]
DEMO = "00000000-0000-0000-0000-0000000000"
RANGES = [(0, "0"), (10, "1-10"), (50, "11-50"), (200, "51-200"), (500, "201-500"), (2000, "501-2000"),
          (10_000, "2001-10000"), (50_000, "10001-50000"), (200_000, "50001-200000"), (1_000_000, "200001-1000000")]

log = logging.getLogger("sidecar")
session = requests.Session()


def sign_in():
    session.cookies.clear()
    session.post(
        f"{URL}/admin/oauth/token",
        auth=("CommonClientId", "password"),
        data={"grant_type": "password", "username": os.environ["SERVICE_EMAIL"],
              "password": os.environ["SERVICE_PASSWORD"]},
        timeout=10,
    ).raise_for_status()


def get(path, **headers):
    answer = session.get(f"{URL}{path}", headers=headers, timeout=10)
    if answer.status_code == 401:
        sign_in()
        answer = session.get(f"{URL}{path}", headers=headers, timeout=10)
    answer.raise_for_status()
    return answer.json()


def scrape():
    """Everything that is there: ids by kind, and the number of collections by range."""
    found = {"user": {user["userId"] for user in get("/admin/user/roles")}, "application": set(),
             "service.detection": set(), "service.verification": set(), "service.recognition": set()}
    kinds = {"DETECTION": "service.detection", "VERIFY": "service.verification", "RECOGNITION": "service.recognition"}
    collections = {}
    for application in get("/admin/apps"):
        if application["id"].startswith(DEMO):
            continue
        found["application"].add(application["id"])
        for service in get(f"/admin/app/{application['id']}/models"):
            found[kinds[service["type"]]].add(service["id"])
            if service["type"] == "RECOGNITION":
                faces = get("/api/v1/recognition/faces?page=0&size=1", **{"x-api-key": service["apiKey"]})
                total = faces["total_elements"]
                name = next((name for end, name in RANGES if total <= end), "1000001+")
                collections[name] = collections.get(name, 0) + 1
    return found, collections


def main():
    logging.basicConfig(level=logging.INFO)
    # Kubernetes ends a pod with SIGTERM. An ordinary exit lets the SDK send what it has.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    metrics.set_meter_provider(MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())]))
    meter = metrics.get_meter("sidecar")
    now, ranges, known, counters = {}, {}, None, {}

    def observe(kind):
        return lambda _: [Observation(now[kind])] if kind in now else []

    for kind in ("user", "application", "service.detection", "service.verification", "service.recognition"):
        counters[kind] = meter.create_counter(f"face_recognition.{kind}.creations")
        counters[kind].add(0)
        meter.create_observable_gauge(f"face_recognition.{kind}.current", [observe(kind)])
    meter.create_observable_gauge(
        "face_recognition.collection.current",
        [lambda _: [Observation(count, {"faces_range": name}) for name, count in ranges.items()]],
    )
    sign_in_needed = True
    while True:
        try:
            if sign_in_needed:
                sign_in()
                sign_in_needed = False
            found, collections = scrape()
            for kind, ids in found.items():
                if known is not None:
                    counters[kind].add(len(ids - known[kind]))
                now[kind] = len(ids)
            known = {kind: ids | (known or {}).get(kind, set()) for kind, ids in found.items()}
            ranges.clear()
            ranges.update(collections)
        except (requests.RequestException, KeyError, ValueError) as error:
            log.warning("the service could not be read: %s", type(error).__name__)
        time.sleep(float(os.environ["SCRAPE_SECONDS"]))


main()
