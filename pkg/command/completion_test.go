package command

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBashCompletes: bash itself completes commands, flags, the values of a flag, and files.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	p := tiny(t, new(int))
	r := run(t.Context(), p, "completion bash")
	require.Equal(t, done, r.code)
	require.NoError(t, os.WriteFile("completion", []byte(r.stdout), 0o600))
	require.NoError(t, os.WriteFile("data.npz", nil, 0o600))
	for line, want := range map[string]string{
		"tiny sur":                   "surface",
		"tiny surface --resol":       "--resolution",
		"tiny surface --plane hess":  "hessian",
		"tiny line --direction grad": "gradient",
		"tiny surface da":            "data.npz",
		"tiny completion f":          "",
	} {
		script := `source completion; COMP_WORDS=(` + line + `)
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tiny; echo "${COMPREPLY[@]}"`
		out, err := exec.Command(bash, "-c", script).CombinedOutput()
		require.NoError(t, err, string(out))
		require.Equal(t, want, strings.TrimSpace(string(out)), line)
	}
	// A name with spaces is one, and one with a star isn't taken for others.
	for _, name := range []string{"x y.npz", "x *", "x $(touch made)"} {
		require.NoError(t, os.WriteFile(name, nil, 0o600))
	}
	script := `source completion; COMP_WORDS=(tiny surface x); COMP_CWORD=2; _tiny
printf '%s\n' "${COMPREPLY[@]}"`
	out, err := exec.Command(bash, "-c", script).CombinedOutput()
	require.NoError(t, err, string(out))
	names := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.ElementsMatch(t, []string{"x y.npz", "x *", "x $(touch made)"}, names)
	require.NoFileExists(t, "made")
}

// TestOtherShells: every command and flag is there; where the shell is, it takes the script.
func TestOtherShells(t *testing.T) {
	p := tiny(t, new(int))
	for _, shell := range []string{"zsh", "fish"} {
		r := run(t.Context(), p, "completion "+shell)
		require.Equal(t, done, r.code)
		for _, text := range []string{"surface", "resolution", "hessian", "completion"} {
			require.Contains(t, r.stdout, text)
		}
		if path, err := exec.LookPath(shell); err == nil {
			require.NoError(t, os.WriteFile("completion", []byte(r.stdout), 0o600))
			out, err := exec.Command(path, "-n", "completion").CombinedOutput()
			require.NoError(t, err, string(out))
		}
	}
}
