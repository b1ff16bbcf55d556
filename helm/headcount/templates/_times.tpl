{{/*
Durations and times of day, compared with what the program accepts, so that an invalid value fails while rendering and does not
leave an idle pod. tests/kubernetes/values.json has examples of both.
*/}}

{{/* The seconds of a duration such as 15m or 1h30m. A number of more than nine digits exceeds every limit. */}}
{{- define "headcount.seconds" -}}
{{- $seconds := 0 -}}
{{- range regexFindAll "[0-9]+[smhd]" . -1 -}}
{{- $digits := regexFind "^[0-9]+" . | regexFind "[1-9][0-9]*$" | default "0" -}}
{{- $unit := get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) (regexFind "[smhd]$" .) -}}
{{- $seconds = add $seconds (ternary 999999999999 (mul (int64 (trunc 9 $digits)) $unit) (gt (len $digits) 9)) -}}
{{- end -}}
{{- $seconds -}}
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
{{- fail (printf "headcount: %s is out of range; expected a duration from %s to %s" (index . 0) (index . 2) (index . 3)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.reportInterval -}}
{{- if mod (include "headcount.seconds" . | int64) 3600 -}}
{{- fail "headcount: reportInterval is invalid; expected a duration of whole hours from 1h to 7d" -}}
{{- end -}}
{{- end -}}
{{- with .Values.reportWindow -}}
{{- if eq (splitList "-" . | first) (splitList "-" . | last) -}}
{{- fail "headcount: reportWindow has equal start and end; use two different times, or leave it empty to allow the whole day" -}}
{{- end -}}
{{- end -}}
{{- end -}}
