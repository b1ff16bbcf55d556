{{/* The settings as environment variables. Generated from the table of settings by `just docs`. */}}

{{- define "headcount.settings" -}}
- name: HEADCOUNT_SERVICE
  value: {{ .Values.service | quote }}
{{- if eq (include "headcount.service" .) "compreface" }}
- name: HEADCOUNT_COMPREFACE_URL
  value: {{ .Values.compreface.url | quote }}
{{- with .Values.compreface.coreUrl }}
- name: HEADCOUNT_COMPREFACE_CORE_URL
  value: {{ . | quote }}
{{- end }}
- name: HEADCOUNT_COMPREFACE_EMAIL
  value: {{ .Values.compreface.email | quote }}
{{- include "headcount.settings.compreface-password-file" . }}
{{- include "headcount.settings.compreface-certificate" . }}
{{- end }}
{{- if eq (include "headcount.service" .) "frigate" }}
- name: HEADCOUNT_FRIGATE_URL
  value: {{ .Values.frigate.url | quote }}
{{- with .Values.frigate.user }}
- name: HEADCOUNT_FRIGATE_USER
  value: {{ . | quote }}
{{- end }}
{{- include "headcount.settings.frigate-password-file" . }}
{{- include "headcount.settings.frigate-certificate" . }}
{{- end }}
{{- if eq (include "headcount.service" .) "inventory" }}
- name: HEADCOUNT_INVENTORY_URL
  value: {{ .Values.inventory.url | quote }}
{{- include "headcount.settings.inventory-token-file" . }}
{{- include "headcount.settings.inventory-certificate" . }}
{{- end }}
{{- with .Values.otlp.endpoint }}
- name: HEADCOUNT_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
- name: HEADCOUNT_OTLP_PROTOCOL
  value: {{ .Values.otlp.protocol | quote }}
{{- include "headcount.settings.otlp-headers-file" . }}
- name: HEADCOUNT_OTLP_COMPRESSION
  value: {{ .Values.otlp.compression | quote }}
- name: HEADCOUNT_OTLP_TIMEOUT
  value: {{ .Values.otlp.timeout | quote }}
{{- include "headcount.settings.otlp-certificate" . }}
{{- include "headcount.settings.otlp-client-certificate" . }}
{{- include "headcount.settings.otlp-client-key" . }}
- name: HEADCOUNT_OTLP_INSECURE
  value: {{ include "headcount.text" .Values.otlp.insecure | quote }}
- name: HEADCOUNT_DISABLED
  value: {{ include "headcount.text" .Values.disabled | quote }}
{{- include "headcount.settings.consent-file" . }}
- name: HEADCOUNT_SCRAPE_INTERVAL
  value: {{ .Values.scrapeInterval | quote }}
- name: HEADCOUNT_REPORT_INTERVAL
  value: {{ .Values.reportInterval | quote }}
{{- with .Values.reportWindow }}
- name: HEADCOUNT_REPORT_WINDOW
  value: {{ . | quote }}
{{- end }}
- name: HEADCOUNT_FIRST_REPORT_AFTER
  value: {{ .Values.firstReportAfter | quote }}
- name: HEADCOUNT_KEEP
  value: {{ .Values.keep | quote }}
{{- include "headcount.settings.install-guid" . }}
- name: HEADCOUNT_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
- name: HEADCOUNT_LOG_FORMAT
  value: {{ .Values.logFormat | quote }}
{{- end -}}

{{/* Fails for a value of a service that is not chosen. */}}

{{- define "headcount.refuseOtherServices" -}}
{{- $chosen := include "headcount.service" . -}}
{{- if ne $chosen "compreface" -}}{{- with .Values.compreface -}}{{- with .url -}}
{{- fail "headcount: compreface.url is a value of another service; remove it, or set service to compreface" -}}
{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "compreface" -}}{{- with .Values.compreface -}}{{- with .coreUrl -}}
{{- fail "headcount: compreface.coreUrl is a value of another service; remove it, or set service to compreface" -}}
{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "compreface" -}}{{- with .Values.compreface -}}{{- with .email -}}
{{- fail "headcount: compreface.email is a value of another service; remove it, or set service to compreface" -}}
{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "compreface" -}}{{- with .Values.compreface -}}{{- with .existingSecret -}}
{{- fail "headcount: compreface.existingSecret is a value of another service; remove it, or set service to compreface" -}}
{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "compreface" -}}{{- with .Values.compreface -}}{{- with .certificate -}}{{- with .existingSecret -}}
{{- fail "headcount: compreface.certificate.existingSecret is a value of another service; remove it, or set service to compreface" -}}
{{- end -}}{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "frigate" -}}{{- with .Values.frigate -}}{{- with .url -}}
{{- fail "headcount: frigate.url is a value of another service; remove it, or set service to frigate" -}}
{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "frigate" -}}{{- with .Values.frigate -}}{{- with .user -}}
{{- fail "headcount: frigate.user is a value of another service; remove it, or set service to frigate" -}}
{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "frigate" -}}{{- with .Values.frigate -}}{{- with .existingSecret -}}
{{- fail "headcount: frigate.existingSecret is a value of another service; remove it, or set service to frigate" -}}
{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "frigate" -}}{{- with .Values.frigate -}}{{- with .certificate -}}{{- with .existingSecret -}}
{{- fail "headcount: frigate.certificate.existingSecret is a value of another service; remove it, or set service to frigate" -}}
{{- end -}}{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "inventory" -}}{{- with .Values.inventory -}}{{- with .url -}}
{{- fail "headcount: inventory.url is a value of another service; remove it, or set service to inventory" -}}
{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "inventory" -}}{{- with .Values.inventory -}}{{- with .existingSecret -}}
{{- fail "headcount: inventory.existingSecret is a value of another service; remove it, or set service to inventory" -}}
{{- end -}}{{- end -}}{{- end -}}
{{- if ne $chosen "inventory" -}}{{- with .Values.inventory -}}{{- with .certificate -}}{{- with .existingSecret -}}
{{- fail "headcount: inventory.certificate.existingSecret is a value of another service; remove it, or set service to inventory" -}}
{{- end -}}{{- end -}}{{- end -}}{{- end -}}
{{- end -}}
