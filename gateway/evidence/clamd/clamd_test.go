package clamd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
)

// eicar is the test file that every scanner calls malware; in two parts, so that
// scanners leave this file alone.
var eicar = []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`)

// daemon is a clamd that knows one signature and a length limit.
func daemon(t *testing.T, serve func(net.Conn)) Options {
	t.Helper()
	address := filepath.Join(t.TempDir(), "clamd.sock")
	listener, err := net.Listen("unix", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close() //nolint:errcheck // the test sees what the client sees
				serve(connection)
			}()
		}
	}()
	return Options{Network: "unix", Address: address, Idle: 10 * time.Second, Verdict: 10 * time.Second}
}

const limit = 1 << 20

func honest(connection net.Conn) {
	in := bufio.NewReader(connection)
	command, err := in.ReadString(0)
	if err != nil {
		return
	}
	if command == "zPING\x00" {
		_, _ = io.WriteString(connection, "PONG\x00")
		return
	}
	_, _ = io.WriteString(connection, scan(in)+"\x00")
}

func scan(in io.Reader) string {
	var content bytes.Buffer
	for {
		var length uint32
		if binary.Read(in, binary.BigEndian, &length) != nil {
			return "no length. ERROR"
		}
		if length == 0 {
			break
		}
		if content.Len()+int(length) > limit {
			return "INSTREAM size limit exceeded. ERROR"
		}
		if _, err := io.CopyN(&content, in, int64(length)); err != nil {
			return "cut short. ERROR"
		}
	}
	if bytes.Contains(content.Bytes(), eicar) {
		return "stream: Eicar-Signature FOUND"
	}
	return "stream: OK"
}

func says(reply string) func(net.Conn) {
	return func(connection net.Conn) {
		_, _ = bufio.NewReader(connection).ReadString(0)
		_, _ = io.WriteString(connection, reply)
	}
}

func TestFilesAreStoredOnlyWhenClamdCallsThemClean(t *testing.T) {
	cases := map[string]struct {
		serve   func(net.Conn)
		content []byte
		code    fault.Code
	}{
		"an empty file is clean":                            {honest, nil, ""},
		"a clean file":                                      {honest, []byte("clean"), ""},
		"a clean file of exactly one piece":                 {honest, make([]byte, pieceSize), ""},
		"a clean file of many pieces":                       {honest, make([]byte, 5*pieceSize+1), ""},
		"malware":                                           {honest, eicar, fault.MalwareFound},
		"malware across the edge of two pieces":             {honest, append(make([]byte, pieceSize-20), eicar...), fault.MalwareFound},
		"a file longer than clamd takes":                    {honest, make([]byte, 8*limit), fault.FileTooLarge},
		"a daemon that hangs up":                            {func(net.Conn) {}, make([]byte, limit), fault.ScannerUnavailable},
		"a daemon that hangs up in the middle of its reply": {says("stream: OK"), []byte("x"), fault.ScannerUnavailable},
		"a daemon that answers something else":              {says("stream: OKAY\x00"), []byte("x"), fault.ScannerUnavailable},
		"a daemon that answers nothing":                     {says("\x00"), []byte("x"), fault.ScannerUnavailable},
		"a daemon that calls a long file clean too early":   {says("stream: OK\x00"), make([]byte, 64*limit), fault.ScannerUnavailable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := New(daemon(t, c.serve)).Scan(t.Context(), bytes.NewReader(c.content))
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
		})
	}
}

func TestTheSignatureIsNamed(t *testing.T) {
	err := New(daemon(t, honest)).Scan(t.Context(), bytes.NewReader(eicar))
	require.Equal(t, "Eicar-Signature", fault.Of(err).Values["signature"])
}

func TestAFailingContentIsReportedAsItself(t *testing.T) {
	lost := errors.New("connection lost")
	err := New(daemon(t, honest)).Scan(t.Context(), io.MultiReader(bytes.NewReader(make([]byte, limit/2)), iotest.ErrReader(lost)))
	require.ErrorIs(t, err, lost)
}

func TestADaemonThatIsNotThereIsUnavailable(t *testing.T) {
	scanner := New(Options{Network: "unix", Address: filepath.Join(t.TempDir(), "none")})
	require.Equal(t, fault.ScannerUnavailable, fault.CodeOf(scanner.Scan(t.Context(), bytes.NewReader(nil))))
	require.Equal(t, fault.ScannerUnavailable, fault.CodeOf(scanner.Check(t.Context())))
}

func TestADaemonThatSaysNothingIsGivenUp(t *testing.T) {
	options := daemon(t, func(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) })
	options.Verdict = 10 * time.Millisecond
	require.Equal(t, fault.ScannerUnavailable, fault.CodeOf(New(options).Scan(t.Context(), bytes.NewReader(eicar))))
}

func TestAScanEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	scanner := New(daemon(t, func(connection net.Conn) {
		cancel()
		_, _ = io.Copy(io.Discard, connection)
	}))
	require.Equal(t, fault.ScannerUnavailable, fault.CodeOf(scanner.Scan(ctx, bytes.NewReader(eicar))))
}

func TestCheckDemandsPONG(t *testing.T) {
	require.NoError(t, New(daemon(t, honest)).Check(t.Context()))
	require.Equal(t, fault.ScannerUnavailable, fault.CodeOf(New(daemon(t, says("PANG\x00"))).Check(t.Context())))
}
