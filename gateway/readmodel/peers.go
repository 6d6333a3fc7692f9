package readmodel

import (
	"errors"

	"dengji/gateway/ledgerclient"
	"dengji/network/profile"
)

// Peers opens a source for every peer of a connection profile, in its order, each
// with a connection of its own, so that the feed can leave one peer for another.
// No peer has to answer yet. The identity only reads. Close the sources with the
// function that is returned.
func Peers(connection profile.Connection, as ledgerclient.Identity) ([]Source, func() error, error) {
	var sources []Source
	var clients []*ledgerclient.Client
	closeAll := func() error {
		var failures []error
		for _, opened := range clients {
			failures = append(failures, opened.Close())
		}
		return errors.Join(failures...)
	}
	for _, peer := range connection.Peers {
		alone := connection
		alone.Peers = []profile.Peer{peer}
		opened, err := ledgerclient.Open(alone, ledgerclient.Options{})
		if err != nil {
			return nil, nil, errors.Join(err, closeAll())
		}
		clients = append(clients, opened)
		network, err := opened.Network(as)
		if err != nil {
			return nil, nil, errors.Join(err, closeAll())
		}
		sources = append(sources, FromNetwork(network))
	}
	return sources, closeAll, nil
}
