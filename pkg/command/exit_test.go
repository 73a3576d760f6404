package command

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestExitTable: the package's comment, the page for newcomers and the help have one table.
func TestExitTable(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return strings.ReplaceAll(string(text), "//", "")
	}
	for name, text := range map[string]string{"doc.go": read("doc.go"), "help": exitHelp(),
		"from-pytorch.md": read("../../docs/from-pytorch.md")} {
		text = strings.Join(strings.Fields(text), " ")
		for _, c := range exitCodes {
			t.Run(fmt.Sprint(name, " ", c.code), func(t *testing.T) {
				row := fmt.Sprintf("%d %s", c.code, c.means)
				if name == "from-pytorch.md" {
					row = fmt.Sprintf("| %d | %s |", c.code, c.means)
				}
				require.Contains(t, text, row)
			})
		}
	}
}

// TestExitCodes: what ends a command ends every command with the same code.
func TestExitCodes(t *testing.T) {
	p := tiny(t, new(int))
	for _, line := range []string{"line --points 5 -o a.npz", "line --points 5 -o b.npz --seed 2"} {
		require.Equal(t, done, run(t.Context(), p, line).code)
	}
	require.NoError(t, os.WriteFile("damaged.npz", []byte("PK"), 0o600))
	require.NoError(t, os.Mkdir("folder.npz", 0o700))
	for line, code := range map[string]int{
		"draw a.npz -o a.svg":           done,
		"draw a.npz -o b.svg --of none": done, // --of is a surface's.
		"draw nowhere.npz":              badUsage,
		"compare a.npz nowhere.npz":     badUsage,
		"draw damaged.npz":              refused,
		"compare a.npz damaged.npz":     refused,
		"compare a.npz b.npz":           refused,
		"connect a.npz damaged.npz":     refused,
		"draw folder.npz":               failed,
		"draw a.npz -o nowhere/c.svg":   badUsage,
		"line -o nowhere/c.svg":         badUsage,
		"line --points 1 -o c.svg":      badUsage,
	} {
		t.Run(line, func(t *testing.T) {
			r := run(t.Context(), p, line+" -f")
			if strings.HasPrefix(line, "compare") {
				r = run(t.Context(), p, line)
			}
			require.Equal(t, code, r.code, r.stderr)
		})
	}
}
