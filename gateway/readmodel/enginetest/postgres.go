package enginetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// stop ends the server; nil while none runs.
var stop func()

// start brings a server up in a temporary folder, as a user without rights, since
// PostgreSQL refuses to run as root.
func start() (string, error) {
	if dsn := os.Getenv(ServerVariable); dsn != "" {
		return dsn, nil
	}
	programs, err := findPrograms()
	if err != nil {
		return "", err
	}
	account, err := unprivileged()
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "dengji-pg-")
	if err != nil {
		return "", err
	}
	if account != nil {
		if err := os.Chown(folder, int(account.Uid), int(account.Gid)); err != nil {
			return "", err
		}
	}
	return serve(programs, folder, account)
}

func findPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("initdb is not installed")
	}
	return filepath.Dir(slices.Max(found)), nil
}

// unprivileged gives the account to run as, nil for our own.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
	}
	return nil, errors.New("no account without rights to run it as")
}

func serve(programs, folder string, account *syscall.Credential) (string, error) {
	data := filepath.Join(folder, "data")
	// The locale orders text otherwise than by bytes, as a city's server may.
	initialise := command(filepath.Join(programs, "initdb"), folder, account, "-D", data, "-U", "dengji", "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=zh", "--no-sync")
	if output, err := initialise.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, output)
	}
	postgres := command(filepath.Join(programs, "postgres"), folder, account, "-D", data, "-k", folder, "-h", "", "-F")
	started := make(chan error)
	ended := make(chan struct{})
	go func() {
		runtime.LockOSThread() // the server is told of the death of the thread that started it
		started <- postgres.Start()
		_ = postgres.Wait()
		close(ended)
	}()
	if err := <-started; err != nil {
		return "", fmt.Errorf("postgres: %w", err)
	}
	stop = func() {
		_ = postgres.Process.Signal(syscall.SIGINT)
		<-ended
		_ = os.RemoveAll(folder)
	}
	dsn := "postgres://dengji@/postgres?host=" + folder
	return dsn, await(dsn, ended)
}

func command(program, folder string, account *syscall.Credential, arguments ...string) *exec.Cmd {
	made := exec.CommandContext(context.Background(), program, arguments...)
	made.Dir = folder
	made.SysProcAttr = &syscall.SysProcAttr{Credential: account, Pdeathsig: syscall.SIGINT}
	return made
}

// await returns when the server answers.
func await(dsn string, ended <-chan struct{}) error {
	database, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer func() { _ = database.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		err := database.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("the server ended: %w", err)
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
