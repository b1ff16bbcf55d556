{{/*
What to know after an installation: what will be sent, when, how to see it first, and how to stop it. A chart that includes
headcount in its pod shows this too, with the pod's name:

    {{ include "headcount.notes" (dict "root" .Subcharts.headcount "pod" "deploy/compreface-admin") }}
*/}}
{{- define "headcount.notes" -}}
{{- $ := .root -}}
{{- $namespace := $.Release.Namespace -}}
{{- $pod := default (printf "deploy/%s" (include "headcount.fullname" $)) .pod -}}
{{- $exec := printf "kubectl -n %s exec %s -c headcount -- /headcount" $namespace $pod -}}
{{- $recipient := include "headcount.recipient" $ -}}
{{- if not $.Values.enabled -}}
headcount is not enabled: nothing of it was installed, and nothing can be sent.
{{- else -}}
{{- if include "headcount.isTrue" $.Values.disabled -}}
headcount is DISABLED: it reads nothing and sends nothing.
{{- else if eq (lower (default "" $.Values.otlp.protocol)) "export" -}}
headcount sends NOTHING: reports wait to be carried away by `headcount export`.
{{- else if not $recipient -}}
headcount sends NOTHING: no endpoint is named (otlp.endpoint).
{{- else -}}
headcount will report to {{ $recipient }}.
{{- end }}

What: twenty numbers (how many users, applications and services came into being, how many there are, how many collections
  hold how many faces) and one random identifier. No names, no e-mail addresses, no images, no ids.
{{- if eq $.Values.mode "cronjob" }}
When: at {{ include "headcount.schedule" $ | quote }}{{ with $.Values.cronjob.timeZone }} ({{ . }}){{ end }}{{ if eq (include "headcount.text" $.Values.cronjob.suspend) "true" }}, once it is no longer suspended{{ end }}. The first run takes what is there as known and counts none of it.
{{- else }}
When: every {{ $.Values.reportInterval }}{{ with $.Values.reportWindow }}, between {{ . }} UTC{{ end }}; for the first time no sooner than {{ $.Values.firstReportAfter }} after the start.
{{- end }}
{{- with $.Values.consent.existingConfigMap }}
Only while the ConfigMap {{ . }} says `granted` under the key {{ $.Values.consent.key }}.
{{- end }}

{{ if eq $.Values.mode "cronjob" -}}
See exactly what a report would carry, without sending it:
  kubectl -n {{ $namespace }} create job headcount-preview --from=cronjob/{{ include "headcount.fullname" $ }} --dry-run=client -o yaml \
    | sed 's/^\( *\)- once$/\1- preview/' | kubectl apply -f -
  kubectl -n {{ $namespace }} wait job/headcount-preview --for=condition=Complete && kubectl -n {{ $namespace }} logs job/headcount-preview
{{- else -}}
See exactly what a report would carry, without sending it:
  {{ $exec }} preview
See what it decided and did:
  {{ $exec }} status
  {{ $exec }} audit
{{- end }}

Stop it, at once and without a restart:
{{- if $.Values.consent.existingConfigMap }}
  kubectl -n {{ $namespace }} patch configmap {{ $.Values.consent.existingConfigMap }} --type merge -p '{"data":{"{{ $.Values.consent.key }}":"denied"}}'
{{- else }}
  not here: name a ConfigMap with consent.existingConfigMap to be able to
{{- end }}
Stop it for good: `helm upgrade` with {{ if $.Chart.IsRoot }}disabled{{ else }}{{ $.Chart.Name }}.disabled{{ end }}=true.
{{- end -}}
{{- end -}}
