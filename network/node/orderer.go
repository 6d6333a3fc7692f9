package node

import "dengji/network/topology"

// Orderer gives the settings of an orderer. Its admin interface takes only
// clients with a certificate of the organisation's own TLS authority.
func Orderer(p Place, t *topology.Topology, orderer topology.Orderer) Settings {
	certificate, key := p.file("tls/cert.pem"), p.file("tls/key.pem")
	return Settings{
		"General.ListenAddress":               t.HostAddress(orderer.Host),
		"General.ListenPort":                  orderer.Port,
		"General.LocalMSPDir":                 p.file(mspFolder),
		"General.LocalMSPID":                  p.MSP,
		"General.TLS.Enabled":                 true,
		"General.TLS.Certificate":             certificate,
		"General.TLS.PrivateKey":              key,
		"General.TLS.RootCAs":                 []string{p.TLSRoot},
		"General.Cluster.ClientCertificate":   certificate,
		"General.Cluster.ClientPrivateKey":    key,
		"General.Cluster.SendBufferSize":      200,
		"General.Backoff.MaxDelay":            "5s", // an orderer that was away is back at once
		"General.Keepalive.ServerMinInterval": "20s",
		"FileLedger.Location":                 p.file(dataFolder),
		"Consensus.WALDir":                    p.file(dataFolder + "/wal"),
		"Consensus.SnapDir":                   p.file(dataFolder + "/snap"),

		"Admin.ListenAddress":          t.Endpoint(orderer.Host, orderer.AdminPort),
		"Admin.TLS.Enabled":            true,
		"Admin.TLS.Certificate":        certificate,
		"Admin.TLS.PrivateKey":         key,
		"Admin.TLS.ClientAuthRequired": true,
		"Admin.TLS.ClientRootCAs":      []string{p.TLSRoot},

		"Operations.ListenAddress":     t.Endpoint(orderer.Host, orderer.OperationsPort),
		"Operations.TLS.Enabled":       true,
		"Operations.TLS.Certificate":   certificate,
		"Operations.TLS.PrivateKey":    key,
		"Operations.TLS.ClientRootCAs": []string{p.TLSRoot},
		"Metrics.Provider":             "prometheus",
	}
}

// OrdererEnvironment gives the environment of an orderer.
func OrdererEnvironment(p Place) []string {
	return []string{
		"FABRIC_CFG_PATH=" + p.Folder,
		"FABRIC_LOGGING_SPEC=info:orderer.common.cluster=warning:comm.grpc=warning:grpc=error",
		loggingFormat,
		"GOMEMLIMIT=400MiB",
	}
}
