package service

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/certification"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/invitation"
	"dengji/gateway/revocation"
	"dengji/network/profile"
)

// authorities are the certificate authorities whose officers the settings name.
func (s Settings) authorities() (*certification.Authorities, error) {
	files := s.Officers
	if own := filepath.Join(s.Home, profile.OfficersFile); len(files) == 0 {
		if _, err := os.Stat(own); errors.Is(err, fs.ErrNotExist) {
			return certification.Open(nil)
		}
		files = []string{own}
	}
	var officers []profile.Officer
	for _, file := range files {
		read, err := profile.ReadOfficers(file)
		if err != nil {
			return nil, err
		}
		officers = append(officers, read...)
	}
	return certification.Open(officers)
}

// openInvitations makes what makes accounts and ends them for good.
func (s *Service) openInvitations(accounts *account.Directory, sealer sealing.Sealer, mode ledger.Mode) (err error) {
	if s.authorities, err = s.settings.authorities(); err != nil {
		return err
	}
	sender, err := s.settings.Mail.sender(mode)
	if err != nil {
		return err
	}
	options := invitation.Options{Database: s.database, Accounts: accounts, Sealer: sealer, Authorities: s.authorities,
		Public: s.settings.Public, Clock: time.Now, Log: s.log}
	if sender != nil {
		options.Sender = sender
	}
	s.invitations = invitation.NewDesk(options)
	kept := []string{s.settings.ServiceName, s.settings.ExpiryAccount, s.settings.IntakeAccount, s.settings.National.Account}
	if mode == ledger.ModeSandbox {
		kept = append(kept, DefaultExpiry, DefaultIntake)
	}
	s.revocations = &revocation.Desk{Accounts: accounts, Authorities: s.authorities, Log: s.log,
		Kept: slices.DeleteFunc(kept, func(name string) bool { return name == "" })}
	return nil
}
