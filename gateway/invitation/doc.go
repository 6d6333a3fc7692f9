// Package invitation makes accounts for people whom an administrator of their
// organisation, or an operator, has invited. An invitation says what the account may
// do and is a link that works once, for seven days; its holder chooses a login name
// and a password, and the organisation's certificate authority certifies a key that
// is made here.
package invitation
