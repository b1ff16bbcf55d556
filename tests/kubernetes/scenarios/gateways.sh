# The gateways of otel-config/gateways/kubernetes.yaml: accepted as they are, and run with the tests' image of the Collector. A report
# that a gateway took while its back end was away outlives the gateway's pod.

manifest=$root/otel-config/gateways/kubernetes.yaml
enter gateways
openssl req -x509 -CA "$work/ca.pem" -CAkey "$work/ca-key.pem" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/gateway.key" -out "$work/gateway.crt" \
	-days 9 -subj /CN=gateway -addext subjectAltName=DNS:gateway -addext basicConstraints=CA:FALSE 2>/dev/null
k create configmap gateway --from-file=gateway.yaml="$root/otel-config/gateway.yaml" >/dev/null
k create secret tls gateway --cert="$work/gateway.crt" --key="$work/gateway.key" >/dev/null
k create secret generic gateway-backend --from-literal=user=gateway --from-literal=password=of-this-test >/dev/null
check "the API server accepts the gateways" k apply --dry-run=server -f "$manifest"
check "and warns of nothing" fails_with '' grep -i warning <(k apply --dry-run=server -f "$manifest" 2>&1)

# Smaller volumes, since the node's are small, and a back end that is not there yet.
sed -e 's#docker.io/otel/opentelemetry-collector-contrib:0.152.0#localhost/collector:1#' -e 's#https://prometheus.monitoring.svc:9090/api/v1/otlp#http://later.receiving:4319#' \
	-e 's/storage: 2Gi/storage: 256Mi/' "$manifest" >"$work/gateways.yaml"
check "they are applied" k apply -f "$work/gateways.yaml"
gateways_ready() { is_now "$1" k get statefulset gateway -o 'jsonpath={.status.readyReplicas}'; }
check "the autoscaler makes three, and user 10001 can use volume and key" soon 120 gateways_ready 3
check "one at a time may be evicted" is_now 1 k get pdb gateway -o 'jsonpath={.status.disruptionsAllowed}'

check "the product" product --wait --timeout 60s
k create configmap decision --from-literal=consent=granted >/dev/null
before=$(reports count)
check "a job that reports to them" helm install headcount helm/headcount --set enabled=true --set mode=cronjob --set compreface.url=http://compreface-admin:8080 \
	--set compreface.email=owner@example.com --set compreface.existingSecret=compreface --set otlp.endpoint=https://gateway:4318 \
	--set otlp.tls.existingSecret=collector-ca --set otlp.tls.caKey=ca.crt
k create job first --from=cronjob/headcount >/dev/null
check "a gateway takes the report while the back end is away" k wait job/first --for=condition=Complete --timeout=90s
pods() { k get pod -l app.kubernetes.io/name=gateway -o 'jsonpath={.items[*].metadata.uid}'; }
old=$(pods)
k delete pod -l app.kubernetes.io/name=gateway >/dev/null
check "the gateways' pods are replaced" soon 120 gateways_ready 3
check "all of them" fails_with '' grep -F -f <(tr ' ' '\n' <<<"$old") <(pods)
inside kubectl --namespace receiving expose deployment collector --name=later --port=4319 >/dev/null
check "the report arrives from the queue of the pod that is gone" soon 90 at_least_now $((before + 1)) reports count
helm uninstall headcount --wait >/dev/null
inside kubectl --namespace receiving delete service later >/dev/null
