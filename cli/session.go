package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"dengji/gateway/client"
	"dengji/network/layout"
)

// DefaultGateway is where a sandbox on this machine answers.
const DefaultGateway = "http://127.0.0.1:8080"

// PasswordVariable may hold the password of a login that nobody types.
const PasswordVariable = "DENGJI_PASSWORD"

// session is what a login leaves behind.
type session struct {
	Gateway string    `json:"gateway"`
	Token   string    `json:"token"`
	Account string    `json:"account"`
	USCC    string    `json:"uscc,omitempty"`
	Expires time.Time `json:"expires"`
}

func (t *tool) sessionFile() (string, error) {
	if t.home == "" {
		folder, err := os.UserConfigDir()
		if err != nil {
			return "", fmt.Errorf("cli: folder of the session: %w", err)
		}
		t.home = filepath.Join(folder, "dengji")
	}
	return filepath.Join(t.home, "session.json"), nil
}

func (t *tool) session() (session, error) {
	var kept session
	path, err := t.sessionFile()
	if err != nil {
		return kept, err
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return kept, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &kept)
	}
	if err != nil {
		return kept, fmt.Errorf("cli: session: %w", err)
	}
	return kept, nil
}

// connect gives a client of the session; login says that it needs one.
func (t *tool) connect(login bool) (*client.Client, session, error) {
	kept, err := t.session()
	if err != nil {
		return nil, kept, err
	}
	if t.gateway != "" && t.gateway != kept.Gateway {
		kept = session{Gateway: t.gateway}
	}
	if kept.Gateway == "" {
		kept.Gateway = DefaultGateway
	}
	guest := client.New(kept.Gateway)
	if kept.Token == "" || time.Now().After(kept.Expires) {
		if login {
			return nil, kept, wrongInput("not logged in to %s: run dengji-client login ACCOUNT", kept.Gateway)
		}
		return guest, kept, nil
	}
	return guest.As(kept.Token), kept, nil
}

func (t *tool) loginCommand() *cobra.Command {
	return &cobra.Command{
		Use: "login ACCOUNT", Short: "Log in; the password is typed, or read from standard input or $" + PasswordVariable, Args: exactly(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			if t.gateway == "" {
				t.gateway = DefaultGateway
			}
			if err := encrypted(t.gateway); err != nil {
				return err
			}
			password, err := t.password()
			if err != nil {
				return err
			}
			opened, err := client.New(t.gateway).OpenSession(command.Context(), arguments[0], password)
			if err != nil {
				return err
			}
			kept := session{Gateway: t.gateway, Token: opened.Token, Account: opened.Account.Account, USCC: opened.Account.Actor.USCC, Expires: opened.Expires}
			if err := t.keep(kept); err != nil {
				return err
			}
			fmt.Fprintf(t.log, "logged in to %s as %s (%s) until %s\n", kept.Gateway, kept.Account, opened.Account.Actor.Role, kept.Expires.Local().Format("15:04"))
			return nil
		},
	}
}

// encrypted refuses to send a password over plain HTTP to another machine.
func encrypted(address string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return wrongInput("--gateway %q is no address", address)
	}
	host := net.ParseIP(parsed.Hostname())
	if parsed.Scheme != "https" && parsed.Hostname() != "localhost" && (host == nil || !host.IsLoopback()) {
		return wrongInput("--gateway %q: passwords go over https alone, or to this machine", address)
	}
	return nil
}

func (t *tool) password() (string, error) {
	if password := os.Getenv(PasswordVariable); password != "" {
		return password, nil
	}
	if file, ok := t.in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		fmt.Fprint(t.log, "password: ")
		typed, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(t.log)
		if err != nil {
			return "", fmt.Errorf("cli: password: %w", err)
		}
		return string(typed), nil
	}
	line, err := bufio.NewReader(io.LimitReader(t.in, 1<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("cli: password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func (t *tool) keep(kept session) error {
	path, err := t.sessionFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("cli: session: %w", err)
	}
	content, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("cli: session: %w", err)
	}
	return layout.Write(path, content, 0o600)
}

func (t *tool) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use: "logout", Short: "End the session", Args: exactly(0),
		RunE: func(command *cobra.Command, _ []string) error {
			connected, kept, err := t.connect(false)
			if err != nil {
				return err
			}
			path, err := t.sessionFile()
			if err != nil {
				return err
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("cli: session: %w", err)
			}
			if kept.Token == "" {
				return nil
			}
			return connected.Logout(command.Context())
		},
	}
}

// isUnreachable reports a failure below the interface: no connection, or none that
// lasted.
func isUnreachable(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}
