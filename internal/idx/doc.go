// Package idx reads IDX files, as MNIST and its relatives are published in. Their headers aren't
// believed.
package idx
