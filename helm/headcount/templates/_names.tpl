{{/* Names and labels. */}}

{{- define "headcount.name" -}}
{{- default .Chart.Name (include "headcount.text" .Values.nameOverride) | trunc 63 | regexFind "^.*[A-Za-z0-9]" -}}
{{- end -}}

{{/* At most 52 characters, which is what a CronJob's name may have, and a letter or digit at its end. */}}
{{- define "headcount.fullname" -}}
{{- $name := default .Chart.Name (include "headcount.text" .Values.nameOverride) -}}
{{- $release := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $release (include "headcount.text" .Values.fullnameOverride) | trunc 52 | regexFind "^.*[A-Za-z0-9]" -}}
{{- end -}}

{{- define "headcount.metadata" -}}
name: {{ .name | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "headcount.labels" .root | nindent 2 }}
{{- end -}}

{{- define "headcount.selectorLabels" -}}
app.kubernetes.io/name: {{ include "headcount.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "headcount.labels" -}}
{{- $own := dict "app.kubernetes.io/version" .Chart.AppVersion "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- include "headcount.strings" (list $own .Values.labels (include "headcount.selectorLabels" . | fromYaml)) -}}
{{- end -}}

{{- define "headcount.serviceAccountName" -}}
{{- $name := include "headcount.text" .Values.serviceAccount.name -}}
{{- if $name -}}
{{- $name -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "headcount.fullname" . -}}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{- define "headcount.image" -}}
{{- if kindIs "float64" .Values.image.tag -}}
{{- fail "headcount: image.tag is a number, and YAML reads 1.0 as 1: write it in quotes" -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion (include "headcount.text" .Values.image.tag)) -}}
{{- end -}}
{{- end -}}

{{/* What the state is kept on: "claim" or "emptyDir". */}}
{{- define "headcount.stateVolume" -}}
{{- if .Values.state.volume -}}
{{- .Values.state.volume -}}
{{- else if .Values.state.existingClaim -}}
claim
{{- else if eq .Values.mode "sidecar" -}}
emptyDir
{{- else -}}
claim
{{- end -}}
{{- end -}}

{{- define "headcount.claimName" -}}
{{- default (printf "%s-state" (include "headcount.fullname" .)) (include "headcount.text" .Values.state.existingClaim) -}}
{{- end -}}

{{/* The host of the endpoint, with its port if it was written: what a consent file calls the recipient. */}}
{{- define "headcount.recipient" -}}
{{- include "headcount.authority" (default "" .Values.otlp.endpoint) -}}
{{- end -}}

{{/*
When a CronJob runs: as told, or at a minute of the night that is this installation's own, so that installations do not
all report in the same minute. It follows from names that an upgrade does not change.
*/}}
{{- define "headcount.schedule" -}}
{{- if .Values.cronjob.schedule -}}
{{- .Values.cronjob.schedule -}}
{{- else -}}
{{- $service := index .Values (include "headcount.service" .) -}}
{{- $installation := list .Release.Name .Release.Namespace (get $service "email" | default $service.url) | join "\n" -}}
{{- $minute := mod (int64 (printf "0x%s" (sha256sum $installation | trunc 8))) 360 -}}
{{- printf "%d %d * * *" (mod $minute 60) (div $minute 60) -}}
{{- end -}}
{{- end -}}
