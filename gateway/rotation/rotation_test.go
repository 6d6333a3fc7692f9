package rotation_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/database"
	"dengji/gateway/draft"
	"dengji/gateway/evidence/depot"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/objector"
	"dengji/gateway/rotation"
	"dengji/gateway/shelf"
)

func TestEveryColumnOfSealedSecretsIsRotated(t *testing.T) {
	opened, err := database.Open(t.Context(), t.TempDir())
	require.NoError(t, err)
	defer opened.Close()
	known := map[string]bool{}
	for _, column := range rotation.Columns() {
		known[column.Table+"."+column.Column] = true
	}
	rows, err := opened.QueryContext(t.Context(), `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name LIKE 'sealed%'`)
	require.NoError(t, err)
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		found[name] = true
	}
	require.NoError(t, rows.Err())
	require.Equal(t, found, known)
}

// The process that dies is this test's own program, started anew with these.
const (
	dieAtVariable = "DENGJI_TEST_DIE_AT"
	homeVariable  = "DENGJI_TEST_HOME"
)

func TestMain(m *testing.M) {
	at, err := strconv.ParseInt(os.Getenv(dieAtVariable), 10, 64)
	if err != nil {
		os.Exit(m.Run())
	}
	home := os.Getenv(homeVariable)
	sealer, err := sealing.LoadKeyFile(filepath.Join(home, "master-key"))
	if err != nil {
		os.Exit(1)
	}
	if _, err := rotate(context.Background(), home, &dying{Sealer: sealer, left: at}); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// dying kills its process in place of a chosen seal.
type dying struct {
	sealing.Sealer
	left int64
}

func (d *dying) Seal(ctx context.Context, secret []byte, context string) (string, error) {
	if atomic.AddInt64(&d.left, -1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return d.Sealer.Seal(ctx, secret, context)
}

// rotate runs a job on the state of a platform, as another process than its gateway
// does.
func rotate(ctx context.Context, home string, sealer sealing.Sealer) (rotation.Summary, error) {
	opened, err := database.Open(ctx, filepath.Join(home, "gateway"))
	if err != nil {
		return rotation.Summary{}, err
	}
	defer opened.Close()
	kept, err := depot.Open(depot.Settings{Folder: filepath.Join(home, "evidence"), Turns: filepath.Join(home, "evidence.lock")}, sealer, 1<<20, time.Now)
	if err != nil {
		return rotation.Summary{}, err
	}
	return rotation.Job{Store: kept.Store, Uploads: kept.Uploads, Database: opened, Sealer: sealer}.Run(ctx)
}

// requireUsable reads what is sealed, in the running gateway, and stores more.
func requireUsable(t *testing.T, p *gatewaytest.Platform, registration ledger.Registration, stored ledger.Evidence, objected string) {
	t.Helper()
	status, slip := p.Get(contracttest.Haidian, "/registrations/"+registration.Code+"/slip.json")
	require.Equal(t, 200, status, string(slip))
	content, err := p.Depot.Store.Open(t.Context(), stored.CID)
	require.NoError(t, err)
	text, err := io.ReadAll(content)
	require.NoError(t, err)
	require.NoError(t, content.Close())
	require.Equal(t, "stored before the rotation", string(text))
	_, err = p.Accounts.Find(t.Context(), contracttest.Issuer.ID)
	require.NoError(t, err)
	keys, err := sealing.OpenKeyFile(filepath.Join(p.Home, "master-key"))
	require.NoError(t, err)
	name, err := shelf.New(p.Depot.Store, p.Database, keys, time.Now).Name(t.Context(), stored.Owner, stored.CID)
	require.NoError(t, err)
	require.NotEmpty(t, name)
	person, err := objector.NewRegister(p.Database, keys, time.Now).Find(t.Context(), objected)
	require.NoError(t, err)
	require.Equal(t, "张三", person.Name)
}

func TestARotationThatIsKilledAnywhereLeavesEverythingUsableAndGoesOn(t *testing.T) {
	p := gatewaytest.New(t)
	path := filepath.Join(p.Home, "master-key")
	registration := p.Issued()
	stored := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, "stored before the rotation")
	keys, err := sealing.LoadKeyFile(path)
	require.NoError(t, err)
	person, err := objector.NewRegister(p.Database, keys, time.Now).Keep(t.Context(), objector.Objector{Name: "张三", IdentityNumber: "110101199001011234", Statement: "异议"})
	require.NoError(t, err)

	drafted, err := draft.NewCabinet(p.Database, keys, time.Now).Create(t.Context(), contracttest.Haidian.ID, ledger.SubmitRequest{})
	require.NoError(t, err)
	usable := func() {
		requireUsable(t, p, registration, stored, person.IdentityDigest())
		keys, err := sealing.LoadKeyFile(path)
		require.NoError(t, err)
		_, err = draft.NewCabinet(p.Database, keys, time.Now).Find(t.Context(), contracttest.Haidian.ID, drafted.ID)
		require.NoError(t, err)
	}

	require.NoError(t, sealing.AddKey(path))
	killed := 0
	for at := 1; ; at += 3 { // what was sealed anew before stays so: each run comes further
		process := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this test's own program
		process.Env = append(os.Environ(), dieAtVariable+"="+strconv.Itoa(at), homeVariable+"="+p.Home)
		err := process.Run()
		usable()
		if err == nil {
			break
		}
		status, ok := process.ProcessState.Sys().(syscall.WaitStatus)
		require.True(t, ok && status.Signaled() && status.Signal() == syscall.SIGKILL, "%v", err)
		killed++
	}
	require.Greater(t, killed, 3)

	p.Evidence(contracttest.Haidian, ledger.EvidenceOther, "stored after the rotation")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	newest := strings.Fields(string(text))[1]
	alone, err := sealing.ParseKeys(newest)
	require.NoError(t, err)
	summary, err := rotate(t.Context(), p.Home, alone)
	require.NoError(t, err)
	require.Zero(t, summary, "with the newest key alone everything can be opened and nothing is left to do")
	require.NoError(t, os.WriteFile(path, []byte(newest+"\n"), 0o600))
	usable()
}

func TestADamagedSecretIsCountedAndLeftAlone(t *testing.T) {
	p := gatewaytest.New(t)
	stored := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, "whatever")
	_, err := p.Database.ExecContext(t.Context(), `UPDATE evidence_files SET sealed_name = 'damaged' WHERE cid = ?`, stored.CID)
	require.NoError(t, err)
	path := filepath.Join(p.Home, "master-key")
	require.NoError(t, sealing.AddKey(path))
	keys, err := sealing.LoadKeyFile(path)
	require.NoError(t, err)
	summary, err := rotate(t.Context(), p.Home, keys)
	require.NoError(t, err)
	require.Equal(t, rotation.Summary{Files: 1, Secrets: len(contracttest.Everyone), Damaged: 1}, summary)
}

func TestWithoutTheOldKeyNothingIsRotated(t *testing.T) {
	p := gatewaytest.New(t)
	foreign, err := sealing.ParseKeys("000102030405060708090a0b0c0d0e0f")
	require.NoError(t, err)
	summary, err := rotate(t.Context(), p.Home, foreign)
	require.ErrorIs(t, err, sealing.ErrUnknownKey)
	require.Zero(t, summary)
	_, err = p.Accounts.Find(t.Context(), contracttest.Issuer.ID)
	require.NoError(t, err)
}
