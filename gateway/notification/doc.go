// Package notification tells people what waits for them: a case that has come to
// them with its time limit, a step in a case of theirs, a time limit that is about
// to end or has ended, a registration that is about to expire (Art. 18 to 24). It
// follows the event log of the read model, keeps one box for each account in the
// gateway's database, and sends the same by e-mail to those who have given an
// address. Nothing is told twice and nothing is left out, however often the gateway
// is stopped: the place in the log is stored in the transaction of what was told.
package notification
