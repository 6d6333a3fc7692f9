// Package rotation seals everything that the gateway keeps sealed under a master
// key anew, under the newest one: the data keys of evidence and the secrets of the
// database. Contents are not rewritten.
package rotation
