// Package artefact declares the files that the registry hands out to be checked
// by others: the confirmation slip with its signature, the PDF that carries it,
// the status attestation, the trust anchors and the compact proof of the paper
// slip. It reads and writes their exact byte forms and checks nothing about their
// truth. One content has one form: a reader refuses any other spelling, so that
// no byte of an artefact is without meaning.
package artefact
