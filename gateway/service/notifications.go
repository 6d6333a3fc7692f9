package service

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/notification"
	"dengji/gateway/notification/smtp"
	"dengji/gateway/readmodel/queries"
)

// MailPasswordVariable may hold the password of the mail server's user.
const MailPasswordVariable = "DENGJI_SMTP_PASSWORD"

// Mail says how notifications are sent by e-mail. Without a Server they stand in
// the portal alone.
type Mail struct {
	Server string // smtps://user@host:465, or smtp://user@host:587 with STARTTLS, which a sandbox does without
	From   string
}

// openNotifications makes what tells people of their cases.
func (s *Service) openNotifications(accounts *account.Directory, mode ledger.Mode, registry prometheus.Registerer) error {
	box := notification.NewBox(s.database, time.Now)
	post, err := s.settings.Mail.post(box, accounts, s.settings.Public, mode)
	if err != nil {
		return err
	}
	lists := queries.New(s.lists.model.Store())
	s.watcher = notification.NewWatcher(notification.Options{Box: box, Accounts: accounts, Lists: func() *queries.Queries { return lists },
		Post: post, Clock: time.Now, Log: s.log})
	if post != nil {
		post.Log = s.log
		observeMails(registry, post)
	}
	return nil
}

// sender is nil where no mail server is named.
func (m Mail) sender(mode ledger.Mode) (*smtp.Sender, error) {
	if m.Server == "" && m.From == "" {
		return nil, nil
	}
	if m.Server == "" || m.From == "" {
		return nil, errors.New("service: a mail server and the sender's address go together (--smtp, --mail-from)")
	}
	return smtp.New(smtp.Settings{Server: m.Server, From: m.From, Password: os.Getenv(MailPasswordVariable), Plain: mode == ledger.ModeSandbox})
}

func (m Mail) post(box *notification.Box, accounts *account.Directory, public string, mode ledger.Mode) (*notification.Post, error) {
	sender, err := m.sender(mode)
	if err != nil || sender == nil {
		return nil, err
	}
	return &notification.Post{Box: box, Accounts: accounts, Sender: sender, Public: public}, nil
}

// mailStates are the states of a mail, as its metric names them.
var mailStates = []string{"pending", "sent", "dead"}

// observeMails counts mails by state.
func observeMails(registry prometheus.Registerer, post *notification.Post) {
	for _, state := range mailStates {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "dengji_mails", Help: "Notifications by e-mail, by state.",
			ConstLabels: prometheus.Labels{"state": state}}, func() float64 {
			counted, err := post.Mails(context.Background())
			if err != nil {
				return -1
			}
			return float64(counted[state])
		}))
	}
}
