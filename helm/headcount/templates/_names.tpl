{{/* Names and labels. */}}

{{- define "headcount.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "headcount.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "headcount.selectorLabels" -}}
app.kubernetes.io/name: {{ include "headcount.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "headcount.labels" -}}
{{ include "headcount.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "headcount.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "headcount.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "headcount.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
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
{{- default (printf "%s-state" (include "headcount.fullname" .)) .Values.state.existingClaim -}}
{{- end -}}

{{/* The host of the endpoint, with its port if it was written: what a consent file calls the recipient. */}}
{{- define "headcount.recipient" -}}
{{- if .Values.otlp.endpoint -}}
{{- (urlParse .Values.otlp.endpoint).host -}}
{{- end -}}
{{- end -}}

{{/* The port of the endpoint. */}}
{{- define "headcount.endpointPort" -}}
{{- $url := urlParse .Values.otlp.endpoint -}}
{{- if .Values.networkPolicy.endpoint.port -}}
{{- .Values.networkPolicy.endpoint.port -}}
{{- else if regexMatch ":[0-9]+$" $url.host -}}
{{- regexFind "[0-9]+$" $url.host -}}
{{- else if eq $url.scheme "http" -}}
80
{{- else -}}
443
{{- end -}}
{{- end -}}
