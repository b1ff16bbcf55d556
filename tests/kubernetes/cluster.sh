# Words for the scenarios: what is in the cluster, and how to look at it. Read with `.`, after checks.sh.

inside() { "$here/node/node.py" in "$@"; }
HELM=${HELM:-helm3}
STATE=$HEADCOUNT_NODE/state
PASSWORD='Secret1! &ü%'
namespace=default

k() { inside kubectl --namespace "$namespace" "$@"; }
helm() { (cd "$work" && inside "$HELM" --namespace "$namespace" "$@"); }

# enter NAMESPACE : makes it, restricted, with what the product's chart and headcount ask for.
enter() {
	namespace=$1
	inside kubectl create namespace "$namespace" >/dev/null
	inside kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted pod-security.kubernetes.io/enforce-version=latest >/dev/null
	printf %s "$PASSWORD" >"$work/password"
	printf %s database >"$work/database-password"
	k create secret generic compreface --from-file=password="$work/password" --from-file=database-password="$work/database-password" >/dev/null
	k create secret generic collector-ca --from-file=ca.crt="$work/ca.pem" >/dev/null
}

leave() {
	[ "$namespace" = default ] || inside kubectl delete namespace "$namespace" --wait=false >/dev/null
}

# volumes NUMBER : so many volumes on the node's disk, for whichever claim comes first.
volumes() {
	local number
	for number in $(seq "$1"); do
		mkdir -p "$STATE/volumes/$number"
		volume "$number" "$STATE/volumes/$number" ''
	done
}

# volume NAME FOLDER CLASS
volume() {
	inside kubectl apply -f - >/dev/null <<Y
apiVersion: v1
kind: PersistentVolume
metadata: {name: "volume-$1"}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: "$3"
  persistentVolumeReclaimPolicy: Retain
  local: {path: $2}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node1]}]}]}}
Y
}

# claim NAME CLASS
claim() {
	k apply -f - >/dev/null <<Y
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $1}
spec: {accessModes: [ReadWriteOnce], storageClassName: "$2", resources: {requests: {storage: 256Mi}}}
Y
}

# The real Collector, with a certificate of an authority of its own, in a restricted namespace; it writes what it gets to a file.
collector() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca-key.pem" -out "$work/ca.pem" -days 9 -subj /CN=authority \
		-addext basicConstraints=critical,CA:TRUE 2>/dev/null
	openssl req -x509 -CA "$work/ca.pem" -CAkey "$work/ca-key.pem" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/tls.key" -out "$work/tls.crt" \
		-days 9 -subj /CN=collector -addext subjectAltName=DNS:collector.receiving,DNS:collector.receiving.svc.cluster.local -addext basicConstraints=CA:FALSE 2>/dev/null
	enter receiving
	k create secret tls collector --cert="$work/tls.crt" --key="$work/tls.key" >/dev/null
	k apply -f "$here/collector.yaml" >/dev/null
	k wait deploy/collector --for=condition=Available --timeout=90s >/dev/null || echo "FAIL  the Collector did not start"
	namespace=default
}

reports() {
	local file
	file=$(ls "$STATE"/kubelet/pods/*/volumes/kubernetes.io~empty-dir/reports/reports.jsonl 2>/dev/null | head -1)
	python3 "$here/reports.py" "${file:-/dev/null}" "$@"
}

# product RELEASE-OPTION… : the product's chart, with the simulated service as the admin and nothing else running.
product() {
	helm upgrade --install compreface helm/compreface --reset-values --values "$here/product.yaml" "$@" >"$work/helm.log" 2>&1 || { cat "$work/helm.log"; return 1; }
}

# The next minute but one (UTC) as a window: reports are drawn for a random time otherwise, within an hour.
window() { echo "$(date -u -d '+75 seconds' +%H:%M)-$(date -u -d '+135 seconds' +%H:%M)"; }

admin_pod() { k get pod -l app.kubernetes.io/name=compreface-admin --field-selector=status.phase=Running -o 'jsonpath={.items[0].metadata.name}'; }
ready() { k wait pod -l app.kubernetes.io/name=compreface-admin --for=condition=Ready --timeout="${1:-60}s"; }
tell() { k exec deploy/compreface-admin -c admin -- /simulated tell "$@"; }
headcount() { k exec "${where:-deploy/compreface-admin}" -c headcount -- /headcount "$@"; }
# restarts CONTAINER : how often it restarted, wherever in the pod it is.
restarts() { k get pod "$(admin_pod)" -o "jsonpath={range .status['initContainerStatuses','containerStatuses'][*]}{.name}={.restartCount}{'\n'}{end}" | sed -n "s/^$1=//p"; }
# What the node's cgroup says of headcount's container.
memory_of_headcount() {
	local id folder
	id=$(k get pod "$(admin_pod)" -o json | python3 -c 'import json,sys
status = json.load(sys.stdin)["status"]
print(next(c["containerID"].split("//")[1] for key in ("initContainerStatuses", "containerStatuses") for c in status.get(key, []) if c["name"] == "headcount"))')
	folder=$(ls -d /sys/fs/cgroup/memory/headcount-*/kubepods/*/*/"$id")
	echo "      memory as the node saw it: $(($(cat "$folder/memory.usage_in_bytes") / 1024)) KiB now, $(($(cat "$folder/memory.max_usage_in_bytes") / 1024)) KiB at most, of which anonymous $(($(sed -n 's/^total_rss //p' "$folder/memory.stat") / 1024)) KiB now"
}
equal() { [ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }; }
differ() { [ "$1" != "$2" ] || { echo "both are $1"; return 1; }; }
at_least() { [ "$1" -ge "$2" ] || { echo "$1 is less than $2"; return 1; }; }
# at_least_now NUMBER COMMAND… : what the command prints now.
at_least_now() { at_least "$("${@:2}")" "$1"; }
is_now() { equal "$("${@:2}")" "$1"; }
