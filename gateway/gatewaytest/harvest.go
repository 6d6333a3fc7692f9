package gatewaytest

import (
	"context"
	"log/slog"
	"time"

	"dengji/gateway/harvest"
)

// Harvest answers machines that read the platform's public catalogue.
func (p *Platform) Harvest() *harvest.Handler {
	return harvest.New(harvest.Options{Lists: p.Lists, Block: func() int64 { return p.lists.Health().Applied }, Public: "https://registry.example",
		Clock: p.Stage.Clock.Now, Log: slog.New(slog.DiscardHandler), Title: "公共数据资源登记平台",
		Offset: func(ctx context.Context) (time.Duration, error) {
			_, clock, err := p.Lists().Network(ctx)
			return time.Duration(clock.OffsetSeconds) * time.Second, err
		}})
}
