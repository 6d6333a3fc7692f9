package node

import (
	"path/filepath"

	"dengji/network/topology"
)

// ConnectionsVariable tells the external builder where a peer's connection files
// lie.
const ConnectionsVariable = "DENGJI_CHAINCODE_CONNECTIONS"

// Names of files and folders inside a node's folder.
const (
	dataFolder       = "data"
	mspFolder        = "msp"
	connectionFolder = "connections"
	snapshotFolder   = "snapshots"
)

// Place says where a node is: its folder, its address and its organisation.
type Place struct {
	Folder  string
	Network string // name of the network
	MSP     string
	Address string // host only
	TLSRoot string
}

func (p Place) file(name string) string { return filepath.Join(p.Folder, name) }

// Connections is the folder of a peer's chaincode connection files.
func (p Place) Connections() string { return p.file(connectionFolder) }

// Snapshots is the folder of a peer's ledger snapshots.
func (p Place) Snapshots() string { return p.file(snapshotFolder) }

// CompletedSnapshots is where those lie that are whole, one folder for each block.
func (p Place) CompletedSnapshots(channel string) string {
	return filepath.Join(p.Snapshots(), "completed", channel)
}

// Peer gives the settings of a peer. siblings are the endpoints of the other
// peers of its organisation; builder is the folder of the external builder.
func Peer(p Place, t *topology.Topology, peer topology.Peer, siblings []string, builder string) Settings {
	endpoint := t.Endpoint(peer.Host, peer.Port)
	if len(siblings) == 0 {
		siblings = []string{endpoint}
	}
	certificate, key := p.file("tls/cert.pem"), p.file("tls/key.pem")
	return Settings{
		"peer.id":                      peer.Name,
		"peer.networkId":               t.Name,
		"peer.listenAddress":           endpoint,
		"peer.address":                 endpoint,
		"peer.fileSystemPath":          p.file(dataFolder),
		"peer.mspConfigPath":           p.file(mspFolder),
		"peer.localMspId":              p.MSP,
		"peer.tls.enabled":             true,
		"peer.tls.cert.file":           certificate,
		"peer.tls.key.file":            key,
		"peer.tls.rootcert.file":       p.TLSRoot,
		"peer.tls.clientCert.file":     certificate,
		"peer.tls.clientKey.file":      key,
		"peer.tls.clientRootCAs.files": []string{p.TLSRoot},

		// Peers find each other within seconds of a start, so that the gateway can
		// plan endorsements.
		"peer.gossip.bootstrap":                 siblings,
		"peer.gossip.externalEndpoint":          endpoint,
		"peer.gossip.reconnectInterval":         "2s",
		"peer.gossip.aliveTimeInterval":         "1s",
		"peer.gossip.aliveExpirationTimeout":    "5s",
		"peer.gossip.publishStateInfoInterval":  "1s",
		"peer.gossip.requestStateInfoInterval":  "1s",
		"peer.gossip.publishCertPeriod":         "2s",
		"peer.gossip.pullInterval":              "1s",
		"peer.gossip.digestWaitTime":            "200ms",
		"peer.gossip.requestWaitTime":           "400ms",
		"peer.gossip.responseWaitTime":          "600ms",
		"peer.gossip.membershipTrackerInterval": "2s",
		// What only a lost peer had cannot be had again; waiting a minute for it in
		// each block does not help.
		"peer.gossip.pvtData.pullRetryThreshold":        "3s",
		"peer.gateway.endorsementTimeout":               "15s",
		"peer.gateway.dialTimeout":                      "10s",
		"peer.gateway.broadcastTimeout":                 "20s",
		"peer.deliveryclient.blockCensorshipTimeoutKey": "10s",
		"peer.keepalive.client.interval":                "30s",
		"peer.keepalive.minInterval":                    "20s",

		"vm.endpoint": "", // no Docker
		"chaincode.externalBuilders": []any{map[string]any{
			"name": "dengji", "path": builder, "propagateEnvironment": []string{ConnectionsVariable},
		}},
		"chaincode.executetimeout": "30s",
		"chaincode.startuptimeout": "60s",
		"chaincode.logging.level":  "warning",
		"ledger.snapshots.rootDir": p.Snapshots(),
		// Versions are records of the contracts' own.
		"ledger.history.enableHistoryDatabase": false,

		"operations.listenAddress":           t.Endpoint(peer.Host, peer.OperationsPort),
		"operations.tls.enabled":             true,
		"operations.tls.cert.file":           certificate,
		"operations.tls.key.file":            key,
		"operations.tls.clientRootCAs.files": []string{p.TLSRoot},
		"metrics.provider":                   "prometheus",
	}
}

// PeerEnvironment gives the environment of a peer.
func PeerEnvironment(p Place) []string {
	return []string{
		"FABRIC_CFG_PATH=" + p.Folder,
		ConnectionsVariable + "=" + p.Connections(),
		"FABRIC_LOGGING_SPEC=info:gossip=warning:grpc=error:comm.grpc=warning:gossip.comm=error:gossip.gossip=error",
		// The stock file leaves this out.
		"CORE_PEER_CHAINCODELISTENADDRESS=127.0.0.1:0", // no chaincode comes to the peer
		loggingFormat,
		"GOMEMLIMIT=800MiB",
	}
}
