// Package rules is the root of the pure decisions: each package below it takes
// values and gives values or a fault, and knows neither ledger access nor clock.
package rules
