// Package training holds the lesson's small models, [MLP], [CNN] and [Attention], and trains them:
// [Train] takes a [Config] and returns a [Run] with the trained store, the learning curve and
// snapshots. The same configuration is trained once and then comes from the cache.
package training
