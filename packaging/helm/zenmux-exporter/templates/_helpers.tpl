{{- define "zenmux-exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "zenmux-exporter.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "zenmux-exporter.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "zenmux-exporter.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "zenmux-exporter.selector" -}}
app.kubernetes.io/name: {{ include "zenmux-exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "zenmux-exporter.labels" -}}
{{ include "zenmux-exporter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "zenmux-exporter.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "zenmux-exporter.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- /* The configuration. Sets `replicas` of sources of type kafka if there are several pods. */}}
{{- define "zenmux-exporter.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if gt (int .Values.replicaCount) 1 }}
{{- $sources := get $config "sources" | default list }}
{{- if or (not $sources) .Values.args }}
{{- fail "replicaCount: more than 1 needs sources of type kafka in config.sources, and no args" }}
{{- end }}
{{- range $source := $sources }}
{{- if ne (toString (get $source "type")) "kafka" }}
{{- fail (printf "replicaCount: with more than 1, records of source %v would be counted by each pod; only type kafka can be shared" (get $source "name")) }}
{{- end }}
{{- $_ := set $source "replicas" (int $.Values.replicaCount) }}
{{- end }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{- /* A probe. kubelet can neither log in as a user nor verify the certificate's name. */}}
{{- define "zenmux-exporter.probe" -}}
{{- if .root.Values.webConfigSecret -}}
exec: {command: [/opt/exporter/bin/python, -m, exporter.probe, {{ .path }}]}
{{- else -}}
httpGet: {path: {{ .path }}, port: http}
{{- end }}
{{- end }}
