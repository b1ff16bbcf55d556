# At deletion the sidecar ends after the product, and within the pod's grace.

enter ending
k create secret generic identity --from-literal=install-guid="$(cat /proc/sys/kernel/random/uuid)" >/dev/null
check "the product with a sidecar on an emptyDir" product --set headcount.enabled=true --set headcount.installGuid.existingSecret=identity --wait --timeout 60s
check "it has read the service" soon 60 at_least_now 1 tell sign-ins
pod=$(admin_pod)
k logs -f "$pod" -c admin --timestamps >"$work/admin.log" 2>/dev/null &
k logs -f "$pod" -c headcount --timestamps >"$work/headcount.log" 2>/dev/null &
sleep 1
start=$SECONDS
k delete pod "$pod" --wait=false >/dev/null
check "the pod is gone within its grace of 30 s" soon 30 fails_with NotFound k get pod "$pod"
echo "      after $((SECONDS - start)) s"
sleep 1
last() { tail -1 "$1" | cut -d' ' -f1; }
later() { [[ "$(last "$work/headcount.log")" > "$(last "$work/admin.log")" ]] || { tail -2 "$work/headcount.log" "$work/admin.log"; return 1; }; }
check "the product was told to end" grep -q 'ends; open sessions' "$work/admin.log"
check "headcount ended after it" later
