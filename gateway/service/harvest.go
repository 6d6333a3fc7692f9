package service

import (
	"context"
	"time"

	"dengji/gateway/harvest"
	"dengji/gateway/readmodel/queries"
)

// platformTitle is how the platform calls itself to harvesters.
const platformTitle = "公共数据资源登记平台"

// harvest answers machines that read the public catalogue.
func (s *Service) harvest() *harvest.Handler {
	lists := queries.New(s.lists.model.Store())
	return harvest.New(harvest.Options{Lists: func() *queries.Queries { return lists }, Block: func() int64 { return s.lists.model.Health().Applied },
		Public: s.settings.Public, Clock: time.Now, Log: s.log, Title: platformTitle,
		Offset: func(ctx context.Context) (time.Duration, error) {
			_, clock, err := lists.Network(ctx)
			return time.Duration(clock.OffsetSeconds) * time.Second, err
		}})
}
