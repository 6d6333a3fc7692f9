// Package wire is the interface to the national platform (Art. 10): what is sent,
// what comes back, and how both are signed. The real interface is not public;
// national.yaml describes this one.
package wire
