// Package pack checks a rule pack before it goes on the ledger: only names that
// the procedure knows, every reference resolves, every state is reachable and has
// a way out unless it is final, and the limits are within reason. A pack that
// fails is INVALID_RULE_PACK with the place and the reason.
package pack
