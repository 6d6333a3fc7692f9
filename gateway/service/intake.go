package service

import (
	"context"
	"time"

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
	found, err := duty{"objects for people without an account", ledger.RoleIntake, s.settings.IntakeAccount, DefaultIntake}.delegate(ctx, accounts, mode)
	if err != nil || found == nil {
		return err
	}
	s.intake, s.intakeAs = intake.New(s.database, sealer, s.depot.Uploads, time.Now), found
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
