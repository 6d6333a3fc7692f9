// Package judge finds the programs that tests take as judges beside our own
// code: openssl, poppler, a browser.
package judge

import (
	"os"
	"os/exec"
	"testing"
)

// Program gives the path of the first of the named programs that is installed. A
// test whose judge is missing is skipped, and in CI, which installs every judge
// (.ci/run), it fails.
func Program(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, names...)
	return ""
}

// Python gives the path of an interpreter that has the named module; the system's
// own comes second, as another one may hide it.
func Python(t testing.TB, module string) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if path, err := exec.LookPath(name); err == nil && exec.CommandContext(t.Context(), path, "-c", "import "+module).Run() == nil {
			return path
		}
	}
	Missing(t, "python3 with the module "+module)
	return ""
}

// Missing ends a test that cannot do without the named programs.
func Missing(t testing.TB, names ...string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("none of %v is installed; CI has to install it", names)
	}
	t.Skipf("none of %v is installed", names)
}
