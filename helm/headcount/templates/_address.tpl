{{/* The parts of an address (a URL, or a host and port without a scheme). */}}

{{/* The host, with its port if it is written. */}}
{{- define "headcount.authority" -}}
{{- regexReplaceAll "^[A-Za-z][A-Za-z0-9+.-]*://" (trim .) "" | regexFind "^[^/?#]*" -}}
{{- end -}}

{{/* The port: the written one or its scheme's; nothing where a variable stands in its place. */}}
{{- define "headcount.portOf" -}}
{{- $authority := include "headcount.authority" . -}}
{{- $port := regexFind ":[0-9]+$" $authority | trimAll ":" | regexFind "[1-9][0-9]*$" -}}
{{- if $port -}}
{{- $port -}}
{{- else if contains "$(" $authority -}}
{{- else if hasPrefix "https://" (trim . | lower) -}}
443
{{- else if . -}}
80
{{- end -}}
{{- end -}}

{{/* The host and the port, as one peer is compared with another. */}}
{{- define "headcount.peerOf" -}}
{{- regexReplaceAll ":[0-9]*$" (include "headcount.authority" . | lower) "" }} {{ include "headcount.portOf" . -}}
{{- end -}}

{{/* "true" for an IPv6 address; one of IPv4 at its end stands for two groups. */}}
{{- define "headcount.isAddress6" -}}
{{- $octet := "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])" -}}
{{- $group := "[0-9A-Fa-f]{1,4}" -}}
{{- $address := regexReplaceAll (printf "(^|:)(%s[.]){3}%s$" $octet $octet) . "${1}0:0" -}}
{{- $count := regexFindAll $group $address -1 | len -}}
{{- if and (eq $count 8) (regexMatch (printf "^(%s:){7}%s$" $group $group) $address) -}}
true
{{- else if and (lt $count 8) (regexMatch (printf "^((%s:)*%s)?::((%s:)*%s)?$" $group $group $group $group) $address) -}}
true
{{- end -}}
{{- end -}}

{{/*
Fails while rendering for an address that the program would not accept. The dictionary has the value's name and the address. $(NAME)
is a variable in extraEnv, which Kubernetes replaces.
*/}}
{{- define "headcount.refuseAddress" -}}
{{- $variable := "[$][(][A-Za-z_][A-Za-z0-9_]*[)]" -}}
{{- $authority := include "headcount.authority" .url -}}
{{- $host := regexReplaceAll (printf ":([0-9]*|%s)$" $variable) $authority "" -}}
{{- $port := trimPrefix $host $authority -}}
{{- $path := regexReplaceAll "^[^:]*://[^/]*" (trim .url) "" -}}
{{- $isAddress6 := and (hasPrefix "[" $host) (hasSuffix "]" $host) (include "headcount.isAddress6" (trimAll "[]" $host)) -}}
{{- if not (or $isAddress6 (regexMatch (printf "^([-._]*[A-Za-z0-9][-._A-Za-z0-9]*|%s)$" $variable) $host)) -}}
{{- fail (printf "headcount: %s has an invalid host or port; expected a URL such as http://compreface-fe:8000 or http://[::1]:8000" .value) -}}
{{- end -}}
{{- $number := regexFind "[1-9][0-9]*$" $port -}}
{{- if not (or (eq $port "") (regexMatch (printf "^:%s$" $variable) $port) (and $number (lt (len $number) 6) (le (int $number) 65535))) -}}
{{- fail (printf "headcount: %s has an invalid port; expected a number from 1 to 65535 after the colon, or no colon" .value) -}}
{{- end -}}
{{- if not (regexMatch "^(/([!\"$-;=@-_a-~]*[!$%&(-;=@-_a-~])?)?$" $path) -}}
{{- fail (printf "headcount: %s has an invalid path; percent-encode characters outside ASCII, quotes, < and >" .value) -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseAddresses" -}}
{{- $addresses := dict "compreface.url" .Values.compreface.url "compreface.coreUrl" .Values.compreface.coreUrl "frigate.url" .Values.frigate.url "otlp.endpoint" .Values.otlp.endpoint -}}
{{- if not (hasPrefix "file:" (.Values.inventory.url | default "" | lower | trim)) -}}
{{- $_ := set $addresses "inventory.url" (.Values.inventory.url | default "" | splitList "?" | first) -}}
{{- end -}}
{{- $variables := list -}}
{{- range .Values.extraEnv -}}
{{- $variables = append $variables (printf "$(%s)" .name) -}}
{{- end -}}
{{- range $value, $url := $addresses -}}
{{- with $url -}}
{{- include "headcount.refuseAddress" (dict "value" $value "url" .) -}}
{{- range regexFindAll "[$][(][^)]*[)]" . -1 -}}
{{- if not (has . $variables) -}}
{{- fail (printf "headcount: %s uses %s, which is not a variable in extraEnv" $value .) -}}
{{- end -}}
{{- end -}}
{{- $path := regexReplaceAll "/*$" (trim .) "" | lower -}}
{{- if and (eq $value "frigate.url") (regexMatch "^[^:]*://[^/]+/(.*/)?(api|login)$" $path) -}}
{{- fail "headcount: frigate.url ends in a path of the service, such as /api or /login; remove that path, since headcount appends its own" -}}
{{- end -}}
{{- if and (hasPrefix "compreface." $value) (regexMatch "^[^:]*://[^/]+/(api|(.*/)?(admin|api/v1|login|sign-up))$" $path) -}}
{{- fail (printf "headcount: %s ends in a path of the service, such as /admin, /api/v1 or /login; remove that path, since headcount appends its own" $value) -}}
{{- end -}}
{{- if and (eq $value "otlp.endpoint") (regexMatch "/(v1/traces|v1/logs|v1development/profiles)/*$" (trim .)) -}}
{{- fail "headcount: otlp.endpoint ends in the path of another signal; remove that path, since headcount appends /v1/metrics" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
