package clamd

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence"
)

// Timeouts that Options leave at zero.
const (
	DefaultIdle    = 30 * time.Second
	DefaultVerdict = 5 * time.Minute
)

const (
	pieceSize = 64 << 10 // bytes sent at a time
	maxReply  = 4 << 10  // bytes
)

// Options say where clamd is.
type Options struct {
	// Network and Address as of net.Dial: "unix" and a socket's path, or "tcp" and
	// host:port. clamd has no encryption: only a socket or the loopback interface is
	// safe. Required.
	Network, Address string
	// Idle bounds each piece's sending; DefaultIdle when zero.
	Idle time.Duration
	// Verdict bounds the wait for the verdict after the last piece; DefaultVerdict
	// when zero.
	Verdict time.Duration
}

// Scanner asks clamd. clamd's StreamMaxLength should be at least the store's largest
// file: a longer one is refused with fault.FileTooLarge. It is safe for concurrent use; each scan has a
// connection of its own.
type Scanner struct{ options Options }

var _ evidence.Scanner = (*Scanner)(nil)

// New makes a Scanner. It does not connect yet.
func New(options Options) *Scanner {
	if options.Idle == 0 {
		options.Idle = DefaultIdle
	}
	if options.Verdict == 0 {
		options.Verdict = DefaultVerdict
	}
	return &Scanner{options: options}
}

// Scan implements evidence.Scanner.
func (s *Scanner) Scan(ctx context.Context, content io.Reader) error {
	connection, err := s.connect(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer connection.Close() //nolint:errcheck // nothing of the verdict hangs on it
	if err := s.send(connection, content); err != nil {
		return err
	}
	reply, err := s.reply(connection)
	if err != nil {
		return unavailable(err)
	}
	return verdict(reply)
}

// Check fails with fault.ScannerUnavailable when clamd does not answer.
func (s *Scanner) Check(ctx context.Context) error {
	connection, err := s.connect(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer connection.Close() //nolint:errcheck // nothing of the answer hangs on it
	if err := s.write(connection, []byte("zPING\x00")); err != nil {
		return unavailable(err)
	}
	reply, err := s.reply(connection)
	if err != nil {
		return unavailable(err)
	}
	if reply != "PONG" {
		return unavailable(fmt.Errorf("clamd: answered %q to PING", reply))
	}
	return nil
}

// connect gives a connection that breaks when the context ends.
func (s *Scanner) connect(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: s.options.Idle}
	connection, err := dialer.DialContext(ctx, s.options.Network, s.options.Address)
	if err != nil {
		return nil, fmt.Errorf("clamd: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	return ending{connection, stop}, nil
}

// ending lets go of the context with the connection.
type ending struct {
	net.Conn
	stop func() bool
}

func (e ending) Close() error {
	e.stop()
	return e.Conn.Close()
}

// send streams the content in clamd's pieces: a length of four bytes, big-endian,
// and as many bytes; a length of zero ends it. An error of the content itself is
// given as it is. When clamd stops listening its reply says why.
func (s *Scanner) send(connection net.Conn, content io.Reader) error {
	if err := s.write(connection, []byte("zINSTREAM\x00")); err != nil {
		return unavailable(err)
	}
	piece := make([]byte, 4+pieceSize)
	for {
		n, readError := io.ReadFull(content, piece[4:])
		ended := errors.Is(readError, io.EOF) || errors.Is(readError, io.ErrUnexpectedEOF)
		if readError != nil && !ended {
			return fmt.Errorf("clamd: read content: %w", readError)
		}
		if err := s.sendPiece(connection, piece[:4+n], ended); err != nil {
			return s.refusal(connection, err)
		}
		if ended {
			return nil
		}
	}
}

// sendPiece sends a piece, whose length it fills in, and after the last one the end.
func (s *Scanner) sendPiece(connection net.Conn, piece []byte, last bool) error {
	if len(piece) > 4 {
		binary.BigEndian.PutUint32(piece, uint32(len(piece)-4)) //nolint:gosec // at most pieceSize
		if err := s.write(connection, piece); err != nil {
			return err
		}
	}
	if last {
		return s.write(connection, make([]byte, 4))
	}
	return nil
}

// refusal gives what clamd said before it stopped listening.
func (s *Scanner) refusal(connection net.Conn, cause error) error {
	reply, err := s.reply(connection)
	if err != nil {
		return unavailable(cause)
	}
	if err := verdict(reply); err != nil {
		return err
	}
	return unavailable(fmt.Errorf("clamd: called the file clean before it had all of it: %w", cause))
}

func (s *Scanner) write(connection net.Conn, content []byte) error {
	if err := connection.SetWriteDeadline(time.Now().Add(s.options.Idle)); err != nil {
		return fmt.Errorf("clamd: %w", err)
	}
	if _, err := connection.Write(content); err != nil {
		return fmt.Errorf("clamd: %w", err)
	}
	return nil
}

// reply reads to the zero byte that ends a reply.
func (s *Scanner) reply(connection net.Conn) (string, error) {
	if err := connection.SetReadDeadline(time.Now().Add(s.options.Verdict)); err != nil {
		return "", fmt.Errorf("clamd: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(connection, maxReply))
	reply, _, whole := strings.Cut(string(text), "\x00")
	if whole {
		return reply, nil
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return "", fmt.Errorf("clamd: reply: %w", err)
}

func verdict(reply string) error {
	switch found, malware := strings.CutSuffix(reply, " FOUND"); {
	case malware:
		return fault.New(fault.MalwareFound, fault.Value("signature", strings.TrimPrefix(found, "stream: ")))
	case reply == "stream: OK":
		return nil
	case strings.HasPrefix(reply, "INSTREAM size limit exceeded"):
		return fault.New(fault.FileTooLarge, fault.Cause(errors.New("clamd: StreamMaxLength is smaller than the file")))
	default:
		return unavailable(fmt.Errorf("clamd: answered %q", reply))
	}
}

func unavailable(cause error) error {
	return fault.New(fault.ScannerUnavailable, fault.Cause(cause))
}
