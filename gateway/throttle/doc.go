// Package throttle bounds how often something that can be guessed may be tried
// without success: passwords, and the query codes of slips.
package throttle
