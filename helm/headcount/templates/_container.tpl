{{/*
The container and its volumes, for all modes.

Secrets and ConfigMaps are optional: without one the pod starts, and headcount reports what is missing and stays idle.
*/}}

{{/* The operator's variables are first, since Kubernetes expands $(NAME) only for variables that were defined before. */}}
{{- define "headcount.env" -}}
{{- with .Values.extraEnv }}
{{- include "headcount.variables" . | trim }}
{{- end }}
- name: HEADCOUNT_STATE_DIR
  value: /var/lib/headcount
{{ include "headcount.settings" . }}
{{- end -}}

{{/* The settings that name files, which are mounted, or that come from a Secret. */}}

{{- define "headcount.settings.otlp-headers-file" }}
{{- if .Values.otlp.headers.existingSecret }}
- name: HEADCOUNT_OTLP_HEADERS_FILE
  value: /etc/headcount/headers/headers
{{- end }}
{{- end -}}

{{- define "headcount.settings.otlp-certificate" }}
{{- if .Values.otlp.tls.caKey }}
- name: HEADCOUNT_OTLP_CERTIFICATE
  value: /etc/headcount/tls/ca.pem
{{- end }}
{{- end -}}

{{- define "headcount.settings.otlp-client-certificate" }}
{{- if .Values.otlp.tls.certificateKey }}
- name: HEADCOUNT_OTLP_CLIENT_CERTIFICATE
  value: /etc/headcount/tls/client.pem
{{- end }}
{{- end -}}

{{- define "headcount.settings.otlp-client-key" }}
{{- if .Values.otlp.tls.privateKeyKey }}
- name: HEADCOUNT_OTLP_CLIENT_KEY
  value: /etc/headcount/tls/client-key.pem
{{- end }}
{{- end -}}

{{- define "headcount.settings.consent-file" }}
{{- if .Values.consent.existingConfigMap }}
- name: HEADCOUNT_CONSENT_FILE
  value: /etc/headcount/consent/consent
{{- end }}
{{- end -}}

{{- define "headcount.settings.install-guid" }}
{{- if .Values.installGuid.existingSecret }}
- name: HEADCOUNT_INSTALL_GUID
  valueFrom:
    secretKeyRef:
      name: {{ include "headcount.text" .Values.installGuid.existingSecret | quote }}
      key: {{ include "headcount.text" .Values.installGuid.key | quote }}
      optional: true
{{- end }}
{{- end -}}

{{- define "headcount.volumeMounts" -}}
- name: headcount-state
  mountPath: /var/lib/headcount
{{ include (printf "headcount.volumeMounts.%s" (include "headcount.service" .)) . | trim }}
{{- if .Values.otlp.headers.existingSecret }}
- name: headcount-headers
  mountPath: /etc/headcount/headers
  readOnly: true
{{- end }}
{{- if .Values.otlp.tls.existingSecret }}
- name: headcount-tls
  mountPath: /etc/headcount/tls
  readOnly: true
{{- end }}
{{- if .Values.consent.existingConfigMap }}
- name: headcount-consent
  mountPath: /etc/headcount/consent
  readOnly: true
{{- end }}
{{- end -}}

{{/* The container, as an item of a list; the dictionary's `command` is the command of the program. */}}
{{- define "headcount.container" -}}
{{- $ := .root -}}
- name: headcount
  image: {{ include "headcount.image" $ | quote }}
  imagePullPolicy: {{ $.Values.image.pullPolicy | quote }}
  args: [{{ .command }}]
{{- if .native }}
  restartPolicy: Always
  # Kubernetes runs this when it tells the service to stop, and stops this container after the service.
  lifecycle:
    preStop:
      exec:
        command: [/headcount, healthcheck, --sign-out]
{{- end }}
  env:
    {{- include "headcount.env" $ | nindent 4 }}
{{- if and ($.Values.livenessProbe).enabled (eq .command "run") }}
  livenessProbe:
    exec:
      command: [/headcount, healthcheck]
    initialDelaySeconds: 10
    {{- range $field := list "periodSeconds" "timeoutSeconds" "failureThreshold" }}
    {{- with include "headcount.text" (get $.Values.livenessProbe $field) }}
    {{ $field }}: {{ . }}
    {{- end }}
    {{- end }}
{{- end }}
  {{- with $.Values.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $.Values.containerSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  terminationMessagePolicy: File
  volumeMounts:
    {{- include "headcount.volumeMounts" $ | nindent 4 }}
{{- end -}}

{{- define "headcount.podVolumes" -}}
- name: headcount-state
{{- if eq (include "headcount.stateVolume" .) "claim" }}
  persistentVolumeClaim:
    claimName: {{ include "headcount.claimName" . | quote }}
{{- else if .Values.state.emptyDirSizeLimit }}
  emptyDir:
    sizeLimit: {{ include "headcount.text" .Values.state.emptyDirSizeLimit | quote }}
{{- else }}
  emptyDir: {}
{{- end }}
{{ include (printf "headcount.volumes.%s" (include "headcount.service" .)) . | trim }}
{{- with .Values.otlp.headers }}
{{- if .existingSecret }}
- name: headcount-headers
  secret:
    secretName: {{ include "headcount.text" .existingSecret | quote }}
    optional: true
    items:
      - key: {{ include "headcount.text" .key | quote }}
        path: headers
{{- end }}
{{- end }}
{{- with .Values.otlp.tls }}
{{- if .existingSecret }}
- name: headcount-tls
  secret:
    secretName: {{ include "headcount.text" .existingSecret | quote }}
    optional: true
    items:
      {{- with .caKey }}
      - key: {{ include "headcount.text" . | quote }}
        path: ca.pem
      {{- end }}
      {{- with .certificateKey }}
      - key: {{ include "headcount.text" . | quote }}
        path: client.pem
      {{- end }}
      {{- with .privateKeyKey }}
      - key: {{ include "headcount.text" . | quote }}
        path: client-key.pem
      {{- end }}
{{- end }}
{{- end }}
{{- with .Values.consent }}
{{- if .existingConfigMap }}
- name: headcount-consent
  configMap:
    name: {{ include "headcount.text" .existingConfigMap | quote }}
    optional: true
    items:
      - key: {{ include "headcount.text" .key | quote }}
        path: consent
{{- end }}
{{- end }}
{{- end -}}

{{- define "headcount.podAnnotationsFor" -}}
{{- $own := dict -}}
{{- with include "headcount.recipient" . -}}
{{- $_ := set $own "headcount/recipient" . -}}
{{- end -}}
{{- include "headcount.strings" (list $own .Values.podAnnotations) -}}
{{- end -}}
