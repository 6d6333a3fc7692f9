package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
)

// Limits of a connection. Sizes and keepalive match the peer's side.
const (
	maxMessageBytes   = 100 << 20
	connectionTimeout = 5 * time.Second
	keepaliveTime     = time.Minute
	keepaliveTimeout  = 20 * time.Second
	stopTimeout       = 3 * time.Second // for the transactions under way
)

// service is one chaincode on one address.
type service struct {
	endpoint
	chaincode shim.Chaincode
}

// serve listens on every address and returns when ctx has ended and everything
// has stopped, or at the first failure.
func serve(ctx context.Context, services []service, security *tls.Config, logger *slog.Logger) error {
	listeners := make([]net.Listener, 0, len(services))
	for _, s := range services {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.address)
		if err != nil {
			closeAll(listeners)
			return fmt.Errorf("listen: %w", err)
		}
		listeners = append(listeners, listener)
	}
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range services {
		server := newServer(s, security)
		group.Go(func() error {
			logger.Info("serving", "chaincode", s.id, "address", listeners[i].Addr().String())
			return server.Serve(listeners[i])
		})
		group.Go(func() error {
			<-ctx.Done()
			stop(server)
			logger.Info("stopped", "chaincode", s.id)
			return nil
		})
	}
	return group.Wait()
}

func newServer(s service, security *tls.Config) *grpc.Server {
	server := grpc.NewServer(
		grpc.Creds(credentials.NewTLS(security)),
		grpc.MaxRecvMsgSize(maxMessageBytes),
		grpc.MaxSendMsgSize(maxMessageBytes),
		grpc.ConnectionTimeout(connectionTimeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: keepaliveTime, PermitWithoutStream: true}),
	)
	peer.RegisterChaincodeServer(server, &shim.ChaincodeServer{CCID: s.id, Address: s.address, CC: s.chaincode})
	return server
}

// stop lets the transactions under way finish. The peer never ends its stream, so
// it is cut after a while.
func stop(server *grpc.Server) {
	cut := time.AfterFunc(stopTimeout, server.Stop)
	defer cut.Stop()
	server.GracefulStop()
}

func closeAll(listeners []net.Listener) {
	for _, listener := range listeners {
		_ = listener.Close() // nothing was served on it yet
	}
}
