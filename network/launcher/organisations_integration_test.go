//go:build integration

package launcher_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/demo"
	"dengji/network/authority"
	"dengji/network/channel"
	"dengji/network/launcher"
	"dengji/network/launcher/launchertest"
	"dengji/network/profile"
	"dengji/network/topology"
)

// keepers are the organisations that keep their own keys.
var keepers = []string{"Authority", "Registrar", "Districts", "Supervisors"}

func TestFourOrganisationsFoundANetworkWithoutSharingAKey(t *testing.T) {
	ctx := context.Background()
	homes := foundHomes(t)
	open := func(keeper string) *launcher.Network {
		network, err := launcher.OpenExisting(homes[keeper])
		require.NoError(t, err)
		return network
	}
	exchange(t, homes, open)
	block := agree(t, open)

	t.Run("a block that one organisation changed is refused by the others", func(t *testing.T) {
		forged := bytes.Replace(block, []byte("OutOf"), []byte("outof"), 1)
		if bytes.Equal(forged, block) { // policies are stored parsed: change a host instead
			forged = bytes.Replace(block, []byte("127.0.1.2"), []byte("127.0.1.9"), 1)
		}
		_, err := open("Districts").SignGenesis(ctx, forged)
		require.ErrorIs(t, err, channel.ErrDifferentGenesis)
	})

	for _, keeper := range keepers {
		require.NoError(t, open(keeper).Up(ctx))
	}
	t.Run("a chaincode that not all have approved cannot be committed", func(t *testing.T) {
		require.NoError(t, open("Registrar").Approve(ctx, false))
		require.ErrorIs(t, open("Registrar").Commit(ctx), launcher.ErrNotApproved)
	})
	for _, keeper := range keepers {
		require.NoError(t, open(keeper).Approve(ctx, false))
	}
	require.NoError(t, open("Registrar").Commit(ctx))

	_, err := open("Authority").AddIdentity(ctx, "Authority", topology.Account{Name: "officer", Role: ledger.RoleAuthority, Division: "110000", Office: "市数据管理部门"})
	require.NoError(t, err)
	operator, err := open("Registrar").AddIdentity(ctx, "Registrar", topology.Account{Name: "operator", Role: ledger.RoleOperator, Office: "登记平台运维岗"})
	require.NoError(t, err)
	require.NoError(t, open("Authority").Initialize(ctx))
	require.NoError(t, open("Registrar").Heartbeat(ctx), "a transaction commits")

	own := ownProgram(t, homes["Registrar"].Home, operator)
	for name, offset := range map[string]time.Duration{"early": -10 * time.Minute, "late": 10 * time.Minute} {
		t.Run("a transaction whose time is ten minutes "+name+" is refused", func(t *testing.T) {
			proposal, err := contractOf(own).NewProposal(ledger.TxHeartbeat, client.WithArguments("{}"))
			require.NoError(t, err)
			_, err = launchertest.WithTimestamp(t, own, proposal, time.Now().Add(offset)).Endorse()
			require.Equal(t, fault.ClockSkew, launchertest.EndorseFault(t, err).Code)
			_, err = launchertest.WithTimestamp(t, own, proposal, time.Now()).Endorse()
			require.NoError(t, err)
		})
	}
	t.Run("the clock of a production network cannot be advanced", func(t *testing.T) {
		_, err := contractOf(own).SubmitTransaction(ledger.TxAdvanceClock, `{"seconds":60}`)
		require.Equal(t, fault.NotASandbox, launchertest.EndorseFault(t, err).Code)
	})

	t.Run("no home holds another's private key", func(t *testing.T) {
		owners := map[[32]byte]string{}
		for _, keeper := range keepers {
			for path, key := range privateKeys(t, homes[keeper].Home) {
				other, taken := owners[key]
				require.False(t, taken && other != keeper, "%s is also in the home of %s", path, other)
				owners[key] = keeper
			}
		}
		require.Greater(t, len(owners), 4*len(keepers))
	})
	t.Run("a production home holds no demo accounts", func(t *testing.T) {
		for _, keeper := range keepers {
			require.NoFileExists(t, filepath.Join(homes[keeper].Home, "demo-accounts.json"))
		}
	})
	t.Run("after a stop of everything each organisation comes back by itself", func(t *testing.T) {
		for _, keeper := range keepers {
			require.NoError(t, open(keeper).Down(ctx))
		}
		for _, keeper := range keepers {
			require.NoError(t, open(keeper).Up(ctx))
		}
		require.NoError(t, open("Registrar").Heartbeat(ctx))
	})
}

// ownProgram connects an identity of a home to the first peer of its profile.
func ownProgram(t *testing.T, home, identity string) *client.Gateway {
	t.Helper()
	connection, err := profile.ReadConnection(home)
	require.NoError(t, err)
	own, err := demo.DialPeer(connection.Peers[0], profile.Account{MSP: ledger.RegistrarMSP,
		Certificate: filepath.Join(identity, authority.CertificateFile), Key: filepath.Join(identity, authority.KeyFile)})
	require.NoError(t, err)
	t.Cleanup(own.Close)
	return own.Gateway
}

func contractOf(own *client.Gateway) *client.Contract {
	return own.GetNetwork(ledger.Channel).GetContract(ledger.ChaincodeName)
}

// foundHomes gives every organisation a home of its own.
func foundHomes(t *testing.T) map[string]launcher.Options {
	t.Helper()
	program, base := launchertest.Chaincode(t), launchertest.PortBase(t)
	homes := map[string]launcher.Options{}
	for _, keeper := range keepers {
		home := launchertest.Home(t)
		t.Cleanup(func() { launchertest.TakeDown(t, home) })
		homes[keeper] = launcher.Options{Home: home, Organisation: keeper, ChaincodeBinary: program}
		creating := homes[keeper]
		creating.Topology, creating.PortBase = "four-hosts", base
		network, err := launcher.Open(creating)
		require.NoError(t, err)
		require.NoError(t, network.InitOrganisation(context.Background()))
	}
	return homes
}

// exchange gives every organisation the public material of all.
func exchange(t *testing.T, homes map[string]launcher.Options, open func(string) *launcher.Network) {
	t.Helper()
	for _, from := range keepers {
		signed, err := open(from).Export()
		require.NoError(t, err)
		require.NotContains(t, string(signed.Payload), "PRIVATE KEY")
		for to := range homes {
			_, err := open(to).Import(signed)
			require.NoError(t, err)
		}
	}
}

// agree makes a genesis block and has every organisation consent to it.
func agree(t *testing.T, open func(string) *launcher.Network) []byte {
	t.Helper()
	ctx := context.Background()
	block, err := open("Authority").CreateGenesis(ctx)
	require.NoError(t, err)
	var consents []channel.Signed
	for _, keeper := range keepers {
		consent, err := open(keeper).SignGenesis(ctx, block)
		require.NoError(t, err)
		consents = append(consents, consent)
	}
	require.ErrorContains(t, open("Registrar").AcceptGenesis(ctx, block, consents[:3]), "the consent of Supervisors is missing")
	for _, keeper := range keepers {
		require.NoError(t, open(keeper).AcceptGenesis(ctx, block, consents))
	}
	return block
}

// privateKeys finds every private key of a home, whatever its file is called.
func privateKeys(t *testing.T, home string) map[string][32]byte {
	t.Helper()
	found := map[string][32]byte{}
	require.NoError(t, filepath.WalkDir(home, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.Contains(string(content), "PRIVATE KEY") && !strings.HasSuffix(path, "dengji-chaincode") {
			info, err := entry.Info()
			if err != nil {
				return err
			}
			if info.Mode().Perm()&0o077 != 0 {
				return fmt.Errorf("%s has mode %s", path, info.Mode())
			}
			found[path] = sha256.Sum256(content)
		}
		return nil
	}))
	require.NotEmpty(t, found)
	return found
}
