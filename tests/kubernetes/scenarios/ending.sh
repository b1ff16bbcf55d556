# At deletion: headcount ends within the pod's grace, as a native sidecar after the product, and its session is revoked.

enter ending
k create secret generic identity --from-literal=install-guid="$(cat /proc/sys/kernel/random/uuid)" >/dev/null
ending=(--set headcount.enabled=true --set headcount.installGuid.existingSecret=identity
	--set 'admin.extraEnv[0].name=SIMULATED_GRACE_SECONDS' --set-string 'admin.extraEnv[0].value=3')
last() { tail -1 "$1" | cut -d' ' -f1; }
ended_after() { [[ "$(last "$1")" > "$(last "$2")" ]] || { tail -2 "$1" "$2"; return 1; }; }

# delete_pod : deletes the product's pod, and leaves what its containers said at the end in admin.log and headcount.log.
delete_pod() {
	local pod start container followers=()
	pod=$(admin_pod)
	for container in admin headcount; do
		k logs -f "$pod" -c $container --timestamps >"$work/$container.log" 2>/dev/null & followers+=($!)
	done
	check "$1: its logs are followed" soon 20 grep -q 'telemetry' "$work/headcount.log"
	check "$1: a session is open" is_now 1 tell sessions
	start=$SECONDS
	k delete pod "$pod" --wait=false >/dev/null
	check "$1: the pod is gone within its grace of 30 s" soon 30 fails_with NotFound k get pod "$pod"
	echo "      after $((SECONDS - start)) s"
	wait "${followers[@]}"
}

check "the product with an ordinary container, on an emptyDir" product "${ending[@]}" --set headcount.sidecar.native=false --wait --timeout 60s
check "it has read the service" soon 60 at_least_now 1 tell sign-ins
delete_pod "an ordinary container"
check "an ordinary container: its session was revoked before the product had ended" grep -q 'ends; open sessions: 0' "$work/admin.log"
check "an ordinary container: it said so" grep -q 'stopped by signal' "$work/headcount.log"

check "the product with a native sidecar, on an emptyDir" product "${ending[@]}" --wait --timeout 60s
check "it has read the service" soon 60 at_least_now 1 tell sign-ins
delete_pod "a native sidecar"
check "a native sidecar: headcount ended after the product" ended_after "$work/headcount.log" "$work/admin.log"
check "a native sidecar: it said so" grep -q 'stopped by signal' "$work/headcount.log"
check "a native sidecar: its session was revoked before the product had ended" grep -q 'ends; open sessions: 0' "$work/admin.log"
