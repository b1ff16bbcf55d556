# A no by `kubectl patch`, and a yes again, without a restart. Goes on where `joined` ended.

[ "$namespace" = joined ] || . "$here/scenarios/joined.sh"

# rows TABLE : how many rows the store on the volume has there.
store() {
	local folder=
	folder=$(k get pv "$(k get pvc headcount-state -o 'jsonpath={.spec.volumeName}')" -o 'jsonpath={.spec.local.path}')
	python3 "$here/rows.py" "$folder/headcount.db" "$@"
}
sent=$(reports count)
first=$(reports identities | tail -1)
check "the store holds the report's bytes" differ "$(store)" ""
k patch configmap decision --type merge -p '{"data":{"consent":"denied"}}' >/dev/null
check "status says no within seconds" soon 20 says 'denied' headcount status
asked=$(tell requests)
check "everything but the receipt and the audit's lines (no body) is gone from the volume" soon 20 is_now $'audit\nreceipt' store
check "the receipt is still told" says "$first" headcount status
check "no container restarted: headcount" is_now 0 restarts headcount
check "no container restarted: the product" is_now 0 restarts admin
sleep 65
check "the service is not asked any more" is_now "$asked" tell requests
check "nothing more was sent" is_now "$sent" reports count
k patch configmap decision --type merge -p '{"data":{"consent":"granted"}}' >/dev/null
check "and back: it reads the service again, still without a restart" soon 90 says 'granted' headcount status
check "no container restarted since" is_now 0 restarts headcount
product "${joined[@]}" --set "headcount.reportWindow=$(window)" --wait --timeout 90s
check "the next report arrives" soon 220 at_least_now $((sent + 1)) reports count
check "as a new identity" differ "$(reports identities | tail -1)" "$first"
check "whose creations start at zero" is_now 0 reports value face_recognition.user.creations
