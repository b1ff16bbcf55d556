{{/* The inventory document: its settings that name files, its volumes, and its values that cannot work. */}}

{{- define "headcount.settings.inventory-token-file" }}
{{- if .Values.inventory.existingSecret }}
- name: HEADCOUNT_INVENTORY_TOKEN_FILE
  value: /etc/headcount/inventory-token/token
{{- end }}
{{- end -}}

{{- define "headcount.settings.inventory-certificate" }}
{{- with .Values.inventory.certificate }}
{{- if or .existingSecret .existingConfigMap }}
- name: HEADCOUNT_INVENTORY_CERTIFICATE
  value: /etc/headcount/inventory-certificate/ca.pem
{{- end }}
{{- end }}
{{- end -}}

{{/* In mode sidecar the volume is one of the service's pod. */}}
{{- define "headcount.volumeMounts.inventory" }}
{{- with .Values.inventory.volume }}
- name: {{ if eq $.Values.mode "sidecar" }}{{ include "headcount.text" . | quote }}{{ else }}headcount-inventory{{ end }}
  mountPath: /etc/headcount/inventory
  readOnly: true
{{- end }}
{{- if .Values.inventory.existingSecret }}
- name: headcount-inventory-token
  mountPath: /etc/headcount/inventory-token
  readOnly: true
{{- end }}
{{- with .Values.inventory.certificate }}
{{- if or .existingSecret .existingConfigMap }}
- name: headcount-inventory-certificate
  mountPath: /etc/headcount/inventory-certificate
  readOnly: true
{{- end }}
{{- end }}
{{- end -}}

{{- define "headcount.volumes.inventory" }}
{{- if and .Values.inventory.volume (ne .Values.mode "sidecar") }}
- name: headcount-inventory
  persistentVolumeClaim:
    claimName: {{ include "headcount.text" .Values.inventory.volume | quote }}
    readOnly: true
{{- end }}
{{- if .Values.inventory.existingSecret }}
- name: headcount-inventory-token
  secret:
    secretName: {{ include "headcount.text" .Values.inventory.existingSecret | quote }}
    optional: true
    items:
      - key: {{ include "headcount.text" .Values.inventory.tokenKey | quote }}
        path: token
{{- end }}
{{- with .Values.inventory.certificate }}
{{- if or .existingSecret .existingConfigMap }}
- name: headcount-inventory-certificate
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

{{- define "headcount.refuse.inventory" -}}
{{- if not .Values.inventory.url -}}
{{- fail "headcount: inventory.url is not set; set it to the address of the inventory document, such as http://127.0.0.1:8000/inventory" -}}
{{- end -}}
{{- $isFile := hasPrefix "file:" (lower .Values.inventory.url | trim) -}}
{{- $hasCertificate := false -}}
{{- with .Values.inventory.certificate -}}
{{- if and .existingSecret .existingConfigMap -}}
{{- fail "headcount: inventory.certificate.existingSecret and existingConfigMap are both set; remove one of them" -}}
{{- end -}}
{{- $hasCertificate = or .existingSecret .existingConfigMap -}}
{{- end -}}
{{- if and $isFile (or .Values.inventory.existingSecret $hasCertificate) -}}
{{- fail "headcount: inventory.existingSecret and inventory.certificate have no effect on a file: URL; remove them" -}}
{{- end -}}
{{- if and $isFile (not .Values.inventory.volume) -}}
{{- fail "headcount: inventory.url is a file: URL, but no volume has the file; set inventory.volume, and inventory.url to file:/etc/headcount/inventory/NAME" -}}
{{- end -}}
{{- $path := regexReplaceAll "(?i)^file:(//(localhost)?)?" (trim .Values.inventory.url) "" -}}
{{- $leaves := regexMatch "(/|%2[Ff])([.]|%2[Ee]){2}(/|%2[Ff]|$)" $path -}}
{{- if and $isFile (or $leaves (not (regexMatch "^/etc/headcount/inventory/.*[^/]$" $path))) -}}
{{- fail "headcount: inventory.url is a file: URL, but the volume is mounted elsewhere; set inventory.url to file:/etc/headcount/inventory/NAME" -}}
{{- end -}}
{{- end -}}
