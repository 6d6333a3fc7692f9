package backup

import (
	"path"
	"strings"
)

// Treatment is what a backup does with a file of a home.
type Treatment string

// The treatments.
const (
	// Copied files go into every snapshot.
	Copied Treatment = "copied"
	// Database files are SQLite databases, of which a consistent copy is taken while
	// they are in use.
	Database Treatment = "database"
	// Shared files never change under their name: they are copied once, beside the snapshots.
	Shared Treatment = "shared"
	// Evidence is taken through the evidence store, see package evidence.
	Evidence Treatment = "evidence"
	// MasterKeys are left out unless asked for: they are to be kept apart from what
	// they open.
	MasterKeys Treatment = "master keys"
	// LedgerData is left out unless asked for: other nodes have it, and it can be
	// copied only while no node runs.
	LedgerData Treatment = "ledger"
	// LeftOut files can be made again or mean nothing elsewhere.
	LeftOut Treatment = "left out"
	// Unknown files are named by no line of the inventory: they are copied, and reported.
	Unknown Treatment = "unknown"
)

// Item is a line of the inventory.
type Item struct {
	// Pattern of paths in the home, as path.Match takes it for each part; "**" at
	// the end stands for everything below.
	Pattern   string
	Treatment Treatment
	Why       string
}

// Inventory says of every file of a home what a backup does with it and why. The
// first line that matches counts.
var Inventory = []Item{
	{"network.lock", LeftOut, "keeps two launchers apart"},
	{"backup.lock", LeftOut, "keeps two backups apart"},
	{"backup-staging/**", LeftOut, "copies of databases on their way into a snapshot"},
	{"connection.json", Copied, "where the peers are, and which slip signer signs"},
	{"demo-accounts.json", Copied, "passwords of a sandbox"},
	{"officers.json", Copied, "keys by which the gateway makes and revokes accounts"},

	{"gateway/gateway.db", Database, "accounts, query codes, slips, drafts, objectors, outboxes, audit log"},
	{"gateway/gateway.db-*", LeftOut, "taken with the database"},
	{"gateway/readmodel.db*", LeftOut, "made again from the ledger"},
	{"gateway/master-key", MasterKeys, "opens evidence and the gateway's secrets"},
	{"gateway/trust.json", Copied, "trust anchors that the organisations have agreed on"},
	{"gateway/slip-authority/*", Copied, "a sandbox's slip signer and its root"},
	{"gateway/national-authority/*", Copied, "a sandbox's signer of what the national platform gets"},
	{"gateway/*.lock", LeftOut, "turns of processes"},
	{"gateway/evidence/unfinished/**", LeftOut, "files being written; nothing was acknowledged"},
	{"gateway/evidence/uploads/**", LeftOut, "unfinished uploads; nothing is anchored, clients send them again"},
	{"gateway/evidence/**", Evidence, "sealed files"},

	{"network/topology.json", Copied, "the network as it was created"},
	{"network/deployment.json", Copied, "the chaincode in force"},
	{"network/channel/*", Copied, "the channel's first block"},
	{"network/chaincode/*/*", Shared, "the chaincode program, under its digest"},
	{"network/builder/**", LeftOut, "written at every start"},
	{"network/logs/**", LeftOut, "logs say nothing that is needed to go on"},
	{"network/public/**", Copied, "public material of all organisations"},

	{"network/authorities/*/fabric-ca-server.db", Database, "what a certificate authority server has issued"},
	{"network/authorities/*/*/fabric-ca-server.db", Database, "what a certificate authority has issued and revoked"},
	{"network/authorities/*/fabric-ca-server.db-*", LeftOut, "taken with the database"},
	{"network/authorities/*/*/fabric-ca-server.db-*", LeftOut, "taken with the database"},
	{"network/authorities/**", Copied, "root keys and settings of the certificate authorities"},

	{"network/organisations/*/identities/**", Copied, "keys and certificates of admins, officers and accounts"},
	{"network/organisations/*/nodes/*/orderer.yaml", LeftOut, "written at every start"},
	{"network/organisations/*/nodes/*/core.yaml", LeftOut, "written at every start"},
	{"network/organisations/*/nodes/*/msp/**", Copied, "key and certificate of a node"},
	{"network/organisations/*/nodes/*/tls/**", Copied, "key and certificate of a node's connections"},
	{"network/organisations/*/nodes/*/connections/*", Copied, "how a peer reaches its chaincode"},
	{"network/organisations/*/nodes/*/data/**", LedgerData, "blocks and state of a node"},
	{"network/organisations/*/nodes/*/snapshots/**", LedgerData, "ledger snapshots of a peer"},

	{"demo/**", LeftOut, "slips that the demo has downloaded; the gateway has them"},
}

// TreatmentOf says what a backup does with a file, by its path in the home with
// slashes. Temporary files of a replacement under way are left out everywhere.
func TreatmentOf(name string) Treatment {
	if base := path.Base(name); strings.HasPrefix(base, ".write-") || isReplacement(base) {
		return LeftOut
	}
	for _, item := range Inventory {
		if matches(item.Pattern, name) {
			return item.Treatment
		}
	}
	return Unknown
}

// isReplacement recognises what package durable calls its temporary files: a dot, the
// name, a dot and 26 random characters.
func isReplacement(base string) bool {
	return strings.HasPrefix(base, ".") && len(base) > 28 && base[len(base)-27] == '.'
}

func matches(pattern, name string) bool {
	wanted, parts := strings.Split(pattern, "/"), strings.Split(name, "/")
	for n, part := range wanted {
		if part == "**" {
			return len(parts) > n
		}
		if n >= len(parts) {
			return false
		}
		if same, err := path.Match(part, parts[n]); err != nil || !same {
			return false
		}
	}
	return len(parts) == len(wanted)
}
