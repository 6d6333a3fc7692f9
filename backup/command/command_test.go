package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"dengji/backup"
	"dengji/backup/archive"
	"dengji/backup/command"
	"dengji/gateway/database"
)

var errNoPeer = errors.New("no peer answers")

// place is a home with a folder of backups.
type place struct{ home, folder, identity, recipient string }

func newPlace(t *testing.T) place {
	t.Helper()
	p := place{home: t.TempDir(), folder: t.TempDir(), identity: filepath.Join(t.TempDir(), "identity")}
	opened, err := database.Open(t.Context(), filepath.Join(p.home, "gateway"))
	require.NoError(t, err)
	require.NoError(t, opened.Close())
	output, _, err := p.run(t, "key", p.identity)
	require.NoError(t, err)
	p.recipient = strings.TrimSpace(output)
	return p
}

// run runs a sub-command as from a shell.
func (p place) run(t *testing.T, arguments ...string) (output, problems string, err error) {
	t.Helper()
	made := command.New(func(context.Context, string) (*backup.Tip, error) { return nil, errNoPeer })
	var out, log bytes.Buffer
	made.SetOut(&out)
	made.SetErr(&log)
	made.SetArgs(append(arguments, "--home", p.home, "--folder", p.folder))
	made.SilenceErrors = true
	err = made.ExecuteContext(t.Context())
	return out.String(), log.String(), err
}

func TestFromFirstBackupToRestoreByCommands(t *testing.T) {
	p := newPlace(t)
	_, _, err := p.run(t, "create", "--recipient", p.recipient)
	require.ErrorIs(t, err, backup.ErrNoPlace)
	output, problems, err := p.run(t, "create", "--recipient", p.recipient, "--init")
	require.NoError(t, err)
	require.Contains(t, problems, "no peer says how high the ledger is: no peer answers")
	require.Regexp(t, `(?s)^snapshot \d{8}T\d{6}Z, .*SHA-256 [0-9a-f]{64}\nkeep apart: master keys`, output)
	digest := regexp.MustCompile(`SHA-256 (\w+)`).FindStringSubmatch(output)[1]

	output, _, err = p.run(t, "list", "--json")
	require.NoError(t, err)
	var all []backup.Snapshot
	require.NoError(t, json.Unmarshal([]byte(output), &all))
	require.Len(t, all, 1)
	output, _, err = p.run(t, "list")
	require.NoError(t, err)
	require.Contains(t, output, all[0].ID)

	output, _, err = p.run(t, "verify", "--identity", p.identity, "--sha256", digest)
	require.NoError(t, err)
	require.Contains(t, output, "findings: 0")
	output, _, err = p.run(t, "drill", "--identity", p.identity)
	require.NoError(t, err)
	require.Contains(t, output, "evidence: no evidence in this snapshot")
	output, _, err = p.run(t, "prune", "--keep", "1", "--identity", p.identity)
	require.NoError(t, err)
	require.Equal(t, "removed: 0 snapshots, 0 contents, 0 B\n", output)

	restored := p
	restored.home = filepath.Join(t.TempDir(), "home")
	_, _, err = restored.run(t, "restore", "--identity", p.identity)
	require.ErrorIs(t, err, backup.ErrNoMasterKeys)
	output, _, err = restored.run(t, "restore", "--identity", p.identity, "--without-master-key")
	require.NoError(t, err)
	require.Contains(t, output, "not in the snapshot: master keys of the gateway")
	require.FileExists(t, filepath.Join(restored.home, "gateway/gateway.db"))
	_, _, err = p.run(t, "restore", "--identity", p.identity, "--without-master-key")
	require.ErrorIs(t, err, backup.ErrOccupied)
}

func TestFindingsEndACommandWithAnError(t *testing.T) {
	p := newPlace(t)
	_, _, err := p.run(t, "create", "--recipient", p.recipient, "--init")
	require.NoError(t, err)
	found, err := filepath.Glob(filepath.Join(p.folder, "snapshots", "*.age"))
	require.NoError(t, err)
	require.NoError(t, os.Truncate(found[0], 2000))
	_, _, err = p.run(t, "verify", "--identity", p.identity)
	require.ErrorIs(t, err, archive.ErrDamaged)
	output, _, err := p.run(t, "drill", "--identity", p.identity)
	require.ErrorIs(t, err, backup.ErrDrill)
	require.Contains(t, output, "finding, snapshot and contents: ")
}

func TestBackupsInsideTheHomeAreRefused(t *testing.T) {
	p := newPlace(t)
	p.folder = filepath.Join(p.home, "backups")
	require.NoError(t, os.Mkdir(p.folder, 0o700))
	_, _, err := p.run(t, "create", "--recipient", p.recipient, "--init")
	require.ErrorContains(t, err, "would be lost with it")
}

// written finds the commands of a document.
var written = regexp.MustCompile(`(?m)^dengji backup ([^#\n]+)`)

func TestEveryCommandOfTheDocumentExistsWithItsFlags(t *testing.T) {
	text, err := os.ReadFile("../../docs/backup.md")
	require.NoError(t, err)
	found := written.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(found), 5)
	for _, match := range found {
		words := strings.Fields(match[1])
		leaf, rest, err := command.New(nil).Find(words)
		require.NoError(t, err, match[0])
		require.Equal(t, words[0], leaf.Name())
		leaf.InitDefaultHelpFlag()
		require.NoError(t, leaf.ParseFlags(rest), match[0])
		require.NoError(t, (&cobra.Command{Args: leaf.Args}).ValidateArgs(leaf.Flags().Args()), match[0])
	}
}
