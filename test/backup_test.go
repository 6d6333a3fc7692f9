//go:build integration

package test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/backup"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/network/launcher"
	"dengji/verify"
)

// backups is a folder of backups with the keys of who keeps them.
type backups struct {
	*platform
	place, identity, recipient, masterKey string
}

func (p *platform) backups(t *testing.T) backups {
	t.Helper()
	keys := t.TempDir()
	b := backups{p, t.TempDir(), filepath.Join(keys, "identity"), "", filepath.Join(keys, "master-key")}
	output, err := p.run("backup", "key", b.identity)
	require.NoError(t, err)
	b.recipient = strings.TrimSpace(output)
	masterKeys, err := os.ReadFile(filepath.Join(p.home, "gateway", "master-key"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(b.masterKey, masterKeys, 0o600))
	return b
}

// report runs a sub-command of "backup" and reads what it reports.
func report[R any](t *testing.T, b backups, arguments ...string) (report R) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := b.command(ctx, append(append([]string{"backup"}, arguments...), "--folder", b.place, "--json")...)
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	require.NoError(t, err, "%s%s", problems.String(), output)
	require.NoError(t, json.Unmarshal(output, &report))
	return report
}

// evidenceOf reads back a file as its owner.
func (p *platform) evidenceOf(t *testing.T, account, cid string) string {
	t.Helper()
	content, err := p.login(t, account).Read(t.Context(), "/evidence/"+cid+"/content", "")
	require.NoError(t, err)
	return string(content)
}

func TestWhatIsLostWithAWholeMachineComesBackFromItsBackups(t *testing.T) {
	p, err := newPlatform("sandbox", 25000)
	require.NoError(t, err)
	t.Cleanup(p.remove)
	require.NoError(t, p.up())
	require.NoError(t, p.story(t).Catalogue(t.Context()))
	registered := p.register(t)
	const note = "evidence that must not be lost"
	anchored, _, err := p.login(t, "registrant-transport").PutEvidence(t.Context(), ledger.EvidenceOther, false, "note.txt", strings.NewReader(note))
	require.NoError(t, err)
	slip, err := p.login(t, "issuer1").Slip(t.Context(), registered.Code, "json")
	require.NoError(t, err)
	b := p.backups(t)

	t.Run("a snapshot is made while everything runs, and a drill finds nothing", func(t *testing.T) {
		made := report[backup.Report](t, b, "create", "--init", "--recipient", b.recipient)
		require.Empty(t, made.Unknown, "the inventory names every kind of file of a real home")
		require.Equal(t, []string{"master keys of the gateway"}, made.Elsewhere)
		require.Positive(t, made.EvidenceFiles)
		require.Positive(t, made.LedgerTip.Height)
		drilled := report[backup.Drilled](t, b, "drill", "--identity", b.identity, "--master-key", b.masterKey, "--sha256", made.SHA256)
		require.Zero(t, drilled.Findings)
		for _, step := range drilled.Steps {
			require.Positive(t, step.Looked, step.Name)
			require.Empty(t, step.Skipped, step.Name)
			t.Logf("%s: %d, %d bytes, %.2fs", step.Name, step.Looked, step.Bytes, step.Seconds)
		}
		require.Zero(t, report[backup.Report](t, b, "create", "--recipient", b.recipient).NewContents)
	})
	t.Run("a peer writes a snapshot of its ledger", func(t *testing.T) {
		_, err := p.run("network", "snapshot", "request", "districts-peer1")
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			output, err := p.command(t.Context(), "network", "snapshot", "list", "districts-peer1", "--json").Output()
			require.NoError(t, err)
			var all []launcher.LedgerSnapshot
			require.NoError(t, json.Unmarshal(output, &all))
			return len(all) == 1 && all[0].Folder != "" && all[0].Bytes > 0
		}, time.Minute, 200*time.Millisecond)
		_, err = p.run("network", "snapshot", "request", "nobody")
		require.ErrorContains(t, err, "this home keeps no such peer")
	})
	t.Run("ledgers are copied only where no node runs", func(t *testing.T) {
		_, err := p.run("backup", "create", "--folder", b.place, "--recipient", b.recipient, "--ledger")
		require.ErrorContains(t, err, backup.ErrRunning.Error())
	})

	heights := p.heights(t)
	_, err = p.run("down")
	require.NoError(t, err)
	report[backup.Report](t, b, "create", "--recipient", b.recipient, "--ledger")
	require.NoError(t, os.RemoveAll(p.home))

	begun := time.Now()
	_, err = p.run("backup", "restore", "--folder", b.place, "--identity", b.identity, "--ledger")
	require.ErrorContains(t, err, backup.ErrNoMasterKeys.Error())
	report[backup.Restored](t, b, "restore", "--identity", b.identity, "--ledger", "--master-key", b.masterKey)
	t.Logf("restored in %s", time.Since(begun))
	require.NoError(t, p.up())
	t.Logf("restored and serving in %s", time.Since(begun))

	for node, height := range p.heights(t) {
		require.GreaterOrEqual(t, height, heights[node], node)
	}
	require.Equal(t, note, p.evidenceOf(t, "registrant-transport", anchored.CID), "and the old password logs in")
	found, err := p.login(t, "registrant-transport").Registration(t.Context(), registered.Code)
	require.NoError(t, err)
	require.Equal(t, registered, found)
	again, err := p.login(t, "issuer1").Slip(t.Context(), registered.Code, "json")
	require.NoError(t, err)
	require.Equal(t, string(slip), string(again))
	verified, err := client.New(p.base()).VerifySlip(t.Context(), bytes.NewReader(again))
	require.NoError(t, err)
	require.Equal(t, verify.Valid, verified.Verdict)
	_, err = p.run("gateway", "audit")
	require.NoError(t, err)
	p.inspected(t)
	require.NotEmpty(t, p.register(t).Code, "new work goes on")
	report[backup.Report](t, b, "create", "--recipient", b.recipient)
	require.Zero(t, report[backup.Drilled](t, b, "drill", "--identity", b.identity, "--master-key", b.masterKey).Findings, "and so do backups")
}
