#!/usr/bin/env bash
# Runs each fuzz target of the module in turn for the given time.
set -euo pipefail
time=${1:-60s}
go list -f '{{if .TestGoFiles}}{{.ImportPath}}{{end}}{{if .XTestGoFiles}} {{.ImportPath}}{{end}}' ./... | tr ' ' '\n' | sort -u | while read -r package; do
  [ -n "$package" ] || continue
  go test -list '^Fuzz' "$package" | { grep '^Fuzz' || true; } | while read -r target; do
    echo "fuzz $package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzzminimizetime 10x -fuzztime "$time" "$package" </dev/null
  done
done
