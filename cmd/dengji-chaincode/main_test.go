package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"

	"dengji/chaincode/noop"
)

// authority signs certificates for a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ca"}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{certificate, key}
}

// issue gives a certificate and key in PEM, for a server and a client alike.
func (a authority) issue(t *testing.T) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "node"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &private.PublicKey, a.key)
	require.NoError(t, err)
	encoded, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encoded})
}

func (a authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}

// environment writes the TLS files of a server and gives its variables.
func environment(t *testing.T, a authority) map[string]string {
	t.Helper()
	folder := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	certificate, key := a.issue(t)
	return map[string]string{
		variableID: "dengji_1.0:abc", variableAddress: freeAddress(t),
		variableCertificate: write("cert.pem", certificate), variableKey: write("key.pem", key), variableClientCA: write("ca.pem", a.pem()),
		variableNoopID: "noop_1.0:abc", variableNoopAddress: freeAddress(t),
	}
}

// output is a log that two goroutines may write to.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// started runs the program until the test ends or calls stop; stopping it must give
// no error.
func started(t *testing.T, variables map[string]string) (log *output, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	log = &output{}
	go func() {
		ended <- run(ctx, nil, func(name string) string { return variables[name] }, log, log)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	t.Cleanup(stop)
	return log, stop
}

// connect opens the stream that a peer opens to a chaincode.
func connect(t *testing.T, address string, a authority, asClient bool) (peer.Chaincode_ConnectClient, error) {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	security := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if asClient {
		pair, err := tls.X509KeyPair(a.issue(t))
		require.NoError(t, err)
		security.Certificates = []tls.Certificate{pair}
	}
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(credentials.NewTLS(security)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return peer.NewChaincodeClient(connection).Connect(ctx, grpc.WaitForReady(asClient))
}

func TestAPeerMeetsBothChaincodesUnderTheirPackageIDs(t *testing.T) {
	a := newAuthority(t)
	variables := environment(t, a)
	log, _ := started(t, variables)
	for address, id := range map[string]string{variables[variableAddress]: "dengji_1.0:abc", variables[variableNoopAddress]: "noop_1.0:abc"} {
		stream, err := connect(t, address, a, true)
		require.NoError(t, err)
		first, err := stream.Recv()
		require.NoError(t, err)
		require.Equal(t, peer.ChaincodeMessage_REGISTER, first.GetType())
		var name peer.ChaincodeID
		require.NoError(t, proto.Unmarshal(first.GetPayload(), &name))
		require.Equal(t, id, name.GetName())
	}
	key, err := os.ReadFile(variables[variableKey])
	require.NoError(t, err)
	require.Contains(t, log.String(), `"msg":"serving"`)
	require.NotContains(t, log.String(), string(key[40:60]))
}

func TestAPeerRunsATransaction(t *testing.T) {
	a := newAuthority(t)
	variables := environment(t, a)
	started(t, variables)
	stream, err := connect(t, variables[variableNoopAddress], a, true)
	require.NoError(t, err)
	receive := func(expected peer.ChaincodeMessage_Type) *peer.ChaincodeMessage {
		message, err := stream.Recv()
		require.NoError(t, err)
		require.Equal(t, expected, message.GetType(), "%s", message.GetPayload())
		return message
	}
	receive(peer.ChaincodeMessage_REGISTER)
	require.NoError(t, stream.Send(&peer.ChaincodeMessage{Type: peer.ChaincodeMessage_REGISTERED}))
	require.NoError(t, stream.Send(&peer.ChaincodeMessage{Type: peer.ChaincodeMessage_READY}))
	input, err := proto.Marshal(&peer.ChaincodeInput{Args: [][]byte{[]byte(noop.TxPut), []byte("k"), []byte("v")}})
	require.NoError(t, err)
	require.NoError(t, stream.Send(&peer.ChaincodeMessage{Type: peer.ChaincodeMessage_TRANSACTION, Payload: input, Txid: "1", ChannelId: "c"}))
	put := receive(peer.ChaincodeMessage_PUT_STATE)
	var written peer.PutState
	require.NoError(t, proto.Unmarshal(put.GetPayload(), &written))
	require.Equal(t, "v", string(written.GetValue()))
	require.NoError(t, stream.Send(&peer.ChaincodeMessage{Type: peer.ChaincodeMessage_RESPONSE, Txid: "1", ChannelId: "c"}))
	receive(peer.ChaincodeMessage_COMPLETED)
}

func TestItStopsAlthoughThePeerKeepsItsStream(t *testing.T) {
	a := newAuthority(t)
	variables := environment(t, a)
	log, stop := started(t, variables)
	stream, err := connect(t, variables[variableAddress], a, true)
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)
	stop()
	_, err = stream.Recv()
	require.Error(t, err)
	require.Contains(t, log.String(), `"msg":"stopped"`)
}

func TestACallerWithoutTheOrganisationsCertificateIsNotServed(t *testing.T) {
	a := newAuthority(t)
	variables := environment(t, a)
	started(t, variables)
	stream, err := connect(t, variables[variableAddress], a, true) // it is up
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)
	stream, err = connect(t, variables[variableAddress], a, false)
	if err == nil {
		_, err = stream.Recv()
	}
	require.Error(t, err)
}

func TestABadEnvironmentIsRefusedByTheNameOfTheVariable(t *testing.T) {
	a := newAuthority(t)
	cases := map[string]struct {
		change func(t *testing.T, variables map[string]string)
		names  string
	}{
		"no id":                      {func(_ *testing.T, v map[string]string) { delete(v, variableID) }, variableID},
		"no address":                 {func(_ *testing.T, v map[string]string) { delete(v, variableAddress) }, variableAddress},
		"no client authorities":      {func(_ *testing.T, v map[string]string) { delete(v, variableClientCA) }, variableClientCA},
		"a no-op id without address": {func(_ *testing.T, v map[string]string) { delete(v, variableNoopAddress) }, variableNoopAddress},
		"a key file that is missing": {func(_ *testing.T, v map[string]string) { v[variableKey] += ".none" }, variableKey},
		"a certificate for a key":    {func(t *testing.T, v map[string]string) { v[variableKey] = v[variableCertificate] }, variableKey},
		"a key that others may read": {func(t *testing.T, v map[string]string) { require.NoError(t, os.Chmod(v[variableKey], 0o644)) }, variableKey},
		"authorities of no content": {func(t *testing.T, v map[string]string) {
			require.NoError(t, os.WriteFile(v[variableClientCA], nil, 0o600))
		}, variableClientCA},
		"authorities that are absent": {func(_ *testing.T, v map[string]string) { v[variableClientCA] += ".none" }, variableClientCA},
		"an address that is taken": {func(t *testing.T, v map[string]string) {
			listener, err := net.Listen("tcp", v[variableNoopAddress])
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, listener.Close()) })
		}, "listen"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			variables := environment(t, a)
			c.change(t, variables)
			err := run(context.Background(), nil, func(name string) string { return variables[name] }, &output{}, &output{})
			require.ErrorContains(t, err, c.names)
		})
	}
}

func TestTheCommandLineKnowsOneWord(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"version"}, os.Getenv, &out, &out))
	require.Contains(t, out.String(), "dengji-chaincode ")
	require.Error(t, run(context.Background(), []string{"serve"}, os.Getenv, &out, &out))
}
