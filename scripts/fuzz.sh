#!/usr/bin/env bash
# Runs each fuzz target in turn: fuzz.sh TIME [PACKAGES], by default all packages.
# Minimising is bounded, or large seeds would take the whole time.
set -euo pipefail
time=${1:-60s}
shift || true
grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u >"${TMPDIR:-/tmp}/fuzz.$$"
trap 'rm -f "${TMPDIR:-/tmp}/fuzz.$$"' EXIT
wanted=$(go list "${@:-./...}")
while read -r folder; do
  package=$(go list "$folder")
  grep -qx "$package" <<<"$wanted" || continue
  for target in $(go test -list '^Fuzz' "$folder" | grep '^Fuzz' || true); do
    echo "fuzz $package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzzminimizetime 10x -fuzztime "$time" "$folder"
  done
done <"${TMPDIR:-/tmp}/fuzz.$$"
