package invitation

import (
	"context"
	"log/slog"
	"strings"

	"dengji/gateway/account"
	"dengji/gateway/notification"
)

// mailed reports whether the mail server has taken the link.
func (d *Desk) mailed(ctx context.Context, made Invitation, inviter account.Account, email, link string) bool {
	if d.Sender == nil || email == "" {
		return false
	}
	if err := d.Sender.Send(ctx, write(made, inviter, email, link)); err != nil {
		d.Log.Warn("an invitation was not mailed", slog.String("invitation", made.ID), slog.String("error", err.Error()))
		return false
	}
	return true
}

// write composes the mail, Chinese first.
func write(made Invitation, inviter account.Account, to, link string) notification.Mail {
	day, _, _ := strings.Cut(made.ExpiresAt, "T")
	lines := []string{
		"“" + inviter.Label.ZH + "”邀请您开通公共数据资源登记平台的账号“" + made.Grant.Label.ZH + "”。",
		"请打开以下链接，自行设定登录名和密码（只能使用一次，" + day + "前有效）：", link,
		"如果您不知道此事，请不要理会本邮件。", "",
		inviter.Label.EN + " invites you to open the account \"" + made.Grant.Label.EN + "\" on the registration platform for public data resources.",
		"Open this link and choose a login name and a password (it works once, until " + day + "):", link,
		"If you know nothing of this, ignore this mail.", "",
	}
	return notification.Mail{ID: "invitation-" + made.ID, To: to, Subject: "登记平台账号邀请 · Invitation to the registration platform", Body: strings.Join(lines, "\n")}
}
