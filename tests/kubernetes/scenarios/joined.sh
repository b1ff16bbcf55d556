# The product's pod with headcount as a native sidecar, in a restricted namespace, and a real Collector in another pod.

# tenths_to_ready : how long a new pod takes, from asking for it to Ready, in tenths of a second: the best of three.
tenths_to_ready() {
	local best=9999 start took
	for _ in 1 2 3; do
		k scale deploy/compreface-admin --replicas=0 >/dev/null
		k wait pod -l app.kubernetes.io/name=compreface-admin --for=delete --timeout=60s >/dev/null
		start=$(date +%s%N)
		k scale deploy/compreface-admin --replicas=1 >/dev/null
		until [ $((($(date +%s%N) - start) / 1000000000)) -ge 60 ] || [ "$(k get pod -l app.kubernetes.io/name=compreface-admin -o 'jsonpath={.items[0].status.conditions[?(@.type=="Ready")].status}' 2>/dev/null)" = True ]; do
			sleep 0.1
		done
		took=$((($(date +%s%N) - start) / 100000000))
		[ $took -lt $best ] && best=$took
	done
	echo $best
}

enter joined
check "the product alone is installed" product --wait
without=$(tenths_to_ready)
claim headcount-state ''
k create configmap decision --from-literal=consent=granted >/dev/null
joined=(--set headcount.enabled=true --set headcount.state.existingClaim=headcount-state --set headcount.consent.existingConfigMap=decision)
check "headcount joins it by an upgrade" product "${joined[@]}" --set headcount.sidecar.native=false --wait --timeout 90s
ordinary=$(tenths_to_ready)
check "as a native sidecar too" product "${joined[@]}" --wait --timeout 90s
native=$(tenths_to_ready)
echo "      Ready after: alone $without, with an ordinary container $ordinary, with a native sidecar $native tenths of a second"
check "an ordinary container delays the product by no more than the noise (1.5 s)" at_least $((without + 15)) "$ordinary"
# The kubelet looks at a pod once a second, and starts the product at the look after the one at which the sidecar runs.
check "a native sidecar delays it by no more than two of the kubelet's looks and the noise (3.5 s)" at_least $((without + 35)) "$native"
check "it is given a minute to report in" product "${joined[@]}" --set "headcount.reportWindow=$(window)" --wait --timeout 90s
tell add-user >/dev/null
tell add-application >/dev/null
tell add-service recognition 120 >/dev/null
check "the report arrives at the Collector, over TLS, by a name of the cluster" soon 200 at_least_now 1 reports count
check "with the counts of the service: a collection of 51-200 faces" is_now 1 reports value face_recognition.collection.faces.51_200
check "with the counts of the service: users" is_now 2 reports value face_recognition.user.current
check "tagged with the identity and nothing else" is_now install_guid reports attributes
check "nothing was asked beyond the eight requests" is_now 0 tell unlisted
check "one session is open at the service, no more" is_now 1 tell sessions
check "status says so" says 'deliver' headcount status
check "the audit says so" says 'delivered' headcount audit
check "healthcheck answers" headcount healthcheck
memory_of_headcount
