package gatewaytest

import (
	"log/slog"

	"github.com/stretchr/testify/require"

	"dengji/gateway/notification"
)

func (p *Platform) box() *notification.Box {
	return notification.NewBox(p.Database, p.Stage.Clock.Now)
}

// Watcher tells what happens on the platform; the post may be nil.
func (p *Platform) Watcher(post *notification.Post) *notification.Watcher {
	return notification.NewWatcher(notification.Options{Box: p.box(), Accounts: p.Accounts, Lists: p.Lists, Post: post, Clock: p.Stage.Clock.Now, Log: slog.New(slog.DiscardHandler)})
}

// Post sends the platform's mails.
func (p *Platform) Post(sender notification.Sender) *notification.Post {
	return &notification.Post{Box: p.box(), Accounts: p.Accounts, Sender: sender, Public: "https://registry.example", Log: slog.New(slog.DiscardHandler)}
}

// Told makes one pass of telling people what has happened, without mail.
func (p *Platform) Told() {
	p.t.Helper()
	require.NoError(p.t, p.Watcher(nil).Pass(p.t.Context()))
}
