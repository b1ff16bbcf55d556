# A pod of its own, and a job: what is sent, what is left, and what stays when it is uninstalled.

enter beside
check "the product alone" product --wait --timeout 60s
k create configmap decision --from-literal=consent=granted >/dev/null
own=(--set enabled=true --set compreface.url=http://compreface-admin:8080 --set compreface.email=owner@example.com --set compreface.existingSecret=compreface
	--set otlp.endpoint=https://collector.receiving:4318 --set otlp.tls.existingSecret=collector-ca --set otlp.tls.caKey=ca.crt)
policy=(--set networkPolicy.enabled=true --set 'networkPolicy.service.podLabels.app\.kubernetes\.io/name=compreface-admin' --set 'networkPolicy.service.ports={8080}')
where=deploy/headcount
before=$(reports count)
check "a pod of its own, in a restricted namespace, with a policy" helm install headcount helm/headcount "${own[@]}" "${policy[@]}" --set consent.existingConfigMap=decision \
	--set firstReportAfter=1s --set scrapeInterval=1m --set "reportWindow=$(window)" --wait --timeout 60s
check "its notes say how to see a report first" says 'kubectl -n beside exec deploy/headcount -c headcount -- /headcount preview$' helm get notes headcount
check "no token of its service account is mounted" is_now '' k get pod -l app.kubernetes.io/name=headcount -o 'jsonpath={.items[*].spec.volumes[*].projected}'
check "its report arrives" soon 240 at_least_now $((before + 1)) reports count
check "its session is open at the service" is_now 1 tell sessions
helm uninstall headcount --wait >/dev/null
check "at its end its session is revoked" soon 20 is_now 0 tell sessions
check "the claim went with it" soon 30 fails_with NotFound k get pvc headcount-state

check "a job" helm install headcount helm/headcount "${own[@]}" --set mode=cronjob --set state.claim.keep=true
before=$(reports count)
k create job first --from=cronjob/headcount >/dev/null
check "a run reports" k wait job/first --for=condition=Complete --timeout=90s
check "its report arrives" soon 10 at_least_now $((before + 1)) reports count
check "it leaves no session behind" is_now 0 tell sessions
k create job second --from=cronjob/headcount >/dev/null
check "a second run in the hour scrapes, and says so" k wait job/second --for=condition=Complete --timeout=90s
check "and reports nothing twice" is_now $((before + 1)) reports count
helm uninstall headcount --wait >/dev/null
check "the claim stays when asked to" k get pvc headcount-state
unset where
