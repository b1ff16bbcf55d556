{{/* A pod of headcount's own: its metadata and its spec. */}}

{{- define "headcount.podMetadata" -}}
labels:
  {{- /* Not the chart's version: a pod is not to be replaced for that alone. */}}
  {{- include "headcount.strings" (list .Values.labels .Values.podLabels (include "headcount.selectorLabels" . | fromYaml)) | nindent 2 }}
{{- with include "headcount.podAnnotationsFor" . }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "headcount.podSpec" -}}
{{- $ := .root -}}
serviceAccountName: {{ include "headcount.serviceAccountName" $ | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ include "headcount.pullSecret" . | quote }}
  {{- end }}
{{- end }}
{{- with $.Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "headcount.text" $.Values.terminationGracePeriodSeconds }}
terminationGracePeriodSeconds: {{ . }}
{{- end }}
{{- with .restartPolicy }}
restartPolicy: {{ . }}
{{- end }}
containers:
  {{- include "headcount.container" (dict "root" $ "command" .command "native" false) | nindent 2 }}
volumes:
  {{- include "headcount.podVolumes" $ | nindent 2 }}
{{- with $.Values.nodeSelector }}
nodeSelector:
  {{- include "headcount.strings" (list .) | nindent 2 }}
{{- end }}
{{- with $.Values.tolerations }}
tolerations:
  {{- range . }}
  {{- $toleration := deepCopy . }}
  {{- if hasKey . "value" }}
  {{- $_ := set $toleration "value" (include "headcount.text" .value) }}
  {{- end }}
  - {{- toYaml $toleration | nindent 4 }}
  {{- end }}
{{- end }}
{{- with $.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $.Values.priorityClassName }}
priorityClassName: {{ include "headcount.text" . | quote }}
{{- end }}
{{- end -}}
