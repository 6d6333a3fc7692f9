// Package chaincode is the root of everything that runs inside, or is shared
// with, the endorsing peers: ledger (what is stored and what travels), fault
// (the one table of errors), canonical and strictjson (how documents are written
// and read), rules (pure decisions, no I/O), runtime (how a transaction meets the
// ledger), contract (the thin transactions) and noop (the measure beside them).
// Memoryledger and contracttest are for tests. Dependencies point inwards only:
// contract -> runtime, rules -> ledger, fault; a test holds them to it. Nothing
// here imports the gateway or the network launcher.
package chaincode
