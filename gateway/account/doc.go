// Package account knows who somebody is: accounts bound to a certificate and its
// signing key, passwords (argon2id), login with throttling, and bearer sessions.
// What an account may do follows from its certificate alone.
package account
