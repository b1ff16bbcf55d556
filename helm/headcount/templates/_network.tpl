{{/* What a NetworkPolicy lets out. A policy sees the address and the port of a pod, not those of its Service, and no host. */}}

{{/* Rules of TCP ports: those of the list, or of the address and of CompreFace's own images (80 and 8080). */}}
{{- define "headcount.servicePorts" -}}
{{- $ports := list 80 8080 -}}
{{- with include "headcount.portOf" .url -}}
{{- $ports = prepend $ports (int .) | uniq -}}
{{- end -}}
{{- range default $ports .ports }}
- protocol: TCP
  port: {{ int . }}
{{- end }}
{{- end -}}

{{/* Pods by their labels, and addresses. */}}
{{- define "headcount.peers" -}}
{{- if .podLabels }}
- podSelector:
    matchLabels:
      {{- include "headcount.strings" (list .podLabels) | nindent 6 }}
  {{- with .namespaceLabels }}
  namespaceSelector:
    matchLabels:
      {{- include "headcount.strings" (list .) | nindent 6 }}
  {{- end }}
{{- end }}
{{- include "headcount.addresses" .cidrs }}
{{- end -}}

{{- define "headcount.addresses" -}}
{{- range . }}
- ipBlock:
    cidr: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* The variables that name a peer, each with its port: that of the operator's own collector, and proxies. */}}
{{- define "headcount.variablePorts" -}}
{{- $names := list "OTEL_EXPORTER_OTLP_ENDPOINT" "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT" "HTTPS_PROXY" "https_proxy" "HTTP_PROXY" "http_proxy" -}}
{{- range .Values.extraEnv }}
{{- if and (has .name $names) (or .value .valueFrom) }}
{{ .name }}: {{ include "headcount.portOf" (include "headcount.text" .value) | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The port of the endpoint. */}}
{{- define "headcount.endpointPort" -}}
{{- default (include "headcount.portOf" .Values.otlp.endpoint) (.Values.networkPolicy.endpoint).port -}}
{{- end -}}
