{{/* Frigate: its settings that name files, its volumes, and its values that cannot work. */}}

{{- define "headcount.settings.frigate-password-file" }}
{{- if .Values.frigate.existingSecret }}
- name: HEADCOUNT_FRIGATE_PASSWORD_FILE
  value: /etc/headcount/frigate/password
{{- end }}
{{- end -}}

{{- define "headcount.settings.frigate-certificate" }}
{{- with .Values.frigate.certificate }}
{{- if or .existingSecret .existingConfigMap }}
- name: HEADCOUNT_FRIGATE_CERTIFICATE
  value: /etc/headcount/frigate-certificate/ca.pem
{{- end }}
{{- end }}
{{- end -}}

{{- define "headcount.volumeMounts.frigate" }}
{{- if .Values.frigate.existingSecret }}
- name: headcount-frigate
  mountPath: /etc/headcount/frigate
  readOnly: true
{{- end }}
{{- with .Values.frigate.certificate }}
{{- if or .existingSecret .existingConfigMap }}
- name: headcount-frigate-certificate
  mountPath: /etc/headcount/frigate-certificate
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{- define "headcount.volumes.frigate" }}
{{- if .Values.frigate.existingSecret }}
- name: headcount-frigate
  secret:
    secretName: {{ include "headcount.text" .Values.frigate.existingSecret | quote }}
    optional: true
    items:
      - key: {{ include "headcount.text" .Values.frigate.passwordKey | quote }}
        path: password
{{- end }}
{{- with .Values.frigate.certificate }}
{{- if or .existingSecret .existingConfigMap }}
- name: headcount-frigate-certificate
  {{- if .existingSecret }}
  secret:
    secretName: {{ include "headcount.text" .existingSecret | quote }}
  {{- else }}
  configMap:
    name: {{ include "headcount.text" .existingConfigMap | quote }}
  {{- end }}
    optional: true
    items:
      - key: {{ include "headcount.text" .key | quote }}
        path: ca.pem
{{- end }}
{{- end }}
{{- end -}}

{{- define "headcount.refuse.frigate" -}}
{{- if not .Values.frigate.url -}}
{{- fail "headcount: frigate.url is not set; set it to the address of Frigate, such as http://frigate:5000" -}}
{{- end -}}
{{- if and .Values.frigate.user (not .Values.frigate.existingSecret) -}}
{{- fail "headcount: frigate.existingSecret is not set; create a Secret with the user's password and set it to the Secret's name (a password is not a value, since Helm keeps values in the release's history)" -}}
{{- end -}}
{{- if and .Values.frigate.existingSecret (not .Values.frigate.user) -}}
{{- fail "headcount: frigate.existingSecret is set without frigate.user; set the user, or remove the Secret" -}}
{{- end -}}
{{- with .Values.frigate.certificate -}}
{{- if and .existingSecret .existingConfigMap -}}
{{- fail "headcount: frigate.certificate.existingSecret and existingConfigMap are both set; remove one of them" -}}
{{- end -}}
{{- end -}}
{{- end -}}
