// Command dengji-chaincode serves the registry's chaincode to one organisation's
// peer, and beside it, where asked to, the no-op chaincode of the measurements.
// All configuration comes from the environment (see config.go); nothing secret is
// logged.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"dengji/chaincode/contract"
	"dengji/chaincode/noop"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "dengji-chaincode:", err)
		os.Exit(1)
	}
}

// run does what the command line says until ctx ends.
func run(ctx context.Context, arguments []string, environment func(string) string, out, log io.Writer) error {
	switch {
	case len(arguments) == 1 && arguments[0] == "version":
		_, err := fmt.Fprintln(out, "dengji-chaincode", version())
		return err
	case len(arguments) > 0:
		return errors.New("usage: dengji-chaincode [version]; configuration comes from the environment")
	}
	configuration, err := readConfiguration(environment)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	registry, err := contract.New(contract.Options{Clock: time.Now, Log: logger})
	if err != nil {
		return err
	}
	services := []service{{configuration.registry, registry}}
	if configuration.noop.id != "" {
		services = append(services, service{configuration.noop, noop.Chaincode{}})
	}
	return serve(ctx, services, configuration.tls, logger)
}

// version names the build: the module's version, or the revision it was built of.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return info.Main.Version
}
