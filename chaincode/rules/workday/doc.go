// Package workday counts working days: weekends and statutory holidays out,
// make-up days in, from the calendars that the authority has put on the ledger.
// The starting day is not counted (Civil Code Art. 201) and a day is a day of
// Asia/Shanghai. A year without a calendar counts by weekday alone and makes the
// answer provisional.
package workday
