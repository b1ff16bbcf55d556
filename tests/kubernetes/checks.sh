# What the checks have in common: one line for each, and a count at the end. Read with `.`, from bash.

passed=0
failed=0

# check TITLE COMMAND… : the command decides; what it printed is shown if it fails.
check() {
	local title=$1 output
	shift
	if output=$("$@" 2>&1); then
		passed=$((passed + 1))
		echo "ok    $title"
	else
		failed=$((failed + 1))
		echo "FAIL  $title"
		printf '%s\n' "$output" | tail -20 | sed 's/^/      /'
	fi
}

# fails_with PATTERN COMMAND… : the command must fail, and say what the pattern matches.
fails_with() {
	local pattern=$1 output
	shift
	if output=$("$@" 2>&1); then
		printf 'it did not fail, and printed:\n%s\n' "$output"
		return 1
	fi
	grep -qE -- "$pattern" <<<"$output" || { printf 'it said:\n%s\n' "$output"; return 1; }
}

# says PATTERN COMMAND… : the command must print what the pattern matches.
says() {
	local pattern=$1 output
	shift
	output=$("$@" 2>&1)
	grep -qE -- "$pattern" <<<"$output" || { printf 'it said:\n%s\n' "$output"; return 1; }
}

# prints WHAT COMMAND… : the command must print just that, also on standard error.
prints() { [ "$("${@:2}" 2>&1)" = "$1" ] || { "${@:2}"; return 1; }; }

# soon SECONDS COMMAND… : the command must succeed within that time.
soon() {
	local until=$((SECONDS + $1)) output=
	shift
	while [ $SECONDS -lt $until ]; do
		output=$("$@" 2>&1) && return 0
		sleep 0.3
	done
	printf 'not in time; at last it said:\n%s\n' "$output"
	return 1
}

# require NAME… : ends, with the names of those that are missing and cannot be installed (see tests/tools/packages).
require() { "$(dirname "${BASH_SOURCE[0]}")/../tools/packages" "$@" || exit 1; }

# commands_of NAME [FILE] : the commands of the block that docs/operating.md, or FILE, marks so, a line each.
commands_of() {
	sed -n "/<!-- test: $1 -->/,/^\`\`\`\$/p" "${2:-$(dirname "${BASH_SOURCE[0]}")/../../docs/operating.md}" | sed '1,2d;$d'
}

# Where tests/tools/build-kubernetes leaves what it builds.
tools_bin() { echo "${HEADCOUNT_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/headcount-tools}/kubernetes-bin"; }

# no_faults BINARY FILE FOLDER : the program reads the variables in FILE, and finds nothing wrong with them. Nothing
# answers where they point, so that it ends because the service could not be read (3), and not for its settings (2).
no_faults() {
	local variables=() status
	mapfile -t variables < <(sed "s#^HEADCOUNT_STATE_DIR=.*#HEADCOUNT_STATE_DIR=$3/state#; s#^HEADCOUNT_\(COMPREFACE\|COMPREFACE_CORE\)_URL=.*#HEADCOUNT_\1_URL=http://127.0.0.1:9#" "$2")
	env -i "${variables[@]}" HEADCOUNT_STATE_DIR="$3/state" timeout 60 "$1" check
	status=$?
	[ $status = 3 ] || { echo "exit status $status"; return 1; }
}

summary() {
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
}
