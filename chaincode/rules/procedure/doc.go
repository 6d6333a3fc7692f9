// Package procedure is the regulated procedure as a pure machine. A rule pack's
// table of transitions is driven through closed lists of conditions, scopes,
// guards, inputs and effects: given the records, the actor and the moment, Act
// answers with the records after the step, or with a fault. The same table tells
// what a caller can do now (AvailableActions) and what a history means (Replay).
package procedure
