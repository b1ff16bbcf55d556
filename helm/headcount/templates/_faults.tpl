{{/*
Values that cannot work fail while rendering and do not leave an idle pod. Every template with headcount's container includes this
first.
*/}}
{{- define "headcount.refuseWhatCannotWork" -}}
{{- include "headcount.refuseWhatIsMissing" . -}}
{{- include "headcount.refuseAddresses" . -}}
{{- include "headcount.refuseEndpoint" . -}}
{{- include "headcount.refuseTimes" . -}}
{{- include "headcount.refuseLabels" . -}}
{{- include "headcount.refuseVariables" . -}}
{{- include "headcount.refuseVolumes" . -}}
{{- include "headcount.refuseMode" . -}}
{{- include "headcount.refuseNetworkPolicy" . -}}
{{- end -}}

{{- define "headcount.refuseWhatIsMissing" -}}
{{- include (printf "headcount.refuse.%s" (include "headcount.service" .)) . -}}
{{- include "headcount.refuseOtherServices" . -}}
{{- include "headcount.refuseVolumesOfOtherServices" . -}}
{{- if and (or .Values.otlp.tls.caKey .Values.otlp.tls.certificateKey .Values.otlp.tls.privateKeyKey) (not .Values.otlp.tls.existingSecret) -}}
{{- fail "headcount: otlp.tls has keys but no Secret; set otlp.tls.existingSecret" -}}
{{- end -}}
{{- if and .Values.otlp.tls.existingSecret (not (or .Values.otlp.tls.caKey .Values.otlp.tls.certificateKey)) -}}
{{- fail "headcount: otlp.tls.existingSecret is set, but no key in it; set otlp.tls.caKey, or otlp.tls.certificateKey and otlp.tls.privateKeyKey" -}}
{{- end -}}
{{- if ne (empty .Values.otlp.tls.certificateKey) (empty .Values.otlp.tls.privateKeyKey) -}}
{{- fail "headcount: a client certificate requires its private key; set both otlp.tls.certificateKey and otlp.tls.privateKeyKey" -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseEndpoint" -}}
{{- $loopback := "^http://(localhost|127(\\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}|\\[([0:]*:)?0{0,3}1\\])(:|/|$)" -}}
{{- $endpoint := lower (default "" .Values.otlp.endpoint) | trim -}}
{{- if and (hasPrefix "http://" $endpoint) (not (include "headcount.isTrue" .Values.otlp.insecure)) (not (regexMatch $loopback $endpoint)) -}}
{{- fail (printf "headcount: otlp.endpoint starts with http://, which sends reports unencrypted; use https://, or set otlp.insecure=true") -}}
{{- end -}}
{{- if and $endpoint (eq (lower (default "" .Values.otlp.protocol)) "export") -}}
{{- fail "headcount: otlp.endpoint is set, but otlp.protocol=export sends nothing; remove one of the two values" -}}
{{- end -}}
{{- $path := regexReplaceAll "^[^:]*://[^/]*" (default "" .Values.otlp.endpoint | trim) "" -}}
{{- if and (eq (lower (default "" .Values.otlp.protocol)) "grpc") (regexReplaceAll "(/v1/metrics)?/*$" $path "" | trimAll "/") -}}
{{- fail "headcount: otlp.endpoint has a path, which gRPC does not use; remove the path, or set otlp.protocol=http/protobuf" -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseVolumes" -}}
{{- $volume := include "headcount.stateVolume" . -}}
{{- if and (eq .Values.mode "cronjob") (ne $volume "claim") -}}
{{- fail "headcount: mode cronjob requires a claim, since with an emptyDir each run would be the first and count nothing; leave state.volume empty" -}}
{{- end -}}
{{- if and (eq $volume "emptyDir") .Values.state.existingClaim -}}
{{- fail "headcount: state.existingClaim is set, but state.volume is emptyDir; remove one of the two values" -}}
{{- end -}}
{{- if and (eq $volume "emptyDir") (not .Values.installGuid.existingSecret) -}}
{{- fail "headcount: there is neither a claim nor an install_guid, so that each new pod would be a new installation; set state.volume=claim, state.existingClaim or installGuid.existingSecret" -}}
{{- end -}}
{{- if and (eq .Values.mode "sidecar") (eq $volume "claim") (not .Values.state.existingClaim) -}}
{{- fail "headcount: mode sidecar creates no claim; set state.existingClaim" -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseMode" -}}
{{- if and (eq .Values.mode "sidecar") .Chart.IsRoot -}}
{{- fail "headcount: mode sidecar is for charts that include headcount in their pod; make it a dependency of the service's chart, or use mode deployment" -}}
{{- end -}}
{{- if and (eq .Values.mode "deployment") (eq .Values.deployment.strategy "RollingUpdate") (eq (include "headcount.stateVolume" .) "claim") (has .Values.state.claim.accessMode (list "ReadWriteOnce" "ReadWriteOncePod")) -}}
{{- fail (printf "headcount: deployment.strategy RollingUpdate cannot work with a %s claim, since the old pod still uses the volume; use Recreate" .Values.state.claim.accessMode) -}}
{{- end -}}
{{- if and (eq .Values.mode "sidecar") .Values.sidecar.native (semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version) -}}
{{- fail (printf "headcount: native sidecars need Kubernetes 1.29, and this is %s; set sidecar.native=false" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}

{{/* The selectors use these labels. */}}
{{- define "headcount.refuseLabels" -}}
{{- range $value, $labels := dict "labels" .Values.labels "podLabels" .Values.podLabels -}}
{{- range $label := list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- if hasKey (default dict $labels) $label -}}
{{- fail (printf "headcount: %s sets %s, which selects headcount's pods; remove it, or use nameOverride" $value $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseNetworkPolicy" -}}
{{- if .Values.networkPolicy.enabled -}}
{{- if eq .Values.mode "sidecar" -}}
{{- fail "headcount: networkPolicy.enabled cannot be used in mode sidecar, since a policy applies to the whole pod of the service" -}}
{{- end -}}
{{- with .Values.networkPolicy.service -}}
{{- if not (or .podLabels .cidrs) -}}
{{- fail "headcount: networkPolicy.service.podLabels is not set; set it to the labels of the pods behind the service's url, or set networkPolicy.service.cidrs" -}}
{{- end -}}
{{- end -}}
{{- if include "headcount.hasCore" . -}}
{{- with .Values.networkPolicy.core -}}
{{- if not (or .podLabels .cidrs) -}}
{{- fail "headcount: networkPolicy.core.podLabels is not set; set it to the labels of the pods behind compreface.coreUrl, or set networkPolicy.core.cidrs" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $port := include "headcount.variablePorts" . | fromYaml -}}
{{- if not (or $port $.Values.networkPolicy.extraEgress) -}}
{{- fail (printf "headcount: the port in %s (extraEnv) is not known while rendering; allow it with a rule in networkPolicy.extraEgress" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Variables: each name once, no setting of headcount's own, and no credentials by value. */}}
{{- define "headcount.refuseVariables" -}}
{{- $known := "^(OTEL_[A-Z0-9_]+|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|DO_NOT_TRACK)$" -}}
{{- $seen := dict -}}
{{- range .Values.extraEnv -}}
{{- $isOfPod := or (hasKey (default dict .valueFrom) "fieldRef") (hasKey (default dict .valueFrom) "resourceFieldRef") -}}
{{- if hasPrefix "HEADCOUNT_" (upper .name) -}}
{{- fail (printf "headcount: extraEnv cannot set %s; use the value of this chart" .name) -}}
{{- end -}}
{{- if and (hasSuffix "_HEADERS" .name) (hasKey . "value") -}}
{{- fail (printf "headcount: extraEnv sets %s by value; take headers, which may be credentials, from a Secret with valueFrom" .name) -}}
{{- end -}}
{{- if include "headcount.holdsCredentials" . -}}
{{- fail (printf "headcount: extraEnv sets %s by value with a user name or password before @; take it from a Secret with valueFrom.secretKeyRef" .name) -}}
{{- end -}}
{{- if not (or (regexMatch $known .name) $isOfPod) -}}
{{- fail (printf "headcount: extraEnv cannot set %s; it accepts OTEL_*, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, DO_NOT_TRACK, and any other name with valueFrom.fieldRef" .name) -}}
{{- end -}}
{{- if hasKey $seen .name -}}
{{- fail (printf "headcount: extraEnv sets %s twice; remove one of them" .name) -}}
{{- end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- end -}}

{{/* "true" for a variable with the URL of a proxy or an endpoint, given by value, that has credentials before its host. */}}
{{- define "headcount.holdsCredentials" -}}
{{- $value := include "headcount.text" .value -}}
{{- if and (hasSuffix "_PROXY" (upper .name)) (contains "@" $value) -}}
true
{{- else if and (hasSuffix "_ENDPOINT" (upper .name)) (regexMatch "^\\s*([A-Za-z][A-Za-z0-9+.-]*:)?[/\\\\]*[^/?#]*@" $value) -}}
true
{{- end -}}
{{- end -}}
