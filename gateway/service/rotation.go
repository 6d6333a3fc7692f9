package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"dengji/gateway/evidence/sealing"
	"dengji/gateway/rotation"
)

// Errors of "dengji gateway rotate-key".
var (
	// ErrRotating: another process rotates the master key of the same state folder.
	ErrRotating = errors.New("the master key is being rotated by another process")
	// ErrUnreadable: something cannot be opened, so that no key may be retired.
	ErrUnreadable = errors.New("secrets cannot be opened; keep all older master keys")
)

// rotateCommand gives "dengji gateway rotate-key", which works beside a running
// gateway.
func rotateCommand(settings *Settings) *cobra.Command {
	return &cobra.Command{
		Use:   "rotate-key",
		Short: "Seal everything under a new master key, or go on with a rotation that was broken off",
		Long: "Adds a fresh master key to the key file and seals all data keys and secrets under it; contents are\n" +
			"not rewritten. What an earlier rotation left to do is done instead, and no key is added. A running\n" +
			"gateway of the same state folder takes the new key up by itself. Keys that come from " + MasterKeyVariable + "\n" +
			"are not added: give the new one there, start the gateways anew, then run this.",
		Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			return rotateKey(command.Context(), *settings, command.OutOrStdout())
		},
	}
}

func rotateKey(ctx context.Context, settings Settings, out io.Writer) (err error) {
	state, err := openBeside(ctx, settings)
	if err != nil {
		return err
	}
	s := &Service{settings: state.settings, database: state.database}
	defer func() { err = errors.Join(err, s.Close()) }()
	end, err := alone(filepath.Join(s.settings.folder(), "rotation.lock"))
	if err != nil {
		return err
	}
	defer end()
	if s.depot, err = s.evidence(state.sealer); err != nil {
		return err
	}
	job := rotation.Job{Store: s.depot.Store, Uploads: s.depot.Uploads, Database: s.database, Sealer: state.sealer}
	return s.settings.rotate(ctx, job, out)
}

// rotate finishes what was broken off; where there is nothing of that, it begins
// anew with a fresh key.
func (s Settings) rotate(ctx context.Context, job rotation.Job, out io.Writer) error {
	summary, err := job.Run(ctx)
	if err != nil {
		return err
	}
	fresh := summary.Files+summary.Secrets == 0 && os.Getenv(MasterKeyVariable) == ""
	if fresh {
		if err := sealing.AddKey(s.MasterKey); err != nil {
			return err
		}
		if summary, err = job.Run(ctx); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "master key added: %t\nsealed anew: %d files, %d secrets\nstill under older keys: %d unfinished uploads, %d unreadable\n",
		fresh, summary.Files, summary.Secrets, summary.Uploads, summary.Damaged)
	if err != nil {
		return fmt.Errorf("service: report: %w", err)
	}
	if summary.Damaged > 0 { // "dengji gateway inspect" says whose files these are
		return fmt.Errorf("%w: %d", ErrUnreadable, summary.Damaged)
	}
	return nil
}

// alone takes a lock that ends with the process.
func alone(path string) (end func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("service: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil { //nolint:gosec // a descriptor fits an int
		_ = file.Close()
		return nil, ErrRotating
	}
	return func() { _ = file.Close() }, nil
}
