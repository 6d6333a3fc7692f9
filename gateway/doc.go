// Package gateway is the root of the service through which every party works:
// ledgerclient (transactions, by phase), account (who somebody is), api (the
// REST interface), openapi (its description), issuance (query codes and slips),
// evidence (the encrypted store), slip (the confirmation slip), catalogfile
// (workbooks), database (the gateway's own state) and service (what wires them
// together). The gateway decides nothing that the ledger decides: it
// authenticates, translates and waits for commits.
package gateway
