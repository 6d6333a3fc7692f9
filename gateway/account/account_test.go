package account_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/database"
	"dengji/gateway/database/databasetest"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/gatewaytest"
	"dengji/network/profile"
)

type fixture struct {
	*account.Directory
	clock *contracttest.Clock
	home  string
}

func newDirectory(t *testing.T) fixture {
	t.Helper()
	f := fixture{clock: &contracttest.Clock{}, home: t.TempDir()}
	f.clock.Set(contracttest.Start)
	f.Directory = f.reopen(t)
	return f
}

// reopen opens the same database again, as a restarted gateway does.
func (f fixture) reopen(t *testing.T) *account.Directory {
	t.Helper()
	opened := databasetest.Open(t, f.home)
	path := filepath.Join(f.home, "key")
	require.NoError(t, sealing.CreateKeyFile(path))
	ring, err := sealing.LoadKeyFile(path)
	require.NoError(t, err)
	directory, err := account.NewDirectory(t.Context(), opened, ring, account.Advised, f.clock.Now)
	require.NoError(t, err)
	return directory
}

// forgetOrganisations leaves the accounts as a release did that knew none.
func (f fixture) forgetOrganisations(t *testing.T) {
	t.Helper()
	opened, err := database.Open(t.Context(), f.home)
	require.NoError(t, err)
	_, err = opened.ExecContext(t.Context(), `UPDATE accounts SET organisation = NULL`)
	require.NoError(t, err)
	require.NoError(t, opened.Close())
}

func (f fixture) put(t *testing.T, actor ledger.Actor, password string) {
	t.Helper()
	certificate, key := gatewaytest.Credentials(t, actor)
	require.NoError(t, f.Put(t.Context(), actor.ID, ledger.Text{ZH: "甲", EN: "A"}, password, actor.MSP, certificate, key))
}

func TestASessionOutlivesARestartAndEndsWithItsTime(t *testing.T) {
	f := newDirectory(t)
	f.put(t, contracttest.Haidian, "right")
	session, err := f.Login(t.Context(), contracttest.Haidian.ID, "right", "192.0.2.1")
	require.NoError(t, err)
	again := f.reopen(t)
	found, err := again.Authenticate(t.Context(), session.Token)
	require.NoError(t, err)
	require.Equal(t, contracttest.Haidian, found.Actor, "the actor is what the certificate says")
	f.clock.Set(contracttest.Start.Add(account.SessionLife))
	_, err = again.Authenticate(t.Context(), session.Token)
	require.Equal(t, fault.Unauthenticated, fault.CodeOf(err))
}

func TestAPasswordUnderOtherCostsHoldsAndIsHashedAnew(t *testing.T) {
	f := newDirectory(t)
	f.put(t, contracttest.Haidian, "right")
	opened, err := database.Open(t.Context(), f.home)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	hash := func() (stored string) {
		require.NoError(t, opened.QueryRowContext(t.Context(), `SELECT password_hash FROM accounts WHERE name = ?`, contracttest.Haidian.ID).Scan(&stored))
		return stored
	}
	require.Contains(t, hash(), "$m=19456,t=2,p=1$")
	ring, err := sealing.LoadKeyFile(filepath.Join(f.home, "key"))
	require.NoError(t, err)
	costlier, err := account.NewDirectory(t.Context(), opened, ring, account.Costs{MemoryKiB: 32, Passes: 3, Threads: 1}, f.clock.Now)
	require.NoError(t, err)
	_, err = costlier.Login(t.Context(), contracttest.Haidian.ID, "wrong", "192.0.2.1")
	require.Equal(t, fault.LoginFailed, fault.CodeOf(err))
	require.Contains(t, hash(), "$m=19456,t=2,p=1$", "a wrong password changes nothing")
	for range 2 {
		_, err = costlier.Login(t.Context(), contracttest.Haidian.ID, "right", "192.0.2.1")
		require.NoError(t, err)
		require.Contains(t, hash(), "$m=32,t=3,p=1$")
	}
}

func TestANewPasswordEndsTheSessionsOfAnAccount(t *testing.T) {
	f := newDirectory(t)
	f.put(t, contracttest.Haidian, "old")
	session, err := f.Login(t.Context(), contracttest.Haidian.ID, "old", "192.0.2.1")
	require.NoError(t, err)
	f.put(t, contracttest.Haidian, "new")
	_, err = f.Authenticate(t.Context(), session.Token)
	require.Equal(t, fault.Unauthenticated, fault.CodeOf(err))
	_, err = f.Login(t.Context(), contracttest.Haidian.ID, "old", "192.0.2.1")
	require.Equal(t, fault.LoginFailed, fault.CodeOf(err))
}

func TestGuessingPasswordsIsSlowedDownForTheGuesserFirst(t *testing.T) {
	f := newDirectory(t)
	f.put(t, contracttest.Haidian, "right")
	guess := func(address string) fault.Code {
		_, err := f.Login(t.Context(), contracttest.Haidian.ID, "wrong", address)
		return fault.CodeOf(err)
	}
	for range 5 {
		require.Equal(t, fault.LoginFailed, guess("192.0.2.66"))
	}
	require.Equal(t, fault.TooManyAttempts, guess("192.0.2.66"))
	_, err := f.Login(t.Context(), contracttest.Haidian.ID, "right", "192.0.2.66")
	require.Equal(t, fault.TooManyAttempts, fault.CodeOf(err), "not even the right password is told")
	_, err = f.Login(t.Context(), contracttest.Haidian.ID, "right", "192.0.2.1")
	require.NoError(t, err, "the owner at another address is not locked out")
	f.clock.Set(contracttest.Start.Add(time.Minute))
	require.Equal(t, fault.LoginFailed, guess("192.0.2.66"), "a minute later there is another try")
}

func TestWhatCannotBeAnAccountIsRefused(t *testing.T) {
	f := newDirectory(t)
	certificate, key := gatewaytest.Credentials(t, contracttest.Haidian)
	_, otherKey := gatewaytest.Credentials(t, contracttest.Chaoyang)
	cases := map[string]struct {
		name, password, msp string
		certificate, key    []byte
	}{
		"no name":                          {"", "p", ledger.RegistrantsMSP, certificate, key},
		"an over-long name":                {strings.Repeat("n", account.MaxName+1), "p", ledger.RegistrantsMSP, certificate, key},
		"no password":                      {"n", "", ledger.RegistrantsMSP, certificate, key},
		"an over-long password":            {"n", strings.Repeat("p", account.MaxPassword+1), ledger.RegistrantsMSP, certificate, key},
		"a key of another certificate":     {"n", "p", ledger.RegistrantsMSP, certificate, otherKey},
		"a role of another organisation":   {"n", "p", ledger.RegistrarMSP, certificate, key},
		"something that is no certificate": {"n", "p", ledger.RegistrantsMSP, []byte("text"), key},
		"something that is no key":         {"n", "p", ledger.RegistrantsMSP, certificate, []byte("text")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Error(t, f.Put(t.Context(), c.name, ledger.Text{}, c.password, c.msp, c.certificate, c.key))
			_, err := f.Find(t.Context(), c.name)
			require.Equal(t, fault.NotFound, fault.CodeOf(err))
		})
	}
}

func TestDemoAccountsAreImportedOnceAndTheirKeysAreSealed(t *testing.T) {
	f := newDirectory(t)
	folder := t.TempDir()
	certificate, key := gatewaytest.Credentials(t, contracttest.Transport)
	demo := profile.Account{Name: "transport", Password: "demo pass", MSP: ledger.RegistrantsMSP,
		Certificate: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem")}
	require.NoError(t, os.WriteFile(demo.Certificate, certificate, 0o600))
	require.NoError(t, os.WriteFile(demo.Key, key, 0o600))
	require.NoError(t, f.Import(t.Context(), []profile.Account{demo}))
	session, err := f.Login(t.Context(), "transport", "demo pass", "192.0.2.1")
	require.NoError(t, err)
	require.NoError(t, f.Import(t.Context(), []profile.Account{demo}), "a restart imports again")
	_, err = f.Authenticate(t.Context(), session.Token)
	require.NoError(t, err, "and leaves sessions alone")

	stored, err := os.ReadFile(filepath.Join(f.home, database.File))
	require.NoError(t, err)
	log, err := os.ReadFile(filepath.Join(f.home, database.File+"-wal"))
	require.NoError(t, err)
	for _, content := range [][]byte{stored, log} {
		for _, secret := range []string{"PRIVATE KEY", "demo pass", session.Token} {
			require.NotContains(t, string(content), secret)
		}
	}
	info, err := os.Stat(filepath.Join(f.home, database.File))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}
