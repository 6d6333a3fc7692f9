package node

import (
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"dengji/network/topologies"
	"dengji/network/topology"
)

func TestApplyChangesWhatTheStockFileKnows(t *testing.T) {
	content, err := Apply([]byte("General:\n  Port: 1\n  TLS: {Enabled: false, Key: a}\nOther: x\n"),
		Settings{"General.Port": 2, "General.TLS.Enabled": true})
	require.NoError(t, err)
	var tree map[string]any
	require.NoError(t, yaml.Unmarshal(content, &tree))
	general := tree["General"].(map[string]any)
	require.EqualValues(t, 2, general["Port"])
	require.Equal(t, map[string]any{"Enabled": true, "Key": "a"}, general["TLS"])
	require.Equal(t, "x", tree["Other"])
}

func TestApplyRefuses(t *testing.T) {
	for name, c := range map[string]struct{ stock, setting, problem string }{
		"a setting that the release does not know": {"a: {b: 1}", "a.c", "no setting a.c"},
		"a section that the release does not know": {"a: {b: 1}", "x.b", `no section "x" of x.b`},
		"a setting below a plain value":            {"a: {b: 1}", "a.b.c", `no section "b"`},
		"a stock file that is no YAML":             {"a: [", "a", "stock configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Apply([]byte(c.stock), Settings{c.setting: 1})
			require.ErrorContains(t, err, c.problem)
		})
	}
}

func TestEveryEndpointIsProtected(t *testing.T) {
	content, err := topologies.Read("sandbox")
	require.NoError(t, err)
	parsed, err := topology.Parse(content)
	require.NoError(t, err)
	place := Place{Folder: "/home/node", MSP: "AuthorityMSP", TLSRoot: "/home/root.pem"}
	o := parsed.Organisations[0]

	orderer := Orderer(place, parsed, o.Orderers[0])
	for _, setting := range []string{"General.TLS.Enabled", "Admin.TLS.Enabled", "Admin.TLS.ClientAuthRequired", "Operations.TLS.Enabled"} {
		require.Equal(t, true, orderer[setting], setting)
	}
	require.Equal(t, []string{"/home/root.pem"}, orderer["Admin.TLS.ClientRootCAs"])

	peer := Peer(place, parsed, o.Peers[0], nil, "/home/builder")
	for _, setting := range []string{"peer.tls.enabled", "operations.tls.enabled"} {
		require.Equal(t, true, peer[setting], setting)
	}
	require.Equal(t, "", peer["vm.endpoint"], "no Docker")
	require.Equal(t, []string{"127.0.0.1:17100"}, peer["peer.gossip.bootstrap"], "a lone peer begins with itself")
}
