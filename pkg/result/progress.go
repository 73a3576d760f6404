package result

import "context"

// progressKey is the context's key for a Progress function.
type progressKey struct{}

// WithProgress returns a context with which a measurement calls report as it advances. done is how
// much is done, and total the most that there is, in the unit that the measurement documents
// (points, products, steps …), or where that says so what is expected, which may change. report
// runs in the measurement's goroutine, one call at a time.
//
// Only the measurement that gets the context reports, not those it is made of.
func WithProgress(ctx context.Context, report func(done, total int)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// TakeProgress is for measurements. It returns the function to report to, which is never nil, and
// the context for inner measurements, in which nothing is reported.
func TakeProgress(ctx context.Context) (report func(done, total int), inner context.Context) {
	report, _ = ctx.Value(progressKey{}).(func(done, total int))
	if report == nil {
		return func(int, int) {}, ctx
	}
	return report, context.WithValue(ctx, progressKey{}, (func(done, total int))(nil))
}
