{{/*
What the five Deployments have in common. The Services' names are the product's own: its front end knows the others by
them, so one release fits in a namespace.
*/}}

{{/* A value as text: strings as they are, numbers without an exponent, null as nothing. */}}
{{- define "compreface.text" -}}
{{- if kindIs "string" . -}}
{{- . -}}
{{- else if not (kindIs "invalid" .) -}}
{{- toJson . -}}
{{- end -}}
{{- end -}}

{{- define "compreface.selectorLabels" -}}
app.kubernetes.io/name: {{ .name | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end -}}

{{- define "compreface.labels" -}}
{{ include "compreface.selectorLabels" . }}
app.kubernetes.io/part-of: compreface
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
{{- end -}}

{{- define "compreface.metadata" -}}
name: {{ .name | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- include "compreface.labels" . | nindent 2 }}
{{- end -}}

{{- define "compreface.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "compreface.metadata" . | nindent 2 }}
spec:
  selector:
    {{- include "compreface.selectorLabels" . | nindent 4 }}
  ports:
    - name: {{ .portName }}
      port: {{ .port }}
      targetPort: {{ .portName }}
{{- end -}}

{{/* The fields of a pod that do not depend on its containers. */}}
{{- define "compreface.podBasics" -}}
automountServiceAccountToken: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  {{- $secret := . }}
  {{- if kindIs "map" . }}
  {{- $secret = .name }}
  {{- end }}
  - name: {{ include "compreface.text" $secret | quote }}
  {{- end }}
{{- end }}
{{- with .values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The fields of a container that do not depend on what it runs. */}}
{{- define "compreface.containerBasics" -}}
image: {{ printf "%s%s" .root.Values.registry .values.image | quote }}
ports:
  - name: {{ .portName }}
    containerPort: {{ .port }}
{{- with .values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "compreface.databasePassword" -}}
- name: POSTGRES_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ required "compreface: existingSecret is not set: make a Secret that holds the database's password and name it here" (include "compreface.text" .Values.existingSecret) | quote }}
      key: {{ include "compreface.text" .Values.databasePasswordKey | quote }}
{{- end -}}

{{- define "compreface.databaseClient" -}}
- name: POSTGRES_URL
  value: {{ printf "jdbc:postgresql://%s:%s/%s" .Values.database.host (include "compreface.text" .Values.database.port) (include "compreface.text" .Values.database.name) | quote }}
- name: POSTGRES_USER
  value: {{ include "compreface.text" .Values.database.username | quote }}
{{ include "compreface.databasePassword" . }}
- name: SPRING_PROFILES_ACTIVE
  value: dev
- name: MAX_FILE_SIZE
  value: {{ include "compreface.text" .Values.maxFileSize | quote }}
- name: MAX_REQUEST_SIZE
  value: {{ printf "%sB" (include "compreface.text" .Values.maxRequestSize) | quote }}
{{- end -}}

{{/* Variables of a container: those of the chart that the user does not set, and the user's, so that each is there once. */}}
{{- define "compreface.variables" -}}
{{- $named := dict -}}
{{- range .extra -}}
{{- if hasKey $named .name -}}
{{- fail (printf "compreface: %s sets %s twice; remove one of them" $.value .name) -}}
{{- end -}}
{{- if include "compreface.holdsCredentials" . -}}
{{- fail (printf "compreface: %s sets %s by value with a user name or password before @; take it from a Secret with valueFrom.secretKeyRef" $.value .name) -}}
{{- end -}}
{{- $_ := set $named .name true -}}
{{- end -}}
{{- range .own -}}
{{- if not (hasKey $named .name) -}}
{{- include "compreface.variable" . }}
{{- end -}}
{{- end -}}
{{- range .extra -}}
{{- include "compreface.variable" . }}
{{- end -}}
{{- end -}}

{{- define "compreface.variable" }}
- name: {{ .name | quote }}
  {{- if .valueFrom }}
  valueFrom:
    {{- range $kind, $reference := .valueFrom }}
    {{ $kind }}:
      {{- range $field, $value := $reference }}
      {{ $field }}: {{ if kindIs "bool" $value }}{{ $value }}{{ else }}{{ include "compreface.text" $value | quote }}{{ end }}
      {{- end }}
    {{- end }}
  {{- else }}
  value: {{ include "compreface.text" .value | quote }}
  {{- end }}
{{- end -}}

{{/* "true" for a variable with the URL of a proxy or an endpoint, given by value, that has credentials before its
host. As in the chart headcount, whose templates are not here while it is not enabled. */}}
{{- define "compreface.holdsCredentials" -}}
{{- $value := include "compreface.text" .value -}}
{{- if and (hasSuffix "_PROXY" (upper .name)) (contains "@" $value) -}}
true
{{- else if and (hasSuffix "_ENDPOINT" (upper .name)) (regexMatch "^\\s*([A-Za-z][A-Za-z0-9+.-]*:)?[/\\\\]*[^/?#]*@" $value) -}}
true
{{- end -}}
{{- end -}}
