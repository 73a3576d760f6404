package result

import "context"

// progressKey is the context's key for a Progress function.
type progressKey struct{}

// WithProgress returns a context whose measurement calls report as it advances, with how much is
// done and how much there is at most, in the unit that its documentation names (points, products,
// steps …). report runs in the measurement's goroutine, one call at a time.
//
// Only the measurement that the context is handed to reports, not those it is made of.
func WithProgress(ctx context.Context, report func(done, total int)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// TakeProgress is for measurements: it returns the function to report to, which may always be
// called, and the context to hand to inner measurements, which doesn't report.
func TakeProgress(ctx context.Context) (report func(done, total int), inner context.Context) {
	report, _ = ctx.Value(progressKey{}).(func(done, total int))
	if report == nil {
		return func(int, int) {}, ctx
	}
	return report, context.WithValue(ctx, progressKey{}, (func(done, total int))(nil))
}
