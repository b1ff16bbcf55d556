{{/* CompreFace: its settings that name files, its volumes, and its values that cannot work. */}}

{{- define "headcount.settings.compreface-password-file" }}
- name: HEADCOUNT_COMPREFACE_PASSWORD_FILE
  value: /etc/headcount/compreface/password
{{- end -}}

{{- define "headcount.settings.compreface-certificate" }}
{{- with .Values.compreface.certificate }}
{{- if or .existingSecret .existingConfigMap }}
- name: HEADCOUNT_COMPREFACE_CERTIFICATE
  value: /etc/headcount/compreface-certificate/ca.pem
{{- end }}
{{- end }}
{{- end -}}

{{- define "headcount.volumeMounts.compreface" }}
- name: headcount-compreface
  mountPath: /etc/headcount/compreface
  readOnly: true
{{- with .Values.compreface.certificate }}
{{- if or .existingSecret .existingConfigMap }}
- name: headcount-compreface-certificate
  mountPath: /etc/headcount/compreface-certificate
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{- define "headcount.volumes.compreface" }}
- name: headcount-compreface
  secret:
    secretName: {{ include "headcount.text" .Values.compreface.existingSecret | quote }}
    optional: true
    items:
      - key: {{ include "headcount.text" .Values.compreface.passwordKey | quote }}
        path: password
{{- with .Values.compreface.certificate }}
{{- if or .existingSecret .existingConfigMap }}
- name: headcount-compreface-certificate
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

{{- define "headcount.refuse.compreface" -}}
{{- if not .Values.compreface.url -}}
{{- fail "headcount: compreface.url is not set; set it to the address of CompreFace's front end or admin service, such as http://compreface-fe" -}}
{{- end -}}
{{- if not .Values.compreface.email -}}
{{- fail "headcount: compreface.email is not set; set it to the email of an owner or administrator account" -}}
{{- end -}}
{{- if not .Values.compreface.existingSecret -}}
{{- fail "headcount: compreface.existingSecret is not set; create a Secret with the account's password and set it to the Secret's name (a password is not a value, since Helm keeps values in the release's history)" -}}
{{- end -}}
{{- with .Values.compreface.certificate -}}
{{- if and .existingSecret .existingConfigMap -}}
{{- fail "headcount: compreface.certificate.existingSecret and existingConfigMap are both set; remove one of them" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether the core API is another peer than the admin API. */}}
{{- define "headcount.hasCore" -}}
{{- $core := .Values.compreface.coreUrl -}}
{{- if and (eq (include "headcount.service" .) "compreface") $core (ne (include "headcount.peerOf" $core) (include "headcount.peerOf" .Values.compreface.url)) -}}
true
{{- end -}}
{{- end -}}
