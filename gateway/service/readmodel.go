package service

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"dengji/gateway/account"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/command"
	"dengji/network/profile"
)

// lists is the read model with the peers that feed it.
type lists struct {
	model      *readmodel.Model
	sources    []readmodel.Source
	disconnect func() error
}

// openLists opens the read model. No peer has to answer yet.
func (s *Service) openLists(ctx context.Context, connection profile.Connection, as ledgerclient.Identity, registry prometheus.Registerer) error {
	model, err := readmodel.Open(ctx, readmodel.DSN(s.settings.folder()), readmodel.Options{Metrics: registry, Log: s.log})
	if err != nil {
		return err
	}
	s.lists.model = model
	s.lists.sources, s.lists.disconnect, err = readmodel.Peers(connection, as)
	return err
}

// feedLists fills the read model until the context ends. What stops it for good is
// logged, counted and shown by /readyz; everything but lists goes on.
func (s *Service) feedLists(ctx context.Context) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.lists.model.Run(ctx, s.lists.sources...) // Run has logged it, and health keeps it
	}()
	return ended
}

func (l lists) close() error {
	var failures []error
	if l.disconnect != nil {
		failures = append(failures, l.disconnect())
	}
	if l.model != nil {
		failures = append(failures, l.model.Close())
	}
	return errors.Join(failures...)
}

// ReadModelCommand gives "dengji readmodel", which works beside a running gateway.
func ReadModelCommand() *cobra.Command {
	var settings Settings
	folder := func() (string, error) {
		completed, err := settings.complete()
		return completed.folder(), err
	}
	made := command.New(folder, func(ctx context.Context) ([]readmodel.Source, func() error, error) {
		return connectPeers(ctx, settings)
	})
	made.PersistentFlags().StringVar(&settings.Home, "home", "", "state folder (default $"+profile.HomeVariable+" or "+profile.DefaultHome+")")
	made.PersistentFlags().StringVar(&settings.MasterKey, "master-key", "", "file of master keys (default <home>/gateway/master-key)")
	made.PersistentFlags().StringVar(&settings.ServiceName, "service-account", DefaultService, "account whose certificate reads the blocks")
	return made
}

// connectPeers opens the peers of the profile in the name of the service account.
func connectPeers(ctx context.Context, settings Settings) (_ []readmodel.Source, _ func() error, err error) {
	state, err := openBeside(ctx, settings)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, state.database.Close()) }()
	accounts, err := account.NewDirectory(ctx, state.database, state.sealer, account.Advised, time.Now)
	if err != nil {
		return nil, nil, err
	}
	own, err := accounts.Find(ctx, state.settings.ServiceName)
	if err != nil {
		return nil, nil, err
	}
	return readmodel.Peers(state.connection, own.Identity)
}
