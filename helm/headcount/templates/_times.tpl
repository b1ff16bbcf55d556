{{/*
Durations and times of the day, held against what the program accepts, so that a mistake is a sentence while rendering and
not a pod that is idle. tests/kubernetes/values.tsv has examples of both.
*/}}

{{/* The seconds of a duration such as 15m. One of more than nine digits is longer than any limit. */}}
{{- define "headcount.seconds" -}}
{{- $digits := regexFind "^[0-9]+" . | regexFind "[1-9][0-9]*$" | default "0" -}}
{{- $unit := get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) (regexFind "[smhd]$" .) -}}
{{- if gt (len $digits) 9 -}}
999999999999
{{- else -}}
{{- mul (int64 $digits) $unit -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseTimes" -}}
{{- $limits := list
	(list "scrapeInterval" .Values.scrapeInterval "1m" "24h")
	(list "reportInterval" .Values.reportInterval "1h" "7d")
	(list "firstReportAfter" .Values.firstReportAfter "0s" "30d")
	(list "keep" .Values.keep "1d" "30d")
	(list "otlp.timeout" .Values.otlp.timeout "1s" "5m")
-}}
{{- range $limits -}}
{{- if index . 1 -}}
{{- $seconds := include "headcount.seconds" (index . 1) | int64 -}}
{{- if or (lt $seconds (include "headcount.seconds" (index . 2) | int64)) (gt $seconds (include "headcount.seconds" (index . 3) | int64)) -}}
{{- fail (printf "headcount: %s is invalid: expected a duration from %s to %s" (index . 0) (index . 2) (index . 3)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.reportInterval -}}
{{- if mod (include "headcount.seconds" . | int64) 3600 -}}
{{- fail "headcount: reportInterval is invalid: expected whole hours" -}}
{{- end -}}
{{- end -}}
{{- with .Values.reportWindow -}}
{{- if eq (splitList "-" . | first) (splitList "-" . | last) -}}
{{- fail "headcount: reportWindow is invalid: it opens and closes at the same time; leave it empty for the whole day" -}}
{{- end -}}
{{- end -}}
{{- end -}}
