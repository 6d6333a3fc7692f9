package service

import (
	"cmp"
	"context"
	"database/sql"
	"dengji/gateway/recurring"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/api"
	"dengji/gateway/attestation"
	"dengji/gateway/audit"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/cataloguesource"
	"dengji/gateway/certification"
	"dengji/gateway/checks"
	"dengji/gateway/database"
	"dengji/gateway/draft"
	"dengji/gateway/evidence/depot"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/expiry"
	"dengji/gateway/inspection"
	"dengji/gateway/intake"
	"dengji/gateway/invitation"
	"dengji/gateway/issuance"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/national"
	"dengji/gateway/notification"
	"dengji/gateway/objector"
	"dengji/gateway/portal"
	"dengji/gateway/revocation"
	"dengji/gateway/shelf"
	"dengji/network/profile"
	"dengji/verify/page"
)

// finishEvery is how often slips that were left half done are gone on with.
const finishEvery = 30 * time.Second

// Timeouts of the HTTP server; a request that carries a file extends them.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
)

// Service is a gateway that is put together and not yet listening.
type Service struct {
	settings Settings
	database *sql.DB
	ledger   *ledgerclient.Client
	desk     *issuance.Desk
	depot    *depot.Depot
	expiry   *expiry.Job // nil: nobody does it
	inspect  *inspection.Job
	national *national.Exchange // nil: no national platform is connected
	watcher  *notification.Watcher
	chain    *cataloguechain.Follower // nil: no catalogue chain is connected
	sources  *cataloguesource.Keeper
	checks   *checks.Monitor
	city     api.Federation // nil: there is none

	authorities *certification.Authorities
	invitations *invitation.Desk
	revocations *revocation.Desk

	lists    lists
	intake   *intake.Desk     // nil: nobody objects without an account
	intakeAs *account.Account // with intake
	handler  http.Handler
	journal  *audit.Journal
	log      *slog.Logger
}

// New puts a gateway together: opens its database and stores, and, in a sandbox,
// takes over the demo accounts. The caller MUST Close it.
func New(ctx context.Context, settings Settings, log *slog.Logger) (*Service, error) {
	settings, err := settings.complete()
	if err != nil {
		return nil, err
	}
	connection, err := profile.ReadConnection(settings.Home)
	if err != nil {
		return nil, fmt.Errorf("service: the network has not been brought up: %w", err)
	}
	if err := settings.encrypted(connection.Mode); err != nil {
		return nil, err
	}
	made := &Service{settings: settings, log: log}
	if err := made.assemble(ctx, connection); err != nil {
		return nil, errors.Join(err, made.Close())
	}
	return made, nil
}

func (s *Service) assemble(ctx context.Context, connection profile.Connection) error {
	registry := newRegistry()
	opened, sealer, err := openState(ctx, s.settings, connection.Mode)
	if err != nil {
		return err
	}
	s.database = opened
	s.journal = audit.Open(opened, s.log)
	accounts, own, err := s.openAccounts(ctx, sealer, connection.Mode)
	if err != nil {
		return err
	}
	if s.ledger, err = ledgerclient.Open(connection, ledgerclient.Options{Metrics: registry}); err != nil {
		return err
	}
	signer, err := s.settings.slipSigner(connection)
	if err != nil {
		return err
	}
	if s.depot, err = s.evidence(sealer); err != nil {
		return err
	}
	clerk := attestation.NewClerk(attestation.Options{Network: s.ledger, Identity: own.Identity, Channel: connection.Channel,
		Chaincode: connection.Chaincode, Signer: signer, Database: opened,
		Published: filepath.Join(s.settings.folder(), "trust.json"), Clock: time.Now})
	s.desk = issuance.NewDesk(issuance.Options{Ledger: s.ledger, Accounts: accounts, Database: opened, Sealer: sealer,
		Attestor: clerk, Signer: signer, Page: s.settings.verificationPage(), Clock: time.Now, Log: s.log})
	if err := s.openLists(ctx, connection, own.Identity, registry); err != nil {
		return err
	}
	if err := s.openJobs(ctx, accounts, sealer, connection.Mode, registry); err != nil {
		return err
	}
	if err := s.openChecks(own, signer, registry); err != nil {
		return err
	}
	server, err := api.New(api.Options{VerifyPage: s.verifyPage(), National: s.exchange(), CatalogueChain: s.catalogueChain(), CatalogueSources: s.sources, Intake: s.intaken(), IntakeAccount: s.intakeAs, Ledger: s.ledger, Accounts: accounts, Guest: own.Identity,
		Evidence: shelf.New(s.depot.Store, opened, sealer, time.Now), Uploads: s.depot.Uploads, Issuer: s.desk, Objectors: objector.NewRegister(opened, sealer, time.Now), Drafts: draft.NewCabinet(opened, sealer, time.Now), Attestor: clerk,
		Audit: s.journal, Checks: s.checks, Notifications: s.watcher.Box, Invitations: s.invitations, Revocations: s.revocations, Federation: s.city, Ready: s.ready(own.Identity), ReadModel: s.lists.model, Registry: registry, Log: s.log, Limits: s.settings.Limits, TrustedProxies: s.settings.Proxies})
	if err != nil {
		return err
	}
	return s.mount(server, connection.Mode)
}

// verifyPage is nil in a program that was built without it, which serves everything
// else.
func (s *Service) verifyPage() http.Handler {
	handler, err := page.Handler()
	if err != nil {
		s.log.Warn("the verification page is not served", "error", err.Error())
		return nil
	}
	return handler
}

// openJobs makes what runs beside the interface, and the way to the unified login.
func (s *Service) openJobs(ctx context.Context, accounts *account.Directory, sealer sealing.Sealer, mode ledger.Mode, registry prometheus.Registerer) (err error) {
	if s.expiry, err = s.expiryJob(ctx, accounts, mode); err != nil {
		return err
	}
	if s.city, err = s.settings.CityLogin.provider(s.settings, sealer, mode); err != nil {
		return err
	}
	if err := errors.Join(s.openInvitations(accounts, sealer, mode), s.openIntake(ctx, accounts, sealer, mode)); err != nil {
		return err
	}
	s.inspect = s.inspectionJob()
	s.inspect.Observe(registry)
	if err := s.openNotifications(accounts, mode, registry); err != nil {
		return err
	}
	if err := s.openCatalogues(accounts, mode, registry); err != nil {
		return err
	}
	return s.connectNational(ctx, accounts, mode, registry)
}

// openAccounts gives the accounts, and the one that reads for guests.
func (s *Service) openAccounts(ctx context.Context, sealer sealing.Sealer, mode ledger.Mode) (*account.Directory, account.Account, error) {
	accounts, err := account.NewDirectory(ctx, s.database, sealer, account.Advised, time.Now)
	if err == nil {
		err = importDemoAccounts(ctx, accounts, s.settings.Home, mode)
	}
	if err != nil {
		return nil, account.Account{}, err
	}
	own, err := accounts.Find(ctx, s.settings.ServiceName)
	if err != nil {
		return nil, own, fmt.Errorf("service: account %q, which reads for guests: %w", s.settings.ServiceName, err)
	}
	return accounts, own, nil
}

// mount puts the portal in front of the interface.
func (s *Service) mount(server http.Handler, mode ledger.Mode) error {
	pages, err := portal.New(portal.Options{API: server, Secure: s.settings.secure(mode), Log: s.log})
	if err != nil {
		return err
	}
	s.handler = portal.Mount(server, s.harvest(), pages)
	return nil
}

// beside is the state folder as a command opens it that works beside a gateway. The
// caller MUST close the database.
type beside struct {
	settings   Settings
	connection profile.Connection
	database   *sql.DB
	sealer     sealing.Sealer
}

func openBeside(ctx context.Context, settings Settings) (beside, error) {
	settings, err := settings.complete()
	if err != nil {
		return beside{}, err
	}
	connection, err := profile.ReadConnection(settings.Home)
	if err != nil {
		return beside{}, err
	}
	opened, sealer, err := openState(ctx, settings, connection.Mode)
	return beside{settings, connection, opened, sealer}, err
}

func openState(ctx context.Context, settings Settings, mode ledger.Mode) (*sql.DB, sealing.Sealer, error) {
	opened, err := database.Open(ctx, settings.folder())
	if err != nil {
		return nil, nil, err
	}
	sealer, err := settings.sealer(mode)
	if err != nil {
		return nil, nil, errors.Join(err, opened.Close())
	}
	return opened, sealer, nil
}

func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector())
	return registry
}

// importDemoAccounts does nothing outside a sandbox, whatever files lie about.
func importDemoAccounts(ctx context.Context, accounts *account.Directory, home string, mode ledger.Mode) error {
	if mode != ledger.ModeSandbox {
		return nil
	}
	demo, err := profile.ReadAccounts(home)
	if err != nil {
		return err
	}
	return accounts.Import(ctx, demo)
}

// evidence opens the store that the environment names; a folder of the gateway's
// own where it names none.
func (s *Service) evidence(sealer sealing.Sealer) (*depot.Depot, error) {
	settings, err := depot.FromEnvironment(filepath.Join(s.settings.folder(), "evidence"))
	if err != nil {
		return nil, err
	}
	settings.Turns = filepath.Join(s.settings.folder(), "evidence.lock")
	return depot.Open(settings, sealer, cmp.Or(s.settings.Limits.Evidence, api.DefaultLimits.Evidence), time.Now)
}

// expiryJob gives the job of Art. 24, in the name of the account that the settings
// name.
func (s *Service) expiryJob(ctx context.Context, accounts *account.Directory, mode ledger.Mode) (*expiry.Job, error) {
	issuer, err := duty{"cancels what has run out", ledger.RoleIssuer, s.settings.ExpiryAccount, DefaultExpiry}.delegate(ctx, accounts, mode)
	if err != nil || issuer == nil {
		return nil, err
	}
	return &expiry.Job{Ledger: s.ledger, Issuer: issuer.Identity, Log: s.log}, nil
}

// ready asks the ledger something small, as the gateway itself, and the evidence
// store whether it can be reached.
func (s *Service) ready(as ledgerclient.Identity) func(context.Context) error {
	return func(ctx context.Context) error {
		return errors.Join(s.answers(as)(ctx), s.depot.Check(ctx))
	}
}

// Handler gives what answers requests.
func (s *Service) Handler() http.Handler { return s.handler }

// Close ends the ledger's channel and closes the database.
func (s *Service) Close() error {
	failures := []error{s.lists.close()}
	if s.ledger != nil {
		failures = append(failures, s.ledger.Close())
	}
	if s.authorities != nil {
		s.authorities.Close()
	}
	if s.journal != nil { // notes down what it has taken
		s.journal.Close()
	}
	if s.database != nil {
		failures = append(failures, s.database.Close())
	}
	return errors.Join(failures...)
}

// Run listens until the context ends, then lets the requests under way finish
// within the grace that the settings give.
func (s *Service) Run(ctx context.Context) error {
	secure, err := s.settings.tls()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.settings.Listen)
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	server := &http.Server{Handler: s.handler, TLSConfig: secure, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)}
	s.log.Info("listening", "address", listener.Addr().String(), "public", s.settings.Public)
	ended := make(chan error, 1)
	go func() { ended <- serve(server, listener, secure != nil) }()
	go s.finishSlips(ctx)
	feeding, stopFeeding := context.WithCancel(ctx)
	fed := s.feedLists(feeding)
	defer func() {
		stopFeeding()
		<-fed
	}()
	go s.depot.Upkeep(ctx, s.log)
	go s.inspect.Run(ctx)
	go s.journal.Upkeep(ctx, s.settings.KeepAudit, time.Now)
	go s.watcher.Run(ctx)
	s.sweepIntake(ctx)
	go s.sources.Run(ctx)
	if s.chain != nil {
		go s.chain.Run(ctx)
	}
	go s.revocations.Run(ctx)
	go s.checks.Run(ctx)
	if s.national != nil {
		go s.national.Run(ctx)
	}
	if s.expiry != nil {
		go s.expiry.Run(ctx)
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	return s.stop(ctx, server, ended)
}

func serve(server *http.Server, listener net.Listener, secure bool) error {
	if secure {
		return server.ServeTLS(listener, "", "")
	}
	return server.Serve(listener)
}

func (s *Service) stop(ctx context.Context, server *http.Server, ended <-chan error) error {
	s.log.Info("stopping", "grace", s.settings.ShutdownGrace.String())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.settings.ShutdownGrace)
	defer cancel()
	err := server.Shutdown(ctx)
	if closed := <-ended; !errors.Is(closed, http.ErrServerClosed) {
		err = errors.Join(err, closed)
	}
	if err != nil {
		return fmt.Errorf("service: stop: %w", err)
	}
	s.log.Info("stopped")
	return nil
}

// finishSlips goes on with what a crash or an unreachable organisation left half
// done, at start and from time to time.
func (s *Service) finishSlips(ctx context.Context) {
	recurring.Run(ctx, finishEvery, s.desk.Finish, func(err error) { s.log.Warn("slips are still to be made", "error", err.Error()) })
}
