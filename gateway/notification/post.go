package notification

import (
	"context"
	"database/sql"
	"dengji/gateway/recurring"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"dengji/chaincode/ledger"
	"dengji/gateway/database"
)

// Mail is one message in plain text.
type Mail struct {
	ID            string // the same whenever it is sent again; without a domain
	To            string
	Subject, Body string
}

// ErrRefused is wrapped by a Sender's error where sending the same again cannot
// succeed.
var ErrRefused = errors.New("the mail server refused the message")

// Sender hands a mail to a mail server. *smtp.Sender is one.
type Sender interface {
	Send(ctx context.Context, mail Mail) error
}

// GiveUp is how long a mail that cannot be sent is tried again.
const GiveUp = 3 * 24 * time.Hour

// Waits between the attempts: the first, and the longest.
const (
	firstWait   = time.Minute
	longestWait = 4 * time.Hour
)

// mailsAtOnce bounds the mails of one pass.
const mailsAtOnce = 50

// Post sends notifications by e-mail: at least once, and again after a failure, at
// growing intervals.
type Post struct {
	Box      *Box
	Accounts Accounts
	Sender   Sender
	Public   string // address of the portal, for links
	Log      *slog.Logger
}

// due is a mail that is to be sent now.
type due struct {
	Notification
	account  string
	attempts int
}

func (p *Post) send(ctx context.Context) error {
	waiting, err := p.waiting(ctx)
	if err != nil {
		return err
	}
	for _, each := range waiting {
		if err := p.try(ctx, each); err != nil {
			return err
		}
	}
	return nil
}

func (p *Post) waiting(ctx context.Context) ([]due, error) {
	rows, err := p.Box.database.QueryContext(ctx, `SELECT `+columns+`, account, attempts FROM mails JOIN notifications ON id = notification
		WHERE state = 'pending' AND next_at <= ? ORDER BY next_at, id LIMIT ?`, database.Stamp(p.Box.clock()), mailsAtOnce)
	if err != nil {
		return nil, fmt.Errorf("notification: mails: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	var all []due
	for rows.Next() {
		var each due
		each.Notification, err = scan(behind{rows, []any{&each.account, &each.attempts}})
		if err != nil {
			return nil, fmt.Errorf("notification: mails: %w", err)
		}
		all = append(all, each)
	}
	return all, rows.Err()
}

// behind scans further columns behind those of a notification.
type behind struct {
	*sql.Rows
	more []any
}

func (b behind) Scan(into ...any) error { return b.Rows.Scan(append(into, b.more...)...) }

// try sends a mail and notes what came of it. Only a failing database is an error:
// another mail may succeed.
func (p *Post) try(ctx context.Context, each due) error {
	to, err := p.Accounts.Email(ctx, each.account)
	if err != nil {
		return err
	}
	if to == "" { // taken away meanwhile, or the account is disabled
		return p.note(ctx, each, "dead", "no address")
	}
	err = p.Sender.Send(ctx, p.write(each, to))
	if err == nil {
		return p.note(ctx, each, "sent", "")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	state := "pending"
	if errors.Is(err, ErrRefused) || p.isOld(each) {
		state = "dead"
	}
	p.Log.Warn("a mail was not sent", slog.String("account", each.account), slog.Int64("notification", each.ID), slog.String("state", state), slog.String("error", err.Error()))
	return p.note(ctx, each, state, err.Error())
}

func (p *Post) isOld(each due) bool {
	at, err := time.Parse(time.RFC3339, each.At)
	return err != nil || p.Box.clock().Sub(at) >= GiveUp
}

func (p *Post) note(ctx context.Context, each due, state, failure string) error {
	next := p.Box.clock().Add(recurring.Pause(each.attempts+1, firstWait, longestWait))
	_, err := p.Box.database.ExecContext(ctx, `UPDATE mails SET state = ?, error = ?, attempts = attempts + 1, next_at = ? WHERE notification = ?`, state, failure, database.Stamp(next), each.ID)
	if err != nil {
		return fmt.Errorf("notification: note a mail: %w", err)
	}
	return nil
}

// headings say in both languages why somebody is told.
var headings = map[Kind]ledger.Text{
	Turn:     {ZH: "有事项待您办理", EN: "A case waits for you"},
	Progress: {ZH: "您的事项有新进展", EN: "A step in your case"},
	DueSoon:  {ZH: "办理期限即将届满", EN: "A time limit ends soon"},
	Overdue:  {ZH: "办理期限已过", EN: "A time limit has passed"},
	Expiring: {ZH: "登记即将期满，可申请续展", EN: "A registration expires; renewal can be applied for"},

	Outdated:     {ZH: "所用目录条目已变化，请核对并办理变更", EN: "A catalogue entry of your case has changed; check it and register the change"},
	Differs:      {ZH: "目录来源与链上目录有差异", EN: "Your catalogue source and the chain differ"},
	SourceFails:  {ZH: "目录来源无法读取", EN: "Your catalogue source cannot be read"},
	ChainStopped: {ZH: "目录链改写了历史，已停止接收", EN: "The catalogue chain has rewritten its history; following it has stopped"},

	CheckFails: {ZH: "平台检查发现问题", EN: "A check of the platform has found something"},
	CheckHolds: {ZH: "平台检查已恢复正常", EN: "What a check of the platform found has ended"},
}

// write composes a mail, Chinese first. It names the case by its id alone: what the
// data is called stays on the platform.
func (p *Post) write(each due, to string) Mail {
	heading := headings[each.Kind]
	var body strings.Builder
	for _, of := range []struct{ heading, number, state, due, open, closing string }{
		{heading.ZH + "。", "编号：" + each.Case, "状态：" + each.State.ZH, each.Clock.ZH + "至：" + each.Due, "请登录平台查看：", "本邮件由系统自动发出，请勿回复。可在“我的账号”中停止接收。"},
		{heading.EN + ".", "Number: " + each.Case, "State: " + each.State.EN, each.Clock.EN + " until: " + each.Due, "Log in to see it: ", "This mail was sent by the platform; do not answer it. You can stop it under \"My account\"."},
	} {
		lines := []string{of.heading, of.number, of.state}
		if each.Due != "" {
			lines = append(lines, of.due)
		}
		body.WriteString(strings.Join(append(lines, of.open+p.Public+"/notifications", of.closing), "\n") + "\n\n")
	}
	return Mail{ID: fmt.Sprintf("notification-%d", each.ID), To: to, Subject: heading.ZH + " · " + heading.EN + " " + each.Case, Body: body.String()}
}

// severalAttempts is from which number of them on a mail that was not sent counts as
// stuck.
const severalAttempts = 3

// Stuck counts the mails that were tried several times and not sent.
func (p *Post) Stuck(ctx context.Context) (int, error) {
	var count int
	if err := p.Box.database.QueryRowContext(ctx, `SELECT COUNT(*) FROM mails WHERE state = 'pending' AND attempts >= ?`, severalAttempts).Scan(&count); err != nil {
		return 0, fmt.Errorf("notification: mails that are stuck: %w", err)
	}
	return count, nil
}

// Mails counts mails by state.
func (p *Post) Mails(ctx context.Context) (map[string]int, error) {
	rows, err := p.Box.database.QueryContext(ctx, `SELECT state, COUNT(*) FROM mails GROUP BY state`)
	if err != nil {
		return nil, fmt.Errorf("notification: count mails: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	counted := map[string]int{}
	for rows.Next() {
		var state string
		var count int
		if err := rows.Scan(&state, &count); err != nil {
			return nil, fmt.Errorf("notification: count mails: %w", err)
		}
		counted[state] = count
	}
	return counted, rows.Err()
}
