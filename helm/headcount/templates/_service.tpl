{{/* The service that is read. What each service needs has the service's name at its end. */}}

{{- define "headcount.service" -}}
{{- include "headcount.text" .Values.service | default "compreface" | lower -}}
{{- end -}}

{{- define "headcount.serviceUrl" -}}
{{- (index .Values (include "headcount.service" .)).url -}}
{{- end -}}
