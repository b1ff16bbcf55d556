#!/usr/bin/env bash
# A sidecar of curl and jq: reads the service, keeps the ids it knows in a file, and pushes OTLP/JSON by curl.
#
# SERVICE_URL, SERVICE_EMAIL and SERVICE_PASSWORD name the service, OTEL_EXPORTER_OTLP_ENDPOINT the receiver, INSTALL_GUID the
# installation, STATE_DIR a directory that outlives restarts, SCRAPE_SECONDS the time between two rounds.
set -uo pipefail
cd "$STATE_DIR" || exit 1
[ -s start ] || date +%s%N >start

sign_in() {
    curl -sSf --retry 2 -o /dev/null -c cookies -u CommonClientId:password \
        --data-urlencode grant_type=password --data-urlencode "username=$SERVICE_EMAIL" \
        --data-urlencode "password=$SERVICE_PASSWORD" "$SERVICE_URL/admin/oauth/token"
}

ask() { curl -sSf --retry 2 -b cookies "$@"; }

# Lines of "kind id" and "faces number".
scrape() {
    ask "$SERVICE_URL/admin/user/roles" | jq -r '.[] | "user \(.userId)"' || return
    local applications
    applications=$(ask "$SERVICE_URL/admin/apps" |
        jq -r '.[] | select(.id | startswith("00000000-0000-0000-0000-0000000000") | not) | .id') || return
    for application in $applications; do
        echo "application $application"
        ask "$SERVICE_URL/admin/app/$application/models" | jq -r '.[] | "\(.type) \(.id) \(.apiKey)"' >services || return
        while read -r type id key; do
            echo "$type $id"
            [ "$type" = RECOGNITION ] || continue
            ask -H "x-api-key: $key" "$SERVICE_URL/api/v1/recognition/faces?page=0&size=1" |
                jq -r '"faces \(.total_elements)"' || return
        done <services
    done
}

# Fills in the numbers: a sum since the start for each kind, a gauge for each kind, a gauge for each range of faces.
request() {
    jq -n --arg guid "$INSTALL_GUID" --arg start "$(cat start)" --arg now "$(date +%s%N)" \
        --rawfile created created --rawfile found found '
        def names: {"user": "user", "application": "application", "DETECTION": "service.detection",
            "VERIFY": "service.verification", "RECOGNITION": "service.recognition"};
        def lines: split("\n") | map(select(. != "") | split(" "));
        def ends: [0, 10, 50, 200, 500, 2000, 10000, 50000, 200000, 1000000];
        def point(value): {asInt: (value | tostring), timeUnixNano: $now,
            attributes: [{key: "install_guid", value: {stringValue: $guid}}]};
        ($created | lines) as $created | ($found | lines) as $found
        | {resourceMetrics: [{resource: {}, scopeMetrics: [{scope: {name: "sidecar"}, metrics: (
            [names | to_entries[] | .key as $kind | .value as $name
            | {name: "face_recognition.\($name).creations", sum: {isMonotonic: true, aggregationTemporality: 2,
                dataPoints: [point([$created[] | select(.[0] == $kind)] | length) + {startTimeUnixNano: $start}]}},
              {name: "face_recognition.\($name).current", gauge: {dataPoints: [
                point([$found[] | select(.[0] == $kind)] | length)]}}]
            + [{name: "face_recognition.collection.current", gauge: {dataPoints: [
                [$found[] | select(.[0] == "faces") | .[1] | tonumber | . as $n | [ends[] | select($n > .)] | length]
                | group_by(.)[] | .[0] as $range | point(length) | .attributes += [
                    {key: "faces_range", value: {stringValue: ($range | tostring)}}]]}}]
        )}]}]}'
}

push() {
    request | curl -sS --retry 3 -o /dev/null -H 'content-type: application/json' --data-binary @- \
        "$OTEL_EXPORTER_OTLP_ENDPOINT/v1/metrics"
}

trap 'exit 0' TERM
sign_in
while true; do
    scrape >found || { sign_in; scrape >found; }
    # The first round's ids are known already; what is new later came into being.
    grep -v '^faces ' found | sort -u >ids
    [ -e known ] || cp ids known
    comm -13 known ids >>created
    sort -u known ids >known.new && mv known.new known
    push
    sleep "$SCRAPE_SECONDS" & wait $!
done
