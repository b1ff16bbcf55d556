{{/* The service that is read. What each service needs has the service's name at its end. */}}

{{- define "headcount.service" -}}
{{- include "headcount.text" .Values.service | default "compreface" | lower -}}
{{- end -}}

{{/* Fails for what a service that is not chosen would mount, and is no setting: those are refused in _settings.tpl. */}}
{{- define "headcount.refuseVolumesOfOtherServices" -}}
{{- $chosen := include "headcount.service" . -}}
{{- range $service := without (list "compreface" "frigate" "inventory") $chosen -}}
{{- with index $.Values $service -}}
{{- if .volume -}}
{{- fail (printf "headcount: %s.volume is a value of another service; remove it, or set service to %s" $service $service) -}}
{{- end -}}
{{- with .certificate -}}{{- if .existingConfigMap -}}
{{- fail (printf "headcount: %s.certificate.existingConfigMap is a value of another service; remove it, or set service to %s" $service $service) -}}
{{- end -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "headcount.serviceUrl" -}}
{{- (index .Values (include "headcount.service" .)).url -}}
{{- end -}}
