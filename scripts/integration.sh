#!/usr/bin/env bash
# Runs the tests of files with the build tag integration below the folders named,
# and no others: what else their packages test has run without the tag.
set -euo pipefail
mapfile -t files < <(grep -rl --include='*_test.go' '^//go:build integration' "$@")
mapfile -t packages < <(printf './%s\n' "${files[@]}" | xargs -n1 dirname | sort -u)
names=$(sed -n 's/^func \(Test[^(]*\)(.*/\1/p' "${files[@]}" | sort -u | paste -sd '|')
go test -tags integration -count=1 -p 1 -timeout 25m -run "^($names)\$" "${packages[@]}"
