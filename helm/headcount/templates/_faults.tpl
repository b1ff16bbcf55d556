{{/*
What cannot work, said as a sentence while rendering instead of as a pod that is idle. Every template that puts headcount
into a pod asks for this first.
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
{{- if not .Values.compreface.url -}}
{{- fail "headcount: compreface.url is not set: name the address of CompreFace's front end or admin, such as http://compreface-fe" -}}
{{- end -}}
{{- if not .Values.compreface.email -}}
{{- fail "headcount: compreface.email is not set: name the owner or administrator account that headcount signs in with" -}}
{{- end -}}
{{- if not .Values.compreface.existingSecret -}}
{{- fail "headcount: compreface.existingSecret is not set: make a Secret that holds the account's password and name it here; passwords are no values, since Helm keeps values in the release's history" -}}
{{- end -}}
{{- with .Values.compreface.certificate -}}
{{- if and .existingSecret .existingConfigMap -}}
{{- fail "headcount: compreface.certificate.existingSecret and existingConfigMap are both set: remove one of them" -}}
{{- end -}}
{{- end -}}
{{- if and (or .Values.otlp.tls.caKey .Values.otlp.tls.certificateKey .Values.otlp.tls.privateKeyKey) (not .Values.otlp.tls.existingSecret) -}}
{{- fail "headcount: otlp.tls names keys but no Secret: set otlp.tls.existingSecret" -}}
{{- end -}}
{{- if and .Values.otlp.tls.existingSecret (not (or .Values.otlp.tls.caKey .Values.otlp.tls.certificateKey)) -}}
{{- fail "headcount: otlp.tls.existingSecret is set but no key of it is used: set otlp.tls.caKey, or otlp.tls.certificateKey and otlp.tls.privateKeyKey" -}}
{{- end -}}
{{- if ne (empty .Values.otlp.tls.certificateKey) (empty .Values.otlp.tls.privateKeyKey) -}}
{{- fail "headcount: a client certificate and its private key belong together: set both otlp.tls.certificateKey and otlp.tls.privateKeyKey" -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseEndpoint" -}}
{{- $loopback := "^http://(localhost|127(\\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}|\\[([0:]*:)?0{0,3}1\\])(:|/|$)" -}}
{{- $endpoint := lower (default "" .Values.otlp.endpoint) | trim -}}
{{- if and (hasPrefix "http://" $endpoint) (not (include "headcount.isTrue" .Values.otlp.insecure)) (not (regexMatch $loopback $endpoint)) -}}
{{- fail (printf "headcount: otlp.endpoint %s is plain text, which others on the way can read: use https://, or say so with otlp.insecure=true" .Values.otlp.endpoint) -}}
{{- end -}}
{{- if and $endpoint (eq (lower (default "" .Values.otlp.protocol)) "export") -}}
{{- fail "headcount: otlp.endpoint is set, but with otlp.protocol=export nothing is sent: remove one of them" -}}
{{- end -}}
{{- $path := regexReplaceAll "^[^:]*://[^/]*" (default "" .Values.otlp.endpoint | trim) "" -}}
{{- if and (eq (lower (default "" .Values.otlp.protocol)) "grpc") (regexReplaceAll "(/v1/metrics)?/*$" $path "" | trimAll "/") -}}
{{- fail "headcount: otlp.endpoint has a path, which gRPC does not use: remove the path, or set otlp.protocol=http/protobuf" -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseVolumes" -}}
{{- $volume := include "headcount.stateVolume" . -}}
{{- if and (eq .Values.mode "cronjob") (ne $volume "claim") -}}
{{- fail "headcount: mode cronjob needs a claim for its state: on an emptyDir every run would be the first one, a baseline that counts nothing; leave state.volume empty" -}}
{{- end -}}
{{- if and (eq $volume "emptyDir") .Values.state.existingClaim -}}
{{- fail "headcount: state.existingClaim is set but state.volume is emptyDir: remove one of them" -}}
{{- end -}}
{{- if and (eq $volume "emptyDir") (not .Values.installGuid.existingSecret) -}}
{{- fail "headcount: neither a disk nor an identity: on an emptyDir every restart would look like a new installation; set state.volume=claim, state.existingClaim or installGuid.existingSecret" -}}
{{- end -}}
{{- if and (eq .Values.mode "sidecar") (eq $volume "claim") (not .Values.state.existingClaim) -}}
{{- fail "headcount: mode sidecar makes no claim of its own: name one with state.existingClaim" -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseMode" -}}
{{- if and (eq .Values.mode "sidecar") .Chart.IsRoot -}}
{{- fail "headcount: mode sidecar is for charts that include headcount in a pod of theirs: make it a dependency of the product's chart, or use mode deployment" -}}
{{- end -}}
{{- if and (eq .Values.mode "deployment") (eq .Values.deployment.strategy "RollingUpdate") (eq (include "headcount.stateVolume" .) "claim") (has .Values.state.claim.accessMode (list "ReadWriteOnce" "ReadWriteOncePod")) -}}
{{- fail (printf "headcount: deployment.strategy RollingUpdate cannot work with a %s claim: the new pod would wait for the volume that the old one holds; use Recreate" .Values.state.claim.accessMode) -}}
{{- end -}}
{{- if and (eq .Values.mode "sidecar") .Values.sidecar.native (semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version) -}}
{{- fail (printf "headcount: native sidecars need Kubernetes 1.29 and this is %s: set sidecar.native=false" .Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}

{{/* The selectors find their pods by these labels. */}}
{{- define "headcount.refuseLabels" -}}
{{- range $value, $labels := dict "labels" .Values.labels "podLabels" .Values.podLabels -}}
{{- range $label := list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- if hasKey (default dict $labels) $label -}}
{{- fail (printf "headcount: %s sets %s, by which headcount's pods are found: remove it, or use nameOverride" $value $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "headcount.refuseNetworkPolicy" -}}
{{- if .Values.networkPolicy.enabled -}}
{{- if eq .Values.mode "sidecar" -}}
{{- fail "headcount: networkPolicy.enabled has no meaning in mode sidecar: a policy is for a whole pod, and this one is the product's" -}}
{{- end -}}
{{- with .Values.networkPolicy.service -}}
{{- if not (or .podLabels .cidrs) -}}
{{- fail "headcount: networkPolicy.service.podLabels is not set: name the labels of the pods that compreface.url leads to, or their addresses in networkPolicy.service.cidrs" -}}
{{- end -}}
{{- end -}}
{{- if include "headcount.hasCore" . -}}
{{- with .Values.networkPolicy.core -}}
{{- if not (or .podLabels .cidrs) -}}
{{- fail "headcount: networkPolicy.core.podLabels is not set: name the labels of the pods that compreface.coreUrl leads to, or their addresses in networkPolicy.core.cidrs" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $port := include "headcount.variablePorts" . | fromYaml -}}
{{- if not (or $port $.Values.networkPolicy.extraEgress) -}}
{{- fail (printf "headcount: the port in %s (extraEnv) is not known while rendering: let it out with a rule in networkPolicy.extraEgress" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Variables: a name that is there once, that is no setting of headcount's, and no credentials by value. */}}
{{- define "headcount.refuseVariables" -}}
{{- $known := "^(OTEL_[A-Z0-9_]+|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|DO_NOT_TRACK)$" -}}
{{- $seen := dict -}}
{{- range .Values.extraEnv -}}
{{- $isOfPod := or (hasKey (default dict .valueFrom) "fieldRef") (hasKey (default dict .valueFrom) "resourceFieldRef") -}}
{{- if hasPrefix "HEADCOUNT_" (upper .name) -}}
{{- fail (printf "headcount: extraEnv cannot set %s: headcount's own settings are values of this chart" .name) -}}
{{- end -}}
{{- if and (hasSuffix "_HEADERS" .name) (hasKey . "value") -}}
{{- fail (printf "headcount: extraEnv sets %s by value: headers hold credentials, so take them from a Secret with valueFrom" .name) -}}
{{- end -}}
{{- if include "headcount.holdsCredentials" . -}}
{{- fail (printf "headcount: extraEnv sets %s by value with a user name or password before @: take it from a Secret with valueFrom.secretKeyRef" .name) -}}
{{- end -}}
{{- if not (or (regexMatch $known .name) $isOfPod) -}}
{{- fail (printf "headcount: extraEnv cannot set %s: it takes OTEL_*, HTTPS_PROXY, HTTP_PROXY, NO_PROXY, DO_NOT_TRACK, and any other name with valueFrom.fieldRef" .name) -}}
{{- end -}}
{{- if hasKey $seen .name -}}
{{- fail (printf "headcount: extraEnv sets %s twice: remove one of them" .name) -}}
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
