package topology_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/uscc"
	"dengji/fixtures"
	"dengji/network/topologies"
	"dengji/network/topology"
)

func shipped(t require.TestingT, name string) *topology.Topology {
	content, err := topologies.Read(name)
	require.NoError(t, err)
	parsed, err := topology.Parse(content)
	require.NoError(t, err)
	return parsed
}

func TestEveryShippedTopologyIsValid(t *testing.T) {
	require.Equal(t, []string{"four-hosts", "ha", "sandbox"}, topologies.Names())
	for _, name := range topologies.Names() {
		parsed := shipped(t, name)
		require.Equal(t, name, parsed.Name)
		require.Equal(t, ledger.Channel, parsed.Channel)
		require.Equal(t, []string{ledger.AuthorityMSP, ledger.RegistrarMSP, ledger.DistrictsMSP}, parsed.EndorserMSPs())
	}
}

func TestTheHATopologyHasTwoPeersForEachEndorser(t *testing.T) {
	parsed := shipped(t, "ha")
	for _, o := range parsed.Organisations {
		if parsed.Endorses(o.Name) {
			require.Len(t, o.Peers, 2, o.Name)
		}
	}
}

func TestTheRegistrarDoesNotKeepTheRegistrantsKeys(t *testing.T) {
	for _, name := range topologies.Names() {
		registrants, ok := shipped(t, name).Organisation("Registrants")
		require.True(t, ok)
		require.NotEqual(t, "Registrar", registrants.Keeper())
	}
}

func TestDemoAccountsCarryValidCodesAndTheFixturesParties(t *testing.T) {
	byName := map[string]topology.Account{}
	for _, o := range shipped(t, "sandbox").Organisations {
		for _, account := range o.Accounts {
			byName[account.Name] = account
			if account.USCC != "" {
				require.NoError(t, uscc.Check(account.USCC), account.Name)
			}
			require.NotEmpty(t, account.Label.ZH)
			require.NotEmpty(t, account.Label.EN)
		}
	}
	for _, party := range fixtures.Parties {
		account := byName[party.Account]
		require.Equal(t, party.USCC, account.USCC, party.Account)
		require.Equal(t, party.Division, account.Division, party.Account)
		require.Equal(t, party.Office, account.Office, party.Account)
	}
}

func TestParseRefuses(t *testing.T) {
	good, err := topologies.Read("sandbox")
	require.NoError(t, err)
	cases := map[string]struct{ old, new, problem string }{
		"an unknown field":                            {"portBase:", "basePort:", "unknown field \"basePort\""},
		"an unknown mode":                             {"mode: sandbox", "mode: demo", `mode: "demo"; use sandbox or production`},
		"a production network with demo accounts":     {"mode: sandbox", "mode: production", "a production network has no demo accounts"},
		"two nodes on one port":                       {"port: 17030,", "port: 17020,", "port 17020 of host local is taken by authority-orderer"},
		"a port below the base":                       {"port: 17030,", "port: 16000,", "port 16000; use 17000 to 65535"},
		"two nodes of one name":                       {"name: registrar-peer1", "name: authority-peer1", `"authority-peer1" is the name at`},
		"a host that is not declared":                 {"{name: registrar-peer1, host: local", "{name: registrar-peer1, host: mars", `"mars" is not among the hosts`},
		"an address that is none":                     {"address: 127.0.0.1", "address: \"a b\"", "neither an IP address nor a DNS name"},
		"a policy that one organisation can meet":     {"required: 2", "required: 1", "so that no organisation decides alone"},
		"an endorser without peers":                   {"[Authority, Registrar, Districts]", "[Authority, Registrar, Registrants]", `"Registrants" is no organisation with peers`},
		"too few orderers for one to be faulty":       {"      - {name: registrar-orderer, host: local, port: 17030, adminPort: 17031, operationsPort: 17032}\n", "", "3 orderers; at least 4"},
		"a role that belongs to another organisation": {"role: issuer", "role: authority", `"authority" does not belong to RegistrarMSP`},
		"keys kept by an organisation that is not":    {"keptBy: Authority", "keptBy: Nobody", `"Nobody" is no organisation`},
		"a batch timeout that is no time":             {"batchTimeout: 200ms", "batchTimeout: soon", "use 50ms to 10s"},
		"a preferred block above the largest":         {"preferredMaxBytes: 2097152", "preferredMaxBytes: 33554432", "preferredMaxBytes"},
		"an upper-case channel":                       {"channel: registration", "channel: Registration", "use lower-case letters"},
		"a platform without its registrar":            {"  registrar: 北京市大数据中心\n", "", "Art. 22"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, string(good), c.old)
			_, err := topology.Parse([]byte(strings.Replace(string(good), c.old, c.new, 1)))
			require.ErrorContains(t, err, c.problem)
		})
	}
	t.Run("an empty file", func(t *testing.T) {
		_, err := topology.Parse(nil)
		require.ErrorContains(t, err, "empty")
	})
	t.Run("a huge file", func(t *testing.T) {
		_, err := topology.Parse(make([]byte, topology.MaxFileBytes+1))
		require.ErrorContains(t, err, "larger than")
	})
}

func TestShiftMovesEveryPortByTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(topologies.Names()).Draw(t, "topology")
		before, after := shipped(t, name), shipped(t, name)
		base := rapid.IntRange(1024, 60000).Draw(t, "base")
		require.NoError(t, after.Shift(base))
		by := base - before.PortBase
		for i, o := range before.Organisations {
			moved := after.Organisations[i]
			require.Equal(t, o.Authority.Port+by, moved.Authority.Port)
			for j, orderer := range o.Orderers {
				require.Equal(t, orderer.AdminPort+by, moved.Orderers[j].AdminPort)
			}
			for j, peer := range o.Peers {
				require.Equal(t, peer.Port+by, moved.Peers[j].Port)
				require.Equal(t, peer.ChaincodePort != 0, moved.Peers[j].ChaincodePort != 0)
			}
		}
		require.NoError(t, after.Shift(before.PortBase))
		require.Equal(t, before, after)
	})
}

func TestShiftRefusesABaseWhosePortsDoNotFit(t *testing.T) {
	require.ErrorContains(t, shipped(t, "sandbox").Shift(65500), "use 65500 to 65535")
}

func FuzzParseNeverPanics(f *testing.F) {
	for _, name := range topologies.Names() {
		content, err := topologies.Read(name)
		require.NoError(f, err)
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		parsed, err := topology.Parse(content)
		if (parsed == nil) == (err == nil) {
			t.Fatalf("topology %v, error %v", parsed, err)
		}
	})
}
