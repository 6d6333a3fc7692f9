// Command certificates serves the certificate authorities of a home folder: it is
// Fabric CA's own server, started from its library. The stock command cannot be
// used beside Fabric 3: the version of its configuration reader that Fabric needs
// writes the keys of lists in lower case, so that the registrar loses its
// attributes (hf.Registrar.Roles becomes hf.registrar.roles) and may register
// nobody. Here they get their names back.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/hyperledger/fabric-ca/lib"
	"github.com/spf13/viper"
)

const configFile = "fabric-ca-server-config.yaml"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: certificates HOME")
		os.Exit(2)
	}
	syscall.Umask(0o077) // the library writes some private keys readable to all
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "certificates:", err)
		os.Exit(1)
	}
}

func serve(home string) error {
	file := filepath.Join(home, configFile)
	config := &lib.ServerConfig{}
	if err := lib.UnmarshalConfig(config, viper.New(), file, true); err != nil {
		return err
	}
	// The other authorities of the server inherit these identities.
	for i := range config.CAcfg.Registry.Identities {
		config.CAcfg.Registry.Identities[i].Attrs = registrarAttributes()
	}
	server := &lib.Server{
		HomeDir: home, Config: config, BlockingStart: true,
		CA: lib.CA{Config: &config.CAcfg, ConfigFilePath: file},
	}
	return server.Start()
}

func registrarAttributes() map[string]string {
	return map[string]string{
		"hf.Registrar.Roles":         "*",
		"hf.Registrar.DelegateRoles": "*",
		"hf.Registrar.Attributes":    "*",
		"hf.Revoker":                 "true",
		"hf.GenCRL":                  "true",
	}
}
