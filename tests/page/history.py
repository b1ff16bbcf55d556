"""history.py FILE: the published series of a /federate response as OpenMetrics, with half a year of days before them.

The days before today are made up: a fleet that grows, with weekends. The numbers of today are those of the file.
"""

import re
import sys

DAY = 24 * 3600
DAYS = 180

SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (\S+) (\d+)$")


def series(text):
    """The name, labels, value and time (in seconds) of each sample, without the labels that federation adds."""
    for line in text.splitlines():
        match = SAMPLE.match(line)
        if match:
            name, labels, value, time = match.groups()
            labels = ",".join(label for label in re.findall(r'\w+="[^"]*"', labels) if not label.startswith(("instance=", "job=")))
            yield name, labels, float(value), int(time) // 1000


def past(value, time, product):
    """What a number of installations was at each midnight before. Each product grows by another share."""
    growth = 0.5 + (sum(product.encode()) % 5) / 10
    midnight = time - time % DAY
    for before in range(DAYS, -1 if midnight < time else 0, -1):
        weekend = 0.97 if (midnight // DAY - before) % 7 in (2, 3) else 1
        yield midnight - before * DAY, max(5, round(value * (1 - growth * before / DAYS) * weekend))


by_name = {}
for name, labels, value, time in series(open(sys.argv[1], encoding="utf-8").read()):
    lines = by_name.setdefault(name, [])
    if name == "headcount:published:product:installations":
        lines += [f"{name}{{{labels}}} {number} {at}" for at, number in past(value, time, labels)]
    lines.append(f"{name}{{{labels}}} {value} {time}")
for name, lines in by_name.items():
    print(f"# TYPE {name} gauge", *lines, sep="\n")
print("# EOF")
