package sam_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"lossland/pkg/sam"
)

// TestSpecString is what the trainer puts into the program's name.
func TestSpecString(t *testing.T) {
	require.Equal(t, "sam[climbs]", fmt.Sprint(sam.Spec{Kind: sam.Climbs}))
	require.Equal(t, "sam[rests] task A", fmt.Sprint(sam.Spec{User: "task A"}))
	require.Equal(t, "sam[rests outside]", fmt.Sprint(sam.Spec{Kind: sam.RestsOutside}))
}
