package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/api"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/intake"
	"dengji/gateway/recurring"
)

// openIntake lets people without an account object, in the name of the account that
// the settings name. That account can do nothing else.
func (s *Service) openIntake(ctx context.Context, accounts *account.Directory, sealer sealing.Sealer, mode ledger.Mode) error {
	name := s.settings.IntakeAccount
	asked := name != ""
	if !asked && mode == ledger.ModeSandbox {
		name = DefaultIntake
	}
	if name == "" {
		return nil
	}
	found, err := accounts.Find(ctx, name)
	if !asked && errors.Is(err, fault.New(fault.NotFound)) { // a sandbox without that demo account
		return nil
	}
	if err == nil && found.Actor.Role != ledger.RoleIntake {
		err = fmt.Errorf("its role is %s, not %s", found.Actor.Role, ledger.RoleIntake)
	}
	if err != nil {
		return fmt.Errorf("service: account %q, which objects for people without an account: %w", name, err)
	}
	s.intake, s.intakeAs = intake.New(s.database, sealer, s.depot.Uploads, time.Now), &found
	return nil
}

// intaken is what the interface works with: nil where nobody objects without an
// account.
func (s *Service) intaken() api.Intake {
	if s.intake == nil {
		return nil
	}
	return s.intake
}

// sweepIntake removes from time to time what was uploaded and not handed in.
func (s *Service) sweepIntake(ctx context.Context) {
	if s.intake == nil {
		return
	}
	go recurring.Run(ctx, intake.SweepEvery, s.intake.Sweep, func(err error) { s.log.Warn("uploads that were not handed in", "error", err.Error()) })
}
