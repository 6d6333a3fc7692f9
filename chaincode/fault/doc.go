// Package fault holds the one table of errors: a stable code with its HTTP
// status, the article of the regulation that it comes from, and a sentence in
// Chinese and English. The same error travels as JSON from the chaincode through
// Fabric and the gateway to the user.
package fault
