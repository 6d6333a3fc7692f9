package lifecycle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
)

// packageType marks packages that the project's own builder takes.
const packageType = "dengji-service"

// Package is a chaincode package: its bytes and the id that Fabric gives them.
type Package struct {
	ID      string
	Label   string
	Content []byte
}

// NewPackage makes the package of a label. The same label gives the same bytes
// everywhere, so every organisation can make the package itself and compare ids.
func NewPackage(label string) (Package, error) {
	code, err := archive(map[string][]byte{"service": []byte(label)}, []string{"service"})
	if err != nil {
		return Package{}, err
	}
	metadata, err := json.Marshal(map[string]string{"label": label, "type": packageType, "path": ""})
	if err != nil {
		return Package{}, fmt.Errorf("lifecycle: %w", err)
	}
	content, err := archive(map[string][]byte{"metadata.json": metadata, "code.tar.gz": code}, []string{"metadata.json", "code.tar.gz"})
	if err != nil {
		return Package{}, err
	}
	id, err := chaincode.PackageID(bytes.NewReader(content))
	if err != nil {
		return Package{}, fmt.Errorf("lifecycle: %w", err)
	}
	return Package{ID: id, Label: label, Content: content}, nil
}

// archive makes a tar.gz without times or owners, files in the given order.
func archive(files map[string][]byte, order []string) ([]byte, error) {
	var out bytes.Buffer
	compressed := gzip.NewWriter(&out)
	writer := tar.NewWriter(compressed)
	for _, name := range order {
		header := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name]))}
		if err := writer.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("lifecycle: %w", err)
		}
		if _, err := writer.Write(files[name]); err != nil {
			return nil, fmt.Errorf("lifecycle: %w", err)
		}
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("lifecycle: %w", err)
	}
	if err := compressed.Close(); err != nil {
		return nil, fmt.Errorf("lifecycle: %w", err)
	}
	return out.Bytes(), nil
}
