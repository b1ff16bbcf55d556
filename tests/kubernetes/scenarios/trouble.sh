# Whatever is wrong with headcount, the product's pod is Ready and stays so; what is wrong is said; mending it mends it.

still_ready() { k wait pod -l app.kubernetes.io/name=compreface-admin --for=condition=Ready --timeout=1s; }
# no_restart_in SECONDS : the product stayed Ready all that time.
stays_ready() {
	local until=$((SECONDS + $1))
	while [ $SECONDS -lt $until ]; do still_ready || return 1; sleep 1; done
	equal "$(restarts admin)" 0
}
logs() { k logs deploy/compreface-admin -c headcount --tail=-1; }

enter trouble
claim headcount-state ''
base=(--set headcount.enabled=true --set headcount.state.existingClaim=headcount-state)

check "a missing Secret: the pod is Ready" product "${base[@]}" --set headcount.compreface.existingSecret=account --wait --timeout 60s
check "a missing Secret: the log says what is missing" soon 60 says 'HEADCOUNT_COMPREFACE_PASSWORD_FILE.*does not exist' logs
check "a missing Secret: status says it" soon 90 says 'HEADCOUNT_COMPREFACE_PASSWORD_FILE.*does not exist' headcount status
printf wrong >"$work/wrong"
k create secret generic account --from-file=password="$work/wrong" >/dev/null
check "a wrong password: status says it" soon 150 says 'bad credentials' headcount status
check "a wrong password: the log says it" says 'bad credentials' logs
check "a wrong password: the product's pod stays Ready" stays_ready 5
k delete secret account >/dev/null
k create secret generic account --from-file=password="$work/password" >/dev/null
check "mending the Secret mends it, without a restart" soon 200 says 'last scrape +2' headcount status
check "nothing restarted" is_now 0 restarts headcount

check "a wrong endpoint: the pod is Ready" product "${base[@]}" --set headcount.otlp.endpoint=https://nowhere.example.org --set "headcount.reportWindow=$(window)" --wait --timeout 60s
unknown_name='cannot connect to the endpoint: .*failed to lookup address information: Name or service not known; check HEADCOUNT_OTLP_ENDPOINT'
check "a wrong endpoint: status says it" soon 240 says "last failure +[^ ]+: $unknown_name" headcount status
check "a wrong endpoint: the audit says it" says "$unknown_name" headcount audit
check "a wrong endpoint: the log says it" says "$unknown_name" logs
check "a wrong endpoint: the product's pod stays Ready" stays_ready 5

check "a killed sidecar: the product's pod is there" product "${base[@]}" --wait --timeout 60s
sleep 3
victim=$(inside ctr tasks ls | awk -v id="$(k get pod "$(admin_pod)" -o 'jsonpath={.status.initContainerStatuses[0].containerID}' | sed 's#.*//##')" '$1 == id {print $2}')
inside kill -KILL "$victim"
check "a killed sidecar is back in seconds" soon 20 is_now 1 restarts headcount
check "a killed sidecar: it answers again" soon 20 headcount healthcheck
check "a killed sidecar: the product did not restart" stays_ready 5

mkdir -p "$STATE/volumes/full"
inside mount -t tmpfs -o size=256k,mode=0777 tmpfs "$STATE/volumes/full"
inside dd if=/dev/zero of="$STATE/volumes/full/ballast" bs=4k count=64 status=none 2>/dev/null
volume full "$STATE/volumes/full" full
claim full full
check "a full volume: the pod is Ready" product "${base[@]}" --set headcount.state.existingClaim=full --wait --timeout 90s
check "a full volume: the log says it" soon 60 says 'disk full' logs
check "a full volume: status says it" soon 30 says '^store +/var/lib/headcount: .*disk full.*; free space in the state directory' headcount status
check "a full volume: the product's pod stays Ready" stays_ready 10
check "a full volume: headcount did not restart" is_now 0 restarts headcount
inside rm "$STATE/volumes/full/ballast"
check "room again: it works again, without a restart" soon 150 says 'last scrape +2' headcount status
check "and status has nothing to say of the volume" says '^store +/var/lib/headcount$' headcount status
