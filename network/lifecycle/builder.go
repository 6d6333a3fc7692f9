package lifecycle

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"dengji/network/layout"
)

//go:embed builder
var builderFiles embed.FS

// WriteBuilder writes the external builder into a folder.
func WriteBuilder(folder string) error {
	for _, name := range []string{"detect", "build", "release"} {
		content, err := builderFiles.ReadFile("builder/" + name)
		if err != nil {
			return fmt.Errorf("lifecycle: %w", err)
		}
		if err := layout.Write(filepath.Join(folder, "bin", name), content, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// connection is the file from which a peer learns how to reach a chaincode
// process, in Fabric's form.
type connection struct {
	Address            string `json:"address"`
	DialTimeout        string `json:"dial_timeout"`
	TLSRequired        bool   `json:"tls_required"`
	ClientAuthRequired bool   `json:"client_auth_required"`
	ClientKey          string `json:"client_key"`
	ClientCertificate  string `json:"client_cert"`
	RootCertificate    string `json:"root_cert"`
}

// WriteConnection writes a peer's connection file for the chaincode of a label.
// Peer and chaincode process know each other by certificates of the
// organisation's TLS authority.
func WriteConnection(folder, label, address, certificatePath, keyPath, rootPath string) error {
	file := connection{Address: address, DialTimeout: "10s", TLSRequired: true, ClientAuthRequired: true}
	for path, into := range map[string]*string{
		certificatePath: &file.ClientCertificate, keyPath: &file.ClientKey, rootPath: &file.RootCertificate,
	} {
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("lifecycle: %w", err)
		}
		*into = string(content)
	}
	content, err := json.Marshal(file)
	if err != nil {
		return fmt.Errorf("lifecycle: %w", err)
	}
	return layout.Write(filepath.Join(folder, label+".json"), content, 0o600)
}
