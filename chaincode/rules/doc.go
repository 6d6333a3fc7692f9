// Package rules groups the pure decisions of the registry: no input or output, no
// clock, no ledger access. Each sub-package is one subject of the regulation;
// contracts look facts up, ask these packages, and write what they answer.
package rules
