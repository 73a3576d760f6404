package result

import (
	"context"
	"testing"
)

func TestNotice(t *testing.T) {
	Notice(context.Background(), "to nobody")
	var said []string
	ctx := WithNotice(context.Background(), func(text string) { said = append(said, text) })
	Notice(ctx, "compiling %d operations", 3)
	if len(said) != 1 || said[0] != "compiling 3 operations" {
		t.Errorf("said %q", said)
	}
}
