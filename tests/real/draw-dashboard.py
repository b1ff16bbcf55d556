#!/usr/bin/env python3
"""Draws the panels of otel-config/grafana-dashboard.json over the simulated fleet and over a sidecar's own metrics:
otel-config/dashboard.png.

    HEADCOUNT_KEEP_SIDECAR=OTHER tests/real/run self_metrics --nocapture  (in one terminal; for ten minutes, then the other)
    otel-config/try --installations 300 -- tests/real/draw-dashboard.py OTHER/prometheus-url  (it needs matplotlib and PyYAML)

The first ends when its file is removed. The rules ran in the test for some seconds only, so for the past weeks their expressions
are put in the place of their names and evaluated at noon of every second day.
"""
import json
import os
import re
import sys
import time
import urllib.parse
import urllib.request
from datetime import datetime, timezone

import matplotlib
import yaml
from PIL import Image

matplotlib.use("Agg")
import matplotlib.dates
import matplotlib.pyplot as plt
import matplotlib.ticker

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "otel-config")
FILE = os.path.join(HERE, "dashboard.png")
NAME = r"(headcount:[a-z0-9_:]+)"
DAY = 86400
MINUTES = 10  # So much of the sidecar's life is drawn.
LEFT_OUT = "Gateways"  # What the gateways tell of themselves: in the fleet's Prometheus there is none of it.
SIDECARS = "Sidecars, for their operators"
BLUE = "#3f6fb5"
# The dashes and the color of each product.
STYLES = {"compreface": ("-", BLUE), "frigate": ("--", "#d55e00"), "inventory": (":", "#009e73")}


def ask(path, url=None, **form):
    data = urllib.parse.urlencode(form).encode()
    return json.load(urllib.request.urlopen((url or FLEET) + path, data))["data"]["result"]


def read_rules():
    rules = {}
    for group in yaml.safe_load(open(os.path.join(HERE, "prometheus-rules.yaml")))["groups"]:
        for rule in group["rules"]:
            if "record" in rule:
                rules.setdefault(rule["record"], []).append((rule.get("labels", {}), rule["expr"]))
    return rules


def expand(expression, rules):
    """The expression with what records a name in the place of the name. That a rule records once a day does not matter here."""
    expression = re.sub(r"\s+unless on \(install_guid, product\) last_over_time\(" + NAME + r"\[1d\]\)", "", expression)

    def recorded(match):
        parts = []
        window = match.groupdict().get("window")
        for labels, inner in rules[match[1]]:
            if window and labels["window"] != window:
                continue
            part = "(" + expand(inner, rules) + ")"
            for label, value in labels.items():
                part = f'label_replace({part}, "{label}", "{value}", "", "")'
            parts.append(part)
        return "(" + " or ".join(parts) + ")"

    return re.sub(r"last_over_time\(" + NAME + r'(?:\{window="(?P<window>\w+)"\})?\[\w+\]\)', recorded, expression)


def history(query):
    """The series of a panel's query over the past weeks."""
    name, quantile = re.fullmatch(r"last_over_time\(" + NAME + r'(?:\{quantile="([0-9.]+)"\})?\[\w+\]\)', query).groups()
    end = int(time.time() - DAY // 2) // DAY * DAY + DAY // 2
    for labels, expression in RULES[name]:
        if quantile and labels.get("quantile") != quantile:
            continue
        found = ask("/api/v1/query_range", query=expand(expression, RULES), start=end - 26 * DAY, end=end, step="2d")
        for series in found:
            yield {**series["metric"], **labels}, series["values"]


def legend(target, labels):
    return re.sub(r"\{\{(\w+)\}\}", lambda match: labels.get(match[1], ""), target["legendFormat"])


def draw_bars(axes, target):
    """Horizontal bars, one for each series. Where there are many, those of each range stand together, a color for each product."""
    found = ask("/api/v1/query", query=target["expr"])
    bars = [(series["metric"], legend(target, series["metric"]), float(series["value"][1])) for series in found]
    are_many = len(bars) > 12
    if are_many or not all("product" in bar[0] for bar in bars):
        bars.sort(key=lambda bar: ([float(part) for part in re.findall(r"[\d.]+", bar[1])], bar[1]))
    else:
        bars.sort(key=lambda bar: bar[1])
    colors = [STYLES[bar[0]["product"]][1] if are_many else BLUE for bar in bars]
    axes.barh(range(len(bars)), [bar[2] for bar in bars], color=colors)
    axes.set_yticks(range(len(bars)), [bar[1] for bar in bars], fontsize=4 if are_many else None)
    axes.invert_yaxis()
    for place, (_, _, value) in enumerate(bars):
        axes.text(value, place, f" {value:,.0f}", va="center", fontsize=4 if are_many else None)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def draw_lately(axes, panel):
    """A sidecar's series of the past minutes."""
    end = time.time()
    units = {"bytes": (1e6, "MB"), "s": (1, "s")}
    scale, unit = units.get(panel["fieldConfig"]["defaults"]["unit"], (1, ""))
    for target in panel["targets"]:
        span = {"start": end - MINUTES * 60, "end": end, "step": "15s"}
        for series in ask("/api/v1/query_range", SIDECAR, query=target["expr"], **span):
            values = [(float(at) - end, float(value) / scale) for at, value in series["values"] if value != "NaN"]
            axes.plot([at / 60 for at, _ in values], [value for _, value in values], label=legend(target, series["metric"]), lw=1.4)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.1)
    axes.set_xlim(-MINUTES, 0)
    axes.xaxis.set_major_locator(matplotlib.ticker.MultipleLocator(5))
    axes.set_ylabel(unit, fontsize=6)
    axes.xaxis.set_major_formatter(lambda at, _: f"{at:.0f} min")
    axes.legend(frameon=False, ncols=5, loc="upper left", bbox_to_anchor=(-0.03, -0.12), fontsize=5, columnspacing=0.8, handlelength=1)


def draw_lines(axes, panel):
    """Lines over time. Where a series has a kind and a product, its color is that of the kind, and its dashes are the product's."""
    kinds, products = {}, set()
    for target in panel["targets"]:
        for labels, values in history(target["expr"]):
            times = [datetime.fromtimestamp(float(value[0]), timezone.utc) for value in values]
            style = {"label": legend(target, labels)}
            if {"kind", "product"} <= set(labels):
                products.add(labels["product"])
                style = {"color": kinds.setdefault(labels["kind"], f"C{len(kinds)}"), "ls": STYLES[labels["product"]][0]}
            axes.plot(times, [float(value[1]) for value in values], lw=1.2, **style)
    for kind, color in kinds.items():
        axes.plot([], [], color=color, label=kind)
    for product in sorted(products):
        axes.plot([], [], color="#555555", ls=STYLES[product][0], label=product)
    if panel["fieldConfig"]["defaults"]["custom"].get("scaleDistribution"):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    now = matplotlib.dates.date2num(datetime.now(timezone.utc))
    axes.xaxis.set_major_locator(matplotlib.dates.DayLocator(interval=7))
    axes.xaxis.set_major_formatter(lambda date, _: f"{round(date - now)} days")
    columns = 4 if panel["gridPos"]["w"] > 8 else 3
    axes.legend(frameon=False, ncols=columns, loc="upper left", bbox_to_anchor=(-0.03, -0.12), fontsize=5, columnspacing=1, handlelength=2)


def main():
    plt.rcParams.update({"font.size": 7, "axes.titlesize": 8, "axes.spines.top": False, "axes.spines.right": False})
    panels = json.load(open(os.path.join(HERE, "grafana-dashboard.json")))["panels"]
    places = {panel["title"]: panel["gridPos"]["y"] for panel in panels if panel["type"] == "row"}
    following = min(y for y in places.values() if y > places[LEFT_OUT])
    gap = following - places[LEFT_OUT]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels) - gap + 1
    figure = plt.figure(figsize=(11, 0.31 * rows), dpi=90)
    row = None
    for panel in panels:
        x, y, width, height = (panel["gridPos"][name] for name in "xywh")
        y -= gap if y >= following else 0
        if panel["type"] == "row":
            row = panel["title"]
            if row != LEFT_OUT:
                figure.text(0.015, 1 - (y + 0.6) / rows, row, fontsize=11, color=BLUE, va="center")
        if panel["type"] == "row" or row == LEFT_OUT:
            continue
        inner = (x / 24 * 0.93 + 0.085, 1 - (y + height - 1.7) / rows, width / 24 * 0.93 - 0.085, (height - 2.9) / rows)
        axes = figure.add_axes(inner)
        axes.set_title(panel["title"], loc="left", fontweight="bold", fontsize=8 if width > 8 else 6.5)
        if row == SIDECARS and panel["type"] == "stat":
            target = panel["targets"][0]
            found = ask("/api/v1/query", SIDECAR, query=target["expr"])
            told = "\n".join(f"{legend(target, series['metric'])}: {series['value'][1]}" for series in found)
            axes.text(0.5, 0.5, told, ha="center", va="center", fontsize=16)
            axes.axis("off")
        elif row == SIDECARS:
            draw_lately(axes, panel)
        elif panel["type"] == "stat":
            value = ask("/api/v1/query", query=panel["targets"][0]["expr"])[0]["value"][1]
            axes.text(0.5, 0.4, f"{float(value):,.0f}", ha="center", va="center", fontsize=20)
            axes.axis("off")
        elif panel["type"] == "bargauge":
            draw_bars(axes, panel["targets"][0])
        else:
            draw_lines(axes, panel)
    figure.savefig(FILE)
    # Some dozens of colors are enough.
    Image.open(FILE).convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(FILE, optimize=True)


FLEET, SIDECAR = os.environ["ENGINE"], open(sys.argv[1]).read().strip()
RULES = read_rules()
main()
