// Package command offers the upkeep of the read model on the command line: rebuild
// drops and refills it from the ledger, compare lists where it differs from one
// that is filled from the ledger anew.
package command
