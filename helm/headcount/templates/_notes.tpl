{{/*
The notes after an installation: what will be sent, when, how to see it before, and how to opt out. A chart that includes headcount
in its pod shows them too, with the pod's name:

    {{ include "headcount.notes" (dict "root" .Subcharts.headcount "pod" "deploy/compreface-admin") }}
*/}}
{{- define "headcount.notes" -}}
{{- $ := .root -}}
{{- $namespace := $.Release.Namespace -}}
{{- $pod := default (printf "deploy/%s" (include "headcount.fullname" $)) .pod -}}
{{- $exec := printf "kubectl -n %s exec %s -c headcount -- /headcount" $namespace $pod -}}
{{- $recipient := include "headcount.recipient" $ -}}
{{- if not $.Values.enabled -}}
headcount is not enabled: it was not installed, and nothing can be sent.
{{- else -}}
{{- if include "headcount.isTrue" $.Values.disabled -}}
headcount is DISABLED: it makes no requests and sends nothing.
{{- else if eq (lower (default "" $.Values.otlp.protocol)) "export" -}}
headcount sends NOTHING: export reports with `headcount export`.
{{- else if not $recipient -}}
headcount sends NOTHING: otlp.endpoint is not set.
{{- else -}}
headcount will send reports to {{ $recipient }}.
{{- end }}

Data: counts of users, applications, services and collections, and a random installation ID. No names, email addresses, images or
  object IDs.
{{- if eq $.Values.mode "cronjob" }}
When: at {{ include "headcount.schedule" $ | quote }}{{ with $.Values.cronjob.timeZone }} ({{ . }}){{ end }}{{ if eq (include "headcount.text" $.Values.cronjob.suspend) "true" }}, once it is no longer suspended{{ end }}. The scrape of the first run is the baseline and counts nothing.
{{- else }}
When: every {{ $.Values.reportInterval }}{{ with $.Values.reportWindow }}, between {{ . }} UTC{{ end }}; the first time {{ $.Values.firstReportAfter }} after the start or later.
{{- end }}
{{- with $.Values.consent.existingConfigMap }}
Only while the ConfigMap {{ . }} contains `granted` under the key {{ $.Values.consent.key }}.
{{- end }}

{{ if eq $.Values.mode "cronjob" -}}
Print the report that would be sent, without sending it:
  kubectl -n {{ $namespace }} create job headcount-preview --from=cronjob/{{ include "headcount.fullname" $ }} --dry-run=client -o yaml \
    | sed 's/^\( *\)- once$/\1- preview/' | kubectl apply -f -
  kubectl -n {{ $namespace }} wait job/headcount-preview --for=condition=Complete && kubectl -n {{ $namespace }} logs job/headcount-preview
{{- else -}}
Print the report that would be sent, without sending it:
  {{ $exec }} preview
Show the decision and the deliveries:
  {{ $exec }} status
  {{ $exec }} audit
{{- end }}

Opt out without a restart:
{{- if $.Values.consent.existingConfigMap }}
  kubectl -n {{ $namespace }} patch configmap {{ $.Values.consent.existingConfigMap }} --type merge -p '{"data":{"{{ $.Values.consent.key }}":"denied"}}'
{{- else }}
  not available: this requires a ConfigMap, named in consent.existingConfigMap
{{- end }}
Opt out with a new release: `helm upgrade` with {{ if $.Chart.IsRoot }}disabled{{ else }}{{ $.Chart.Name }}.disabled{{ end }}=true.
{{- end -}}
{{- end -}}
