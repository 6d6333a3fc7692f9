package national

import (
	"cmp"
	"math"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// defaultSize of a page of the outbox.
const defaultSize = 50

func bounds(page ledger.PageRequest) (size int, before int64, err error) {
	size, before = cmp.Or(page.PageSize, defaultSize), math.MaxInt64
	if size < 1 || size > ledger.MaxPageSize {
		return 0, 0, fault.New(fault.InvalidValue, fault.Field("pageSize"))
	}
	if page.Bookmark != "" {
		if before, err = strconv.ParseInt(page.Bookmark, 10, 64); err != nil {
			return 0, 0, fault.New(fault.InvalidValue, fault.Field("bookmark"))
		}
	}
	return size, before, nil
}
