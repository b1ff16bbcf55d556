{{/*
What another chart includes in its pod. Each takes the headcount chart's own context, which is `.Subcharts.headcount` in a
chart that depends on it, and gives nothing while headcount is not enabled there or is in another mode:

    {{- with .Subcharts.headcount }}
    {{- with include "headcount.initContainers" . }}
    initContainers:
      {{- . | nindent 6 }}
    {{- end }}
    {{- end }}
*/}}

{{- define "headcount.isSidecar" -}}
{{- if and .Values.enabled (eq .Values.mode "sidecar") -}}
{{- include "headcount.refuseWhatCannotWork" . -}}
true
{{- end -}}
{{- end -}}

{{/* For the pod's `initContainers`: the container as a native sidecar. */}}
{{- define "headcount.initContainers" -}}
{{- if and (include "headcount.isSidecar" .) .Values.sidecar.native -}}
{{- include "headcount.container" (dict "root" . "command" "run" "native" true) -}}
{{- end -}}
{{- end -}}

{{/* For the pod's `containers`: the container as one more, where it is no native sidecar. */}}
{{- define "headcount.containers" -}}
{{- if and (include "headcount.isSidecar" .) (not .Values.sidecar.native) -}}
{{- include "headcount.container" (dict "root" . "command" "run" "native" false) -}}
{{- end -}}
{{- end -}}

{{/* For the pod's `volumes`. */}}
{{- define "headcount.volumes" -}}
{{- if include "headcount.isSidecar" . -}}
{{- include "headcount.podVolumes" . -}}
{{- end -}}
{{- end -}}

{{/* For the pod's `metadata.annotations`. */}}
{{- define "headcount.annotations" -}}
{{- if include "headcount.isSidecar" . -}}
{{- include "headcount.podAnnotationsFor" . -}}
{{- end -}}
{{- end -}}
