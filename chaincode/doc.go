// Package chaincode is the root of everything that runs inside, or is shared
// with, the endorsing peers: ledger (what is stored and what travels), fault
// (the one table of errors), rules (pure decisions, no I/O), contract (the thin
// transactions) and runtime (how a transaction meets the ledger). Dependencies
// point inwards only: contract -> runtime, rules -> ledger, fault. Nothing here
// imports the gateway or the network launcher.
package chaincode
