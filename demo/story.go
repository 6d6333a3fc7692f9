package demo

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/network/profile"
)

// Story is one telling: the narrator, the public API, and the parties who are
// logged in to it.
type Story struct {
	*Narrator
	guest      *client.Client
	home       string
	connection profile.Connection
	accounts   []profile.Account
	mutex      sync.Mutex // guards sessions
	sessions   map[string]*client.Client
	registered []ledger.Registration // of this telling, in force, oldest first
	months     []string              // of ledger time in which something happened, YYYY-MM
	told       ledger.Application    // whose history ends the story
	periods    map[string]ledger.ClockRule
}

// NewStory prepares a telling on the network of a home folder, through the
// gateway at base. A production network is refused: the story needs demo accounts
// and a clock that can be advanced.
func NewStory(narrator *Narrator, home, base string) (*Story, error) {
	connection, err := profile.ReadConnection(home)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	if connection.Mode != ledger.ModeSandbox {
		return nil, fmt.Errorf("demo: the network of %s is no sandbox", home)
	}
	accounts, err := profile.ReadAccounts(home)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	return &Story{Narrator: narrator, guest: client.New(base), home: home, connection: connection,
		accounts: accounts, sessions: map[string]*client.Client{}}, nil
}

// registrationAndSlip registers a resource and has its slip checked.
func (s *Story) registrationAndSlip(ctx context.Context) error {
	registration, err := s.firstRegistration(ctx)
	if err != nil {
		return err
	}
	return s.verification(ctx, registration)
}

// as gives the session of an account, logging it in at first use.
func (s *Story) as(ctx context.Context, name string) (*client.Client, error) {
	s.mutex.Lock()
	session, ok := s.sessions[name]
	s.mutex.Unlock()
	if ok {
		return session, nil
	}
	account, err := s.account(name)
	if err != nil {
		return nil, err
	}
	session, _, err = s.guest.Login(ctx, account.Name, account.Password)
	if err != nil {
		return nil, fmt.Errorf("log in as %s: %w", name, err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.sessions[name] = session
	return session, nil
}

func (s *Story) account(name string) (profile.Account, error) {
	at := slices.IndexFunc(s.accounts, func(a profile.Account) bool { return a.Name == name })
	if at < 0 {
		return profile.Account{}, fmt.Errorf("no demo account %q", name)
	}
	return s.accounts[at], nil
}

// parties shows who takes part.
func (s *Story) parties(ctx context.Context) error {
	s.Chapter(text("网络与各方", "The network and its parties"), "5,6")
	now, err := s.guest.Network(ctx)
	if err != nil {
		return err
	}
	pack, err := s.guest.RulePack(ctx)
	if err != nil {
		return err
	}
	s.periods = pack.Pack.Clocks
	s.Done(text("Fabric 通道 registration：四个机构各自排序、各自背书",
		"Fabric channel registration: four organisations order, three endorse"),
		s.Say(text("平台", "platform")), now.Network.Name,
		s.Say(text("登记机构", "registrar")), now.Network.Registrar,
		s.Say(text("账本时间", "ledger time")), now.LedgerTime,
		s.Say(text("规则包", "rule pack")), fmt.Sprintf("%s %s", pack.Pack.Reference(), s.Say(pack.Pack.Title)))
	s.Note(text("沙箱网络：时钟可推进；登记结果不具效力。", "A sandbox: its clock can be advanced, and what it registers has no effect."))
	return nil
}

// Close says where to go on by hand.
func (s *Story) Close(base string) error {
	s.Chapter(text("自己试一试", "Try it by hand"), "")
	s.Done(text("网络与网关保持运行", "the network and the gateway stay up"),
		s.Say(text("接口说明", "interface")), base+"/api/v1/docs",
		s.Say(text("停止", "stop")), "make down")
	s.Note(text("演示账号（密码在 demo-accounts.json）：", "demo accounts (passwords in demo-accounts.json):"))
	for _, account := range s.accounts {
		if account.Role != ledger.RoleRegistrant || account.Name == registrant {
			fmt.Fprintf(s.out, "      %-22s %-12s %s\n", account.Name, account.Role, s.Say(account.Label))
		}
	}
	fmt.Fprintf(s.out, "\n%s %s\n", s.Say(text("用时", "told in")), s.Elapsed())
	return nil
}
