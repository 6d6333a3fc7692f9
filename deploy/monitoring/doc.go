// Package monitoring holds what Prometheus needs to watch a Dengji network: alerts.yml
// are the rules, alerts_test.yml their tests, prometheus.yml an example of what is
// scraped and how. Each alert has a section in docs/runbook.md. Nothing here is
// compiled into a program.
package monitoring
