package service

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/gateway/account"
	"dengji/gateway/api"
	"dengji/gateway/national"
	"dengji/gateway/readmodel/queries"
)

// National says how the national platform is reached (Art. 10). Without an Address
// there is none.
type National struct {
	Address     string // https in production
	Certificate string // PEM, the certificate that its answers are signed with
	Key, Chain  string // PEM, of the registry's signatures; a sandbox makes its own
	Account     string // issuer in whose name national codes are recorded; default issuer1 in a sandbox
}

// nationalFolder holds the signer that a sandbox makes for the exchange.
const nationalFolder = "national-authority"

// connectNational makes the exchange, where the settings name a national platform.
func (s *Service) connectNational(ctx context.Context, accounts *account.Directory, mode ledger.Mode, registry prometheus.Registerer) error {
	given := s.settings.National
	if given.Address == "" {
		return nil
	}
	key, err := given.check(mode)
	if err != nil {
		return err
	}
	signer, err := s.settings.nationalSigner(mode)
	if err != nil {
		return err
	}
	issuer, err := duty{"records national codes", ledger.RoleIssuer, given.Account, DefaultExpiry}.delegate(ctx, accounts, mode)
	if err != nil {
		return err
	}
	if issuer == nil {
		return errors.New("service: the national platform takes an issuer's account that records its codes (--national-account)")
	}
	s.national = national.New(national.Options{
		Remote: &national.Remote{Base: given.Address, Client: remoteClient(time.Minute), Signer: signer, Key: key},
		Ledger: s.ledger, Issuer: issuer.Identity, Lists: queries.New(s.lists.model.Store()), Database: s.database, Clock: time.Now, Log: s.log})
	s.national.Observe(registry)
	return nil
}

// check holds the address to https and gives the key of the platform's answers.
func (n National) check(mode ledger.Mode) (crypto.PublicKey, error) {
	if err := checkRemote("the national platform", n.Address, mode); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(n.Certificate)
	if err != nil {
		return nil, fmt.Errorf("service: the national platform's certificate: %w", err)
	}
	certificates, err := cryptosuite.ParseCertificates(content)
	if err != nil {
		return nil, fmt.Errorf("service: the national platform's certificate: %w", err)
	}
	return certificates[0].PublicKey, nil
}

// exchange is what the interface shows of it: nil where none is connected.
func (s *Service) exchange() api.National {
	if s.national == nil {
		return nil
	}
	return s.national
}

// nationalSigner signs what the registry sends to the national platform.
func (s Settings) nationalSigner(mode ledger.Mode) (cryptosuite.Signer, error) {
	if s.National.Key != "" || mode == ledger.ModeProduction {
		if s.National.Key == "" || s.National.Chain == "" {
			return nil, errors.New("service: the key and the certificate chain of the exchange with the national platform go together (--national-key, --national-chain)")
		}
		return cryptosuite.LoadSigner(s.National.Key, s.National.Chain)
	}
	key, chain, _, err := cryptosuite.CreateSlipAuthority(filepath.Join(s.folder(), nationalFolder),
		cryptosuite.Names{Organisation: "沙箱登记机构", Root: "Sandbox Exchange Root", Signer: "Sandbox Exchange Signer"})
	if err != nil {
		return nil, err
	}
	return cryptosuite.LoadSigner(key, chain)
}
