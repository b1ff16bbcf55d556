# The commands of docs/operating.md, as they are written there, with this cluster's endpoint in place of the example's.

# run_commands NAME : the block that is marked so, line by line.
run_commands() {
	local line
	while IFS= read -r line; do
		line=${line//https:\/\/telemetry.example.org/https:\/\/collector.receiving:4318}
		case $line in
		kubectl*) line="inside kubectl --namespace $namespace${line#kubectl}" ;;
		helm\ install\ compreface*) line="helm${line#helm} --values $here/product.yaml --wait --timeout 60s" ;;
		helm\ install*) line="helm${line#helm} --set otlp.tls.existingSecret=collector-ca --set otlp.tls.caKey=ca.crt --set compreface.url=http://compreface-admin:8080 --wait --timeout 60s" ;;
		esac
		case $line in *' exec '*) soon 60 eval "$line" ;; *) eval "$line" ;; esac || { echo "failed: $line"; return 1; }
	done < <(commands_of "$1")
}

# The page of `headcount view`, in a file and through a forwarded port. The last two commands run until a time limit ends them, with their
# output in files: what they started would hold a pipe open.
view_commands() {
	local lines
	mapfile -t lines < <(commands_of view)
	[ ${#lines[@]} = 3 ] || return 1
	lines=("${lines[@]/#kubectl/inside timeout 90 kubectl --namespace $namespace}")
	eval "${lines[0]}" && grep -q 'Telemetry is on' report.html || return 1
	eval "${lines[1]}" >view.log 2>&1 </dev/null &
	soon 30 grep -q 'page is served' view.log || { cat view.log; return 1; }
	eval "${lines[2]}" >forward.log 2>&1 </dev/null &
	soon 30 forwarded_page || { cat forward.log; return 1; }
}

forwarded_page() {
	inside python3 -c 'import sys, urllib.request as web
page = web.urlopen("http://127.0.0.1:13234/", timeout=10).read().decode()
sys.exit(0 if "Telemetry is on" in page else 1)'
}

count_of_commands() { commands_of "$1" | wc -l; }

back=$PWD
for way in own-pod job sidecar container; do
	enter "commands-$way"
	case $way in sidecar | container) k delete secret compreface >/dev/null ;; *) product --wait --timeout 60s ;; esac
	cd "$work" || exit 1
	check "the commands of docs/operating.md: $way" run_commands $way
	check "they are four" is_now 4 count_of_commands $way
	[ $way != own-pod ] || check "the commands of docs/operating.md: view" view_commands
	cd "$back" || exit 1
	[ -n "$keep" ] || leave
done
