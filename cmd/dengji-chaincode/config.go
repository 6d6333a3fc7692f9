package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// Environment variables. All are required, except those of the no-op chaincode,
// which are given together or not at all.
const (
	variableID          = "DENGJI_CHAINCODE_ID"            // package id, as the peer knows it
	variableAddress     = "DENGJI_CHAINCODE_ADDRESS"       // host:port to listen on
	variableCertificate = "DENGJI_CHAINCODE_TLS_CERT"      // PEM file
	variableKey         = "DENGJI_CHAINCODE_TLS_KEY"       // PEM file, readable by its owner alone
	variableClientCA    = "DENGJI_CHAINCODE_TLS_CLIENT_CA" // PEM file: who may connect
	variableNoopID      = "DENGJI_NOOP_ID"
	variableNoopAddress = "DENGJI_NOOP_ADDRESS"
)

type configuration struct {
	registry endpoint
	noop     endpoint // zero: not served
	tls      *tls.Config
}

// endpoint is one chaincode's package id and the address that it is served on.
type endpoint struct{ id, address string }

func readConfiguration(environment func(string) string) (configuration, error) {
	for _, name := range []string{variableID, variableAddress, variableCertificate, variableKey, variableClientCA} {
		if environment(name) == "" {
			return configuration{}, fmt.Errorf("%s is not set", name)
		}
	}
	c := configuration{
		registry: endpoint{environment(variableID), environment(variableAddress)},
		noop:     endpoint{environment(variableNoopID), environment(variableNoopAddress)},
	}
	if (c.noop.id == "") != (c.noop.address == "") {
		return configuration{}, fmt.Errorf("%s and %s are set together or not at all", variableNoopID, variableNoopAddress)
	}
	var err error
	c.tls, err = readTLS(environment(variableCertificate), environment(variableKey), environment(variableClientCA))
	return c, err
}

// readTLS makes a server that only peers of the organisation can talk to.
func readTLS(certificateFile, keyFile, clientCAFile string) (*tls.Config, error) {
	info, err := os.Stat(keyFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variableKey, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: the file is open to others than its owner (mode %#o, expected 0600)", variableKey, info.Mode().Perm())
	}
	certificate, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", variableCertificate, variableKey, err)
	}
	authorities, err := os.ReadFile(clientCAFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variableClientCA, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("%s: no certificate in the file", variableClientCA)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    pool,
	}, nil
}
