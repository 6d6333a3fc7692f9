// Package cataloguesource keeps a department's catalogue on chain in step with its own
// system (Art. 8, 11). A source's address is read from time to time, through a door
// that leads to public addresses alone; what it and the chain differ in is shown, and
// applied as it was shown, by itself or when an officer says so, in the officer's name.
package cataloguesource
