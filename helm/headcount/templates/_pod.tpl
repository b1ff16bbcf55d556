{{/* A pod of headcount's own: its metadata and its spec. */}}

{{- define "headcount.podMetadata" -}}
labels:
  {{- /* Not the chart's version: a pod is not to be replaced for that alone. */}}
  {{- include "headcount.selectorLabels" . | nindent 2 }}
  {{- with .Values.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with .Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with include "headcount.podAnnotationsFor" . | trim }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "headcount.podSpec" -}}
{{- $ := .root -}}
serviceAccountName: {{ include "headcount.serviceAccountName" $ }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- toYaml $.Values.podSecurityContext | nindent 2 }}
terminationGracePeriodSeconds: {{ $.Values.terminationGracePeriodSeconds }}
{{- with .restartPolicy }}
restartPolicy: {{ . }}
{{- end }}
containers:
  {{- include "headcount.container" (dict "root" $ "command" .command "native" false) | nindent 2 }}
volumes:
  {{- include "headcount.podVolumes" $ | nindent 2 }}
{{- with $.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}
