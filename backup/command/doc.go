// Package command is `dengji backup`: what package backup does, for people and timers.
package command
