{{/*
What the five Deployments have in common. The Services' names are the product's own: its front end knows the others by
them, so one release fits in a namespace.
*/}}

{{- define "compreface.selectorLabels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{- define "compreface.labels" -}}
{{ include "compreface.selectorLabels" . }}
app.kubernetes.io/part-of: compreface
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "compreface.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
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
  - name: {{ . }}
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
      name: {{ required "compreface: existingSecret is not set: make a Secret that holds the database's password and name it here" .Values.existingSecret }}
      key: {{ .Values.databasePasswordKey }}
{{- end -}}

{{- define "compreface.databaseClient" -}}
- name: POSTGRES_URL
  value: {{ printf "jdbc:postgresql://%s:%v/%s" .Values.database.host .Values.database.port .Values.database.name | quote }}
- name: POSTGRES_USER
  value: {{ .Values.database.username | quote }}
{{ include "compreface.databasePassword" . }}
- name: SPRING_PROFILES_ACTIVE
  value: dev
- name: MAX_FILE_SIZE
  value: {{ .Values.maxFileSize | quote }}
- name: MAX_REQUEST_SIZE
  value: {{ printf "%sB" .Values.maxRequestSize | quote }}
{{- end -}}
