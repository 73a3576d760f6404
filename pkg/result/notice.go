package result

import (
	"context"
	"fmt"
)

// noticeKey is the context's key for the function that notices go to.
type noticeKey struct{}

// WithNotice returns a context with which a measurement calls say before something that takes long
// and can't show its progress, such as the compilation of a large program. A notice is a sentence
// without a full stop; it is no result, and its times are rough. say runs in the measurement's
// goroutine.
func WithNotice(ctx context.Context, say func(text string)) context.Context {
	return context.WithValue(ctx, noticeKey{}, say)
}

// Notice is for measurements: it says something to whom the context names, if it names anyone.
func Notice(ctx context.Context, format string, args ...any) {
	if say, _ := ctx.Value(noticeKey{}).(func(text string)); say != nil {
		say(fmt.Sprintf(format, args...))
	}
}
