#!/usr/bin/env bash
# Writes what deploy/kustomization.yaml is made of from the Helm chart: generate.sh [FOLDER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
folder=${1:-.}
render() { # render TEMPLATE... without what only Helm's own objects have
  local shown=()
  for t in "$@"; do shown+=(--show-only "templates/$t.yaml"); done
  helm template waitgraph ../helm/waitgraph --kube-version 1.31 --namespace waitgraph "${shown[@]}" \
    --set existingConfigMap=waitgraph,secretName=waitgraph --set serviceMonitor.enabled=true,prometheusRule.enabled=true 2>/dev/null |
    grep -vE '^# Source: |app.kubernetes.io/managed-by: |helm.sh/chart: '
}
render serviceaccount service statefulset > "$folder/waitgraph.yaml"
render servicemonitor prometheusrule > "$folder/monitoring.yaml"
