// Package launchertest gives tests a real Fabric network: in a temporary home on
// free ports, taken down at the end, or the one that already runs in the home
// that DENGJI_TEST_HOME names.
package launchertest
