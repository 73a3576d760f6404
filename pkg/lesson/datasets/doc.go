// Package datasets holds the lesson's data: [Digits], embedded; [LoadIDX] for MNIST and its
// relatives; [Moons], [Spirals], [Blobs], [Teacher] by seed. Variants: [Data.Corrupt],
// [Data.NoisyLabels], [Data.RandomLabels], [Data.Subset].
//
// # Seeds
//
// Every random thing takes a seed, and every number is a seed, 0 too. One seed gives independent
// streams for independent purposes: the label noise of seed 1 and the corruption of seed 1 share
// nothing.
package datasets
