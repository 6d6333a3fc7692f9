// Package platform puts the parts together on one machine: the Fabric network,
// the rules and calendars on its ledger, the slip signer's keys, and the gateway
// process in front of it. It is what `make up`, `make status` and `make down`
// drive.
package platform
