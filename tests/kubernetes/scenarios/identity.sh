# Who it is and what it counted survive everything that pods go through; nothing is sent twice.

previewed() { headcount preview --format json | python3 -c '
import json, sys
report = json.load(sys.stdin)
metrics = report["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
point = metrics[0]["sum"]["dataPoints"][0]
print(point["attributes"][0]["value"]["stringValue"], point["asInt"])'; }
# The simulated service forgets what was made in it when its pod goes; what was counted is not forgotten.
same() { is_now "$identity 1" previewed; }
mine() { reports identities | grep -c "$identity"; }

enter identity
claim headcount-state ''
base=(--set headcount.enabled=true --set headcount.state.existingClaim=headcount-state)
before=$(reports count)
product "${base[@]}" --set "headcount.reportWindow=$(window)" --wait --timeout 60s
check "a first report" soon 240 at_least_now $((before + 1)) reports count
identity=$(reports identities | tail -1)
sent=$(reports count)
last_scrape() { headcount status | grep 'last scrape'; }
scraped=$(last_scrape)
tell add-user >/dev/null
another_scrape() { differ "$(last_scrape)" "$scraped"; }
check "a creation is scraped" soon 100 another_scrape
check "and counted" soon 20 is_now "$identity 1" previewed

k delete pod "$(admin_pod)" >/dev/null
check "a pod made anew: Ready" soon 60 ready 5
check "a pod made anew: the same identity, and creations go on" soon 60 same

check "helm upgrade" product "${base[@]}" --set headcount.logLevel=debug --wait --timeout 60s
check "helm upgrade: the same identity, and creations go on" soon 60 same
check "helm rollback" helm rollback compreface --wait --timeout 60s
check "helm rollback: the same identity, and creations go on" soon 60 same

check "the node loses its power and comes back" "$here/node/node.py" restart
check "the node: the pod is Ready again" soon 120 ready 5
check "the node: the same identity, and creations go on" soon 90 same
check "nothing was sent twice in the hour" is_now 1 mine
