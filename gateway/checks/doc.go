// Package checks looks every minute whether the registry works as it should: the
// ledger answers, the read model follows it, evidence and audit log are whole, the
// exchanges with other systems go on, certificates and disk last, time limits are
// kept (Art. 12). What a check finds is a metric, stands on a page for operators, and
// is told to them once when it begins and once when it has ended.
package checks
