{{/* How values become text. YAML reads 123 and true as what they are; Kubernetes wants strings of most of them. */}}

{{/* A value as text: strings as they are, numbers without an exponent, null as nothing. */}}
{{- define "headcount.text" -}}
{{- if kindIs "string" . -}}
{{- . -}}
{{- else if not (kindIs "invalid" .) -}}
{{- toJson . -}}
{{- end -}}
{{- end -}}

{{/* A list of maps as one map whose values are strings: of a name that is there twice, the later value counts. */}}
{{- define "headcount.strings" -}}
{{- $all := dict -}}
{{- range . -}}
{{- range $name, $value := . -}}
{{- if not (kindIs "invalid" $value) -}}
{{- $_ := set $all $name (include "headcount.text" $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $all -}}
{{- toYaml $all -}}
{{- end -}}
{{- end -}}

{{/* "true" for true, and for the words that the program reads as true. */}}
{{- define "headcount.isTrue" -}}
{{- if has (include "headcount.text" . | lower | trimAll " \t\r\n\f\"'") (list "true" "1" "yes" "on") -}}
true
{{- end -}}
{{- end -}}

{{/* An item of a pod's imagePullSecrets: a name, or an object with a name, as Kubernetes has it. */}}
{{- define "headcount.pullSecret" -}}
{{- if kindIs "map" . -}}
{{- include "headcount.text" .name -}}
{{- else -}}
{{- include "headcount.text" . -}}
{{- end -}}
{{- end -}}

{{/* A list of environment variables, with every string as one. */}}
{{- define "headcount.variables" -}}
{{- range . }}
- name: {{ .name | quote }}
  {{- if .valueFrom }}
  valueFrom:
    {{- range $kind, $reference := .valueFrom }}
    {{ $kind }}:
      {{- range $field, $value := $reference }}
      {{ $field }}: {{ if kindIs "bool" $value }}{{ $value }}{{ else }}{{ include "headcount.text" $value | quote }}{{ end }}
      {{- end }}
    {{- end }}
  {{- else }}
  value: {{ include "headcount.text" .value | quote }}
  {{- end }}
{{- end }}
{{- end -}}
