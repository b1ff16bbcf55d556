# Frigate, and an inventory document from a server and in a file of a shared volume: each is counted by a pod of its own, once the
# operator enabled it, and not any more once it opted out.

# peer NAME PORT ARGUMENTS [VOLUME] : the simulated service of that name, in a restricted namespace.
peer() {
	local volume=${4:-}
	[ -n "$volume" ] || volume='emptyDir: {}'
	k apply -f - >/dev/null <<Y
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: $1
          image: localhost/services:1
          args: [$3]
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, readOnlyRootFilesystem: true}
          volumeMounts: [{name: shared, mountPath: /shared}]
      volumes: [{name: shared, $volume}]
---
apiVersion: v1
kind: Service
metadata: {name: $1}
spec: {selector: {app: $1}, ports: [{port: $2}]}
Y
	k rollout status "deploy/$1" --timeout=60s >/dev/null
}

# counted NAME VALUES… : a pod of headcount's own, which reports within the minute that all of them have.
counted() {
	helm install "$1" helm/headcount --set enabled=true --set fullnameOverride="headcount-$1" --set consent.existingConfigMap=decision --set firstReportAfter=1s \
		--set scrapeInterval=1m --set "reportWindow=$minute" --set otlp.endpoint=https://collector.receiving:4318 --set otlp.tls.existingSecret=collector-ca \
		--set otlp.tls.caKey=ca.crt "${@:2}" --wait --timeout 60s
}

of() { local where=deploy/headcount-$1; headcount "${@:2}"; }
identity_of() { of "$1" preview --format json | python3 -c '
import json, sys
metrics = json.load(sys.stdin)["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
print(metrics[0]["sum"]["dataPoints"][0]["attributes"][0]["value"]["stringValue"])'; }
requests() { k logs "deploy/$1" | grep -c '^request'; }
# says_of NAME METRIC VALUE : the latest report of that installation has this value.
says_of() { is_now "$3" reports value "face_recognition.$2" "$(identity_of "$1")"; }
store_of() {
	local folder
	folder=$(k get pv "$(k get pvc "headcount-$1-state" -o 'jsonpath={.spec.volumeName}')" -o 'jsonpath={.spec.local.path}')
	python3 "$here/rows.py" "$folder/headcount.db"
}

enter services
k create configmap decision --from-literal=consent= >/dev/null
printf %s 'Secret "1!" \&ü%' >"$work/frigate-password"
k create secret generic frigate --from-file=password="$work/frigate-password" >/dev/null
claim shared ''
check "Frigate" peer frigate 8971 frigate
check "a server of an inventory document" peer document 8000 document
check "an inventory document in a shared volume" peer file 8000 'file, /shared/inventory.json' 'persistentVolumeClaim: {claimName: shared}'

before=$(reports count)
minute=$(window)
check "a pod that counts Frigate" counted frigate --set service=frigate --set frigate.url=http://frigate:8971 --set frigate.user=olga --set frigate.existingSecret=frigate
check "a pod that counts the document of a server" counted document --set service=inventory --set inventory.url=http://document:8000/inventory
check "a pod that counts the document of the volume" counted file --set service=inventory --set inventory.url=file:/etc/headcount/inventory/inventory.json --set inventory.volume=shared
for name in frigate document file; do
	check "without consent: $name: not enabled" says 'not enabled' of "$name" status
done
check "without consent: Frigate was not requested" is_now 0 requests frigate
check "without consent: the server of the document was not requested" is_now 0 requests document

k patch configmap decision --type merge -p '{"data":{"consent":"granted"}}' >/dev/null
check "with consent their three reports arrive" soon 200 at_least_now $((before + 3)) reports count
check "Frigate: users" says_of frigate user.current 2
check "Frigate: persons" says_of frigate subject.current 5
check "Frigate: one library of 51 to 200 faces" says_of frigate collection.faces.51_200 1
check "document of a server: users" says_of document user.current 5
check "document of a server: a collection of 1 to 10 faces" says_of document collection.faces.1_10 1
check "document of a volume: users" says_of file user.current 10
check "document of a volume: applications" says_of file application.current 1
check "tagged with the identity and nothing else" is_now install_guid reports attributes

k patch configmap decision --type merge -p '{"data":{"consent":"denied"}}' >/dev/null
for name in frigate document file; do
	check "opted out: $name" soon 20 says 'denied' of "$name" status
	check "opted out: $name: everything but the receipt and the audit's lines is gone" soon 20 is_now $'audit\nreceipt' store_of "$name"
done
