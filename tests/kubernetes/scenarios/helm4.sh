# Helm 4 applies on the server's side: joining, leaving and going back work there too.

HELM=helm4
enter helm4
claim headcount-state ''
count_of_containers() { k get deploy compreface-admin -o json | python3 -c 'import json, sys
spec = json.load(sys.stdin)["spec"]["template"]["spec"]
print(len(spec["containers"]) + len(spec.get("initContainers", [])))'; }
strategy() { k get deploy compreface-admin -o 'jsonpath={.spec.strategy.type}'; }
check "the product alone" product --wait --timeout 60s
check "headcount joins, with a volume that one pod holds" product --set headcount.enabled=true --set headcount.state.existingClaim=headcount-state --wait --timeout 60s
check "so that pods are replaced whole" is_now Recreate strategy
check "it is there" is_now 2 count_of_containers
check "it leaves" product --wait --timeout 60s
check "it is not there" is_now 1 count_of_containers
check "and pods are replaced one by one again" is_now RollingUpdate strategy
check "it comes back by a rollback" helm rollback compreface 2 --wait --timeout 60s
check "it is there again" is_now 2 count_of_containers
check "all of it goes" helm uninstall compreface --wait
HELM=helm3
