// Package cli is the command line client of departments and operators: it logs in,
// brings catalogues and evidence onto the chain, files applications, looks cases up
// and verifies slips. It speaks to a gateway's public interface alone and knows
// nothing of Fabric.
package cli
