// Command dengji-national is a simulated national platform for sandboxes. It keeps
// everything in memory. PUT /faults makes it fail: slowMilliseconds, unavailable,
// duplicate, loseAnswer, wrongSignature, refuse, lateCode.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"dengji/cryptosuite"
	"dengji/fixtures/national"
	"dengji/fixtures/simulation"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var listen, folder, registry string
	made := &cobra.Command{
		Use:           "dengji-national",
		Short:         "Simulate the national platform",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: false,
		RunE: func(command *cobra.Command, _ []string) error {
			handler, err := platform(folder, registry)
			if err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "simulated national platform on http://%s, certificate %s\n", listen, filepath.Join(folder, cryptosuite.ChainFile))
			return simulation.Serve(command.Context(), listen, handler)
		},
	}
	flags := made.Flags()
	flags.StringVar(&listen, "listen", "127.0.0.1:8090", "host:port to listen on")
	flags.StringVar(&folder, "folder", "national", "folder of its signing key, made where it is missing")
	flags.StringVar(&registry, "registry", "", "PEM chain of the registry's exchange certificate")
	_ = made.MarkFlagRequired("registry") // fails only for a flag that does not exist
	return made
}

// platform makes the signing key now and reads the registry's certificate with the
// first request: a sandbox's gateway makes it when it starts, and needs ours then.
func platform(folder, registry string) (http.Handler, error) {
	key, chain, _, err := cryptosuite.CreateSlipAuthority(folder, cryptosuite.Names{Organisation: "模拟国家平台", Root: "Simulated National Root", Signer: "Simulated National Platform"})
	if err != nil {
		return nil, err
	}
	signer, err := cryptosuite.LoadSigner(key, chain)
	if err != nil {
		return nil, err
	}
	var mutex sync.Mutex
	var made *national.Platform
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		if made == nil {
			made, err = connected(signer, registry)
		}
		present, failed := made, err
		mutex.Unlock()
		if failed != nil {
			http.Error(w, failed.Error(), http.StatusServiceUnavailable)
			return
		}
		present.ServeHTTP(w, r)
	}), nil
}

func connected(signer cryptosuite.Signer, registry string) (*national.Platform, error) {
	content, err := os.ReadFile(registry)
	if err != nil {
		return nil, err
	}
	certificates, err := cryptosuite.ParseCertificates(content)
	if err != nil {
		return nil, err
	}
	return national.New(signer, certificates[0].PublicKey), nil
}
