package service

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/smx509"
	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/gateway/account"
	"dengji/gateway/audit"
	"dengji/gateway/checks"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/readmodel/queries"
)

// openChecks makes what looks whether everything works, of what this gateway has.
func (s *Service) openChecks(own account.Account, signer cryptosuite.Signer, registry prometheus.Registerer) error {
	certificates, err := s.certificates(own, signer)
	if err != nil {
		return err
	}
	all := []checks.Check{
		checks.OfLedger(s.answers(own.Identity)), checks.OfReadModel(s.lists.model.Health), checks.OfEvidenceStore(s.depot.Store.Check),
		checks.OfEvidence(s.inspect.Last, s.settings.InspectEvery, time.Now), checks.OfAudit(audit.NewWatch(s.database, time.Now)),
		checks.OfCertificates(certificates, time.Now, registry), checks.OfRevocations(s.revocations.Pending, registry),
		checks.OfDisk(s.settings.Home, registry), checks.OfClocks(queries.New(s.lists.model.Store()), time.Now, registry),
	}
	if s.depot.Scans() {
		all = append(all, checks.OfScanner(s.depot.CheckScanner))
	}
	if s.national != nil {
		all = append(all, checks.OfNational(s.national.Backlog))
	}
	if s.chain != nil {
		all = append(all, checks.OfCatalogueChain(s.chain.Status))
	}
	if s.watcher.Post != nil {
		all = append(all, checks.OfMail(s.watcher.Post.Stuck))
	}
	s.checks = checks.New(checks.Options{Checks: all, Announce: s.watcher, Database: s.database, Clock: time.Now, Log: s.log})
	s.checks.Observe(registry)
	return nil
}

// answers asks the ledger something small.
func (s *Service) answers(as ledgerclient.Identity) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.ledger.Evaluate(ctx, as, ledgerclient.Call{Transaction: ledger.TxGetNetwork, Request: struct{}{}})
		return err
	}
}

// certificates are those that this process works with: a renewed one counts from the
// next start on.
func (s *Service) certificates(own account.Account, signer cryptosuite.Signer) ([]checks.Certificate, error) {
	all := []checks.Certificate{checks.CertificateOf("service-account", own.Identity.Certificate)}
	if s.expiry != nil {
		all = append(all, checks.CertificateOf("expiry-account", s.expiry.Issuer.Certificate))
	}
	if s.intakeAs != nil {
		all = append(all, checks.CertificateOf("intake-account", s.intakeAs.Identity.Certificate))
	}
	signers := map[string]cryptosuite.Signer{"slip-signer": signer}
	if s.national != nil {
		all = append(all, checks.CertificateOf("national-account", s.national.Issuer.Certificate))
		signers["national-signer"] = s.national.Remote.Signer
	}
	for name, of := range signers {
		made, err := certificateOf(name, of)
		if err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	for msp, until := range s.authorities.Ends() {
		all = append(all, checks.Certificate{Name: "officer-" + msp, NotAfter: until})
	}
	secure, err := s.settings.tls()
	if err != nil || secure == nil {
		return all, err
	}
	return append(all, checks.CertificateOf("tls", secure.Certificates[0].Leaf)), nil
}

// certificateOf gives the first of a signer's chain to run out.
func certificateOf(name string, of cryptosuite.Signer) (checks.Certificate, error) {
	var chain []*x509.Certificate
	for _, encoded := range of.Certificates() {
		read, err := smx509.ParseCertificate(encoded)
		if err != nil {
			return checks.Certificate{}, fmt.Errorf("service: certificate of %s: %w", name, err)
		}
		chain = append(chain, read.ToX509())
	}
	return checks.CertificateOf(name, chain...), nil
}
