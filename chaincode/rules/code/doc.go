// Package code makes and reads the codes of the scheme "beijing-19": registration
// codes and record ids, both derived from the transaction that makes them, so that
// no counter is shared by unrelated transactions; and it reads query codes, which
// are made off chain.
package code
