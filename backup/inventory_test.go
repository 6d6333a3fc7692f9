package backup

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryKindOfFileIsTreatedAsTheInventorySays(t *testing.T) {
	cases := map[string]Treatment{
		"connection.json":               Copied,
		"gateway/gateway.db":            Database,
		"gateway/gateway.db-wal":        LeftOut,
		"gateway/readmodel.db-shm":      LeftOut,
		"gateway/master-key":            MasterKeys,
		"gateway/evidence.lock":         LeftOut,
		"gateway/evidence/heads/ab/x":   Evidence,
		"gateway/evidence/uploads/a/b":  LeftOut,
		"gateway/evidence/unfinished/X": LeftOut,
		"network/authorities/certificates-local-17010/registrar/fabric-ca-server.db":             Database,
		"network/authorities/certificates-local-17010/fabric-ca-server.db-journal":               LeftOut,
		"network/authorities/certificates-local-17010/registrar/msp/keystore/12_sk":              Copied,
		"network/organisations/Registrar/nodes/registrar-peer1/data/ledgersData/CURRENT":         LedgerData,
		"network/organisations/Registrar/nodes/registrar-peer1/snapshots/completed/registration": LedgerData,
		"network/organisations/Registrar/nodes/registrar-peer1/core.yaml":                        LeftOut,
		"network/organisations/Registrar/nodes/registrar-peer1/tls/key.pem":                      Copied,
		"network/organisations/Registrar/nodes/registrar-peer1/log":                              Unknown,
		"network/chaincode/0123456789abcdef/dengji-chaincode":                                    Shared,
		"network/.write-123":                             LeftOut,
		"gateway/.master-key.ABCDEFGHIJKLMNOPQRSTUVWXYZ": LeftOut,
		"gateway/.profile":                               Unknown,
		"gateway":                                        Unknown,
		"gateway/gateway.db/x":                           Unknown,
		"else.txt":                                       Unknown,
	}
	for name, expected := range cases {
		require.Equal(t, expected, TreatmentOf(name), name)
	}
	for _, item := range Inventory {
		require.NotEmpty(t, item.Why, item.Pattern)
	}
}
