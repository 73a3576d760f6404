// Package lesson is what the notebooks share: data, small models, trainings that are done once, checks and exercises. It
// does no mathematics of its own; what is measured is measured by landscape, and counted by evidence.
//
// Data: [Digits], embedded; [LoadIDX] for MNIST and its relatives; [Moons], [Spirals], [Blobs], [Teacher] by seed. Variants:
// [Data.Corrupt], [Data.NoisyLabels], [Data.RandomLabels], [Data.Subset].
//
// Models: [MLP], [CNN], [Attention], [SoftmaxRegression], [LinearNet], each a model function for train.NewTrainer.
//
// Training: [Train] takes a [TrainConfig] and returns a [Run] with the trained store, the learning curve and snapshots; the
// same configuration is trained once and then comes from the cache ([Cached]), which says hit or miss.
//
// In a cell: [Check], [CheckTrue], [CheckBetween], [CheckInterval] fail the cell if a number isn't what the text says;
// [Exercise] never does. [Pick] chooses between the quick and the full scale, [Progress] draws a bar.
//
// # Seeds
//
// Every random thing takes a seed, and every number is a seed, 0 too. One seed gives independent streams for independent
// purposes: the label noise of seed 1 and the corruption of seed 1 share nothing.
//
// # Environment
//
// LOSSLAND_ROOT, LESSON_CACHE, LESSON_SCALE, LESSON_STRICT and LESSON_PROGRESS: see the constants that name them.
package lesson
