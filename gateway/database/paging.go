package database

import (
	"cmp"
	"math"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// PageSize reads how many rows a page request wants, usual where it does not say:
// INVALID_VALUE where that is out of bounds.
func PageSize(page ledger.PageRequest, usual int) (int, error) {
	size := cmp.Or(page.PageSize, usual)
	if size < 1 || size > ledger.MaxPageSize {
		return 0, fault.New(fault.InvalidValue, fault.Field("pageSize"))
	}
	return size, nil
}

// NewestFirst reads a page request for rows in falling order of a number: how many,
// usual where the request does not say, and below which number. A bookmark is the
// number of the last row of the page before.
func NewestFirst(page ledger.PageRequest, usual int) (size int, before int64, err error) {
	if size, err = PageSize(page, usual); err != nil {
		return 0, 0, err
	}
	before = math.MaxInt64
	if page.Bookmark != "" {
		if before, err = strconv.ParseInt(page.Bookmark, 10, 64); err != nil {
			return 0, 0, fault.New(fault.InvalidValue, fault.Field("bookmark"))
		}
	}
	return size, before, nil
}
