// Package service puts the gateway together out of a state folder and a few
// settings, runs it until it is told to stop, and offers it as the command
// "dengji gateway".
package service
